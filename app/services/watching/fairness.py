"""The steward's view of who is asked and who is not, and what the place's nudge would do about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.domain.access import Actor, check_acts_as
from app.domain.directory_words import ServiceStatus
from app.domain.errors import FieldProblem, Invalid
from app.domain.fairness import Asked, Fairness, Group, fairness
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.vocabulary import Role
from app.store import directory, place_rules, places
from app.store import fairness as counts
from app.store.audit import Entry
from app.store.session import LONDON, Database, Tx

USUAL_DAYS: Final = 182
MOST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True)
class Nudge:
    """What the nudge is set to, and how many of the services that run it would move up today."""

    points: int
    under: int
    days: int
    moved: int
    services: int


@dataclass(frozen=True, slots=True)
class FairnessView:
    """A period, how its offers spread, and the nudge."""

    since: date
    until: date
    found: Fairness
    nudge: Nudge


def find_fairness(
    db: Database, actor: Actor, *, since: date | None = None, until: date | None = None
) -> FairnessView:
    """Return how the offers of a period spread; the last half year without one. Raises Invalid, NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        last = until or tx.today
        first = since or last - timedelta(days=USUAL_DAYS)
        if not 0 <= (last - first).days <= MOST_DAYS:
            raise Invalid([FieldProblem("since", "Give a first day before the last, of the last ten years.")])
        services = [
            each for each in directory.list_services(tx, beside=None) if each.status is ServiceStatus.ACTIVE
        ]
        found = fairness(_asked(tx, services, first, last))
        nudge = _nudge(tx, services, place_rules.of(tx))
        tx.audit(Entry("see fairness", "place", "offers"))
    return FairnessView(first, last, found, nudge)


def as_csv(view: FairnessView) -> str:
    """Return the numbers as a table; a share that is not told is empty."""
    told = io.StringIO()
    table = csv.writer(told)
    head = ("services", "of services", "services %", "offers", "of offers", "offers %", "accepted", "begun")
    table.writerow(("from", "to", "by", "group", *head))
    parts: dict[str, Sequence[Group]] = {
        "size": view.found.by_size,
        "legal form": view.found.by_form,
        "how paid for": view.found.by_paid,
        "run by and for": view.found.by_led,
    }
    for part, groups in parts.items():
        for group in groups:
            shares = (
                value
                for share in (group.services, group.offers)
                for value in (share.part, share.whole, "" if share.percent is None else share.percent)
            )
            table.writerow((view.since, view.until, part, group.words, *shares, group.accepted, group.begun))
    return told.getvalue()


def _asked(tx: Tx, services: Sequence[Service], first: date, last: date) -> list[Asked]:
    profiles, providers = places.list_profiles(tx), counts.list_providers(tx)
    with tx.as_system("count offers") as system_tx:  # of all teams, as numbers
        counted = counts.count_by_service(system_tx, _start(first), _end(last))
        needs = counts.list_needs_asked_for(system_tx, _start(first), _end(last))
    found = []
    for service in services:
        profile, count = profiles.get(service.provider_id), counted.get(service.id)
        paid, known_since = providers.get(service.provider_id, (None, None))
        found.append(
            Asked(
                service_id=service.id,
                name=service.name,
                provider_name=service.provider_name,
                needs=service.needs,
                size=profile.size if profile else None,
                legal_form=profile.legal_form if profile else None,
                paid=paid,
                led_by=profile.led_by if profile else (),
                could_help=not needs.isdisjoint(service.needs),
                offers=count.offers if count else 0,
                accepted=count.accepted if count else 0,
                begun=count.begun if count else 0,
                last_asked=count.last_asked if count else None,
                known_since=known_since,
            )
        )
    return found


def _nudge(tx: Tx, services: Sequence[Service], rules: PlaceRules) -> Nudge:
    with tx.as_system("count offers") as system_tx:
        lately = counts.count_by_service(system_tx, tx.now - timedelta(days=rules.nudge_days), tx.now)
    seldom = [each for each in services if _offers(lately.get(each.id)) < rules.nudge_under]
    return Nudge(rules.nudge_points, rules.nudge_under, rules.nudge_days, len(seldom), len(services))


def _offers(count: counts.Counted | None) -> int:
    return count.offers if count else 0


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, LONDON).astimezone(UTC)
