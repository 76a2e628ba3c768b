"""How often each service was asked: numbers of offers, of yeses and of help begun, and never of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.lifecycle import Action
from app.domain.vocabulary import OrganisationKind
from app.store.fence import fence_of
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import PlacementRow, ReferralRow, TransitionRow


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one service: offers of a period, how many were taken up, how many of those began; the last offer ever."""

    offers: int
    accepted: int
    begun: int
    last_asked: date


def count_by_service(tx: Tx, since: datetime, until: datetime) -> Mapping[UUID, Counted]:
    """Return the numbers of each service that was ever asked; to be asked as the platform. History counts nothing."""
    row = PlacementRow
    within = row.offered_at.between(since, until)
    yes = (
        select(TransitionRow.placement_id)
        .where(TransitionRow.placement_id == row.id, TransitionRow.action.in_((Action.ACCEPT, Action.START)))
        .correlate(row)
        .exists()
    )
    query = (
        select(
            row.service_id,
            func.count().filter(within),
            func.count().filter(within, yes),
            func.count().filter(within, row.started_at.is_not(None)),
            func.max(row.offered_at),
        )
        .join(ReferralRow, ReferralRow.id == row.referral_id)
        .where(ReferralRow.is_history.is_(False))
        .group_by(row.service_id)
    )
    return {
        service: Counted(offers, accepted, begun, last.astimezone(LONDON).date())
        for service, offers, accepted, begun, last in tx.session.execute(query)
    }


def list_needs_asked_for(tx: Tx, since: datetime, until: datetime) -> frozenset[str]:
    """Return the needs that people outside every sandbox were referred for; to be asked as the platform."""
    team = OrganisationRow
    query = (
        select(func.unnest(ReferralRow.needs))
        .join(team, team.id == ReferralRow.team_id)
        .where(ReferralRow.received_at.between(since, until), fence_of(team).is_(None))
        .distinct()
    )
    return frozenset(tx.session.scalars(query))


def list_providers(tx: Tx) -> Mapping[UUID, tuple[str | None, date]]:
    """Return how each provider is paid for, and since when the directory knows it."""
    query = select(OrganisationRow.id, OrganisationRow.provider_kind, OrganisationRow.created_at).where(
        OrganisationRow.kind == OrganisationKind.PROVIDER
    )
    return {one: (paid, at.astimezone(LONDON).date()) for one, paid, at in tx.session.execute(query)}
