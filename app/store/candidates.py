"""Every service with the facts that the matching looks at; counts of offers, never how anybody fared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import extract, func, select

from app.domain.assurance import tier
from app.domain.directory_words import AssuranceTier
from app.domain.lifecycle import UNANSWERED_PLACEMENT
from app.domain.place import PlaceRules
from app.domain.routing_values import Answers, Candidate
from app.store import places
from app.store.directory import list_services
from app.store.session import Tx
from app.store.tables_care import PlacementRow, ReferralRow

ANSWERS_OF_DAYS = 183


@dataclass(frozen=True, slots=True)
class Asked:
    """How a service was asked and answered: `answers` None when it never answered, `waiting` not answered yet."""

    lately: int
    answers: Answers | None
    waiting: int = 0


def list_candidates(tx: Tx, rules: PlaceRules, *, beside: UUID) -> Sequence[Candidate]:
    """Return every service that stands beside a team (in its sandbox, or in none) as a candidate, by name."""
    profiles, sessions = places.list_profiles(tx), places.list_sessions(tx)
    tiers = {one: tier(items, tx.today) for one, items in places.list_assurances(tx).items()}
    with tx.as_system("count offers") as system_tx:  # of all teams: one alone sees too few to say "usually"
        asked = count_offers(system_tx, rules.nudge_days)
    found = []
    for service in list_services(tx, beside=beside):
        profile, history = profiles.get(service.provider_id), asked.get(service.id)
        candidate = Candidate(
            service,
            led_by=profile.led_by if profile else (),
            tier=tiers.get(service.provider_id, AssuranceTier.NONE),
            sessions=sessions.get(service.id, ()),
            answers=history.answers if history else None,
            offered_lately=history.lately if history else 0,
            outstanding=history.waiting if history else 0,
        )
        found.append(candidate)
    return found


def count_offers(tx: Tx, lately_days: int) -> Mapping[UUID, Asked]:
    """Return how often each service was asked in the last days, and how long it usually took to answer."""
    seconds = extract("epoch", PlacementRow.answered_at - PlacementRow.offered_at)
    middle = func.percentile_disc(0.5).within_group(seconds)
    lately = func.count().filter(PlacementRow.offered_at >= tx.now - timedelta(days=lately_days))
    waiting = func.count().filter(PlacementRow.status.in_(UNANSWERED_PLACEMENT))
    since = tx.now - timedelta(days=max(ANSWERS_OF_DAYS, lately_days))
    query = (
        select(PlacementRow.service_id, lately, func.count(PlacementRow.answered_at), middle, waiting)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .where(PlacementRow.offered_at >= since, ReferralRow.is_history.is_(False))
        .group_by(PlacementRow.service_id)
    )
    return {
        service: Asked(times, Answers(answered, round(took / 86_400)) if answered else None, unanswered)
        for service, times, answered, took, unanswered in tx.session.execute(query)
    }
