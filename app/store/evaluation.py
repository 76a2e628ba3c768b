"""Reads what an organisation's evaluation counts: its own placements of a period and what was recorded of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.standing import standing
from app.domain.vocabulary import Environment, OutcomeState
from app.store.among import among
from app.store.audit import Entry
from app.store.outcomes import Numbers
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import OutcomeRow, PlacementRow, ReferralRow
from app.store.tables_measures import MeasureRow

# It never was a referral, or the person no longer agreed to it: the dataset leaves these out too.
TAKEN_BACK: Final = ("sent-by-mistake", "duplicate", "consent-withdrawn")
_ABOUT_TAKEN: Final = ("version", "months", "said_by", "way", "skipped", "placement_id")


@dataclass(frozen=True, slots=True)
class Came:
    """One placement: when each step was, in London's days; nothing of it says who the person is."""

    placement_id: UUID
    referral_id: UUID
    person_id: UUID
    reference: str
    provider_id: UUID
    service_id: UUID
    status: str
    reason: str | None
    needs: tuple[str, ...]
    source: str  # what whoever asked is: app.domain.sources
    received_on: date
    offered_on: date
    started_on: date | None
    ended_on: date | None


def list_placed(
    tx: Tx,
    *,
    provider_id: UUID | None,
    since: date | None,
    until: date | None,
    service_ids: Collection[UUID] = (),
    audit: str,
) -> Sequence[Came]:
    """Return the placements offered in a period (both days belong to it), the oldest first; no services: all of them.

    What was sent by mistake, twice, or taken back because the person no longer agreed is left out. `provider_id` None
    asks for everybody's outside the sandboxes, which only the platform sees.
    """
    query = _query().where(*_counted(provider_id), *_between(since, until))
    if service_ids:
        query = query.where(PlacementRow.service_id.in_(service_ids))
    found = tx.session.execute(query.order_by(PlacementRow.offered_at, PlacementRow.id)).all()
    tx.audit(Entry(audit, "placement", "many", None, {"count": len(found)}))
    return [_came(each) for each in found]


def _query() -> Select[*tuple[Any, ...]]:
    team, requester, row = OrganisationRow, aliased(OrganisationRow), PlacementRow
    return (
        select(
            row.id,
            row.referral_id,
            ReferralRow.person_id,
            ReferralRow.reference,
            row.provider_id,
            row.service_id,
            row.status,
            row.reason,
            ReferralRow.needs,
            requester.source_kind,
            ReferralRow.received_at,
            row.offered_at,
            row.started_at,
            row.ended_at,
        )
        .join(ReferralRow, ReferralRow.id == row.referral_id)
        .join(team, team.id == row.team_id)
        .join(requester, requester.id == ReferralRow.requester_id)
    )


def _counted(provider_id: UUID | None) -> list[ColumnElement[bool]]:
    row = PlacementRow
    kept: list[ColumnElement[bool]] = [
        ReferralRow.status != ReferralStatus.ENTERED_IN_ERROR,
        or_(row.status != PlacementStatus.WITHDRAWN, row.reason.is_(None), row.reason.not_in(TAKEN_BACK)),
        or_(
            ReferralRow.status != ReferralStatus.WITHDRAWN,
            ReferralRow.end_reason.is_(None),
            ReferralRow.end_reason.not_in(TAKEN_BACK),
        ),
    ]
    if provider_id is None:
        return [*kept, OrganisationRow.environment != Environment.SANDBOX]
    # what a sandbox has thrown away is kept as history
    thrown_away = ReferralRow.is_history & (OrganisationRow.environment == Environment.SANDBOX)
    return [*kept, row.provider_id == provider_id, ~thrown_away]


def _between(since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    day = func.date(func.timezone(LONDON.key, PlacementRow.offered_at))  # any day that can be written is one
    first = [day >= since] if since else []
    return first + ([day <= until] if until else [])


def _came(each: Any) -> Came:
    return Came(
        placement_id=each.id,
        referral_id=each.referral_id,
        person_id=each.person_id,
        reference=each.reference,
        provider_id=each.provider_id,
        service_id=each.service_id,
        status=each.status,
        reason=each.reason,
        needs=tuple(each.needs),
        source=each.source_kind,
        received_on=each.received_at.astimezone(LONDON).date(),
        offered_on=each.offered_at.astimezone(LONDON).date(),
        started_on=each.started_at.astimezone(LONDON).date() if each.started_at else None,
        ended_on=each.ended_at.astimezone(LONDON).date() if each.ended_at else None,
    )


def outcomes_of(tx: Tx, placement_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Numbers]:
    """Return the newest outcome of each placement, without its words."""
    query = (
        select(OutcomeRow.placement_id, OutcomeRow.state, OutcomeRow.goal_before, OutcomeRow.goal_after)
        .where(among(OutcomeRow.placement_id, placement_ids))
        .order_by(OutcomeRow.recorded_at, OutcomeRow.id)
    )
    tx.audit(Entry(audit, "outcome", "many", None, {"count": len(placement_ids)}))
    return {
        row.placement_id: Numbers(OutcomeState(row.state), row.goal_before, row.goal_after)
        for row in tx.session.execute(query)
        if row.placement_id
    }


def measures_of(tx: Tx, referrals: Mapping[UUID, UUID], *, audit: str) -> Mapping[UUID, Sequence[Taken]]:
    """Return what was answered of placements (their referrals by their ids), the oldest first: what belongs to the
    placement, and what belongs to the whole referral. What was skipped, corrected or taken back is left out.
    """
    row = MeasureRow
    columns = (
        row.referral_id,
        row.placement_id,
        row.measure,
        row.version,
        row.phase,
        row.months,
        row.answers,
        row.said_by,
        row.way,
        row.skipped,
    )
    query = (
        select(*columns, row.taken_on)
        .where(among(row.referral_id, set(referrals.values())))
        .where(or_(row.placement_id.is_(None), among(row.placement_id, referrals)))
        .order_by(row.recorded_at, row.id)
    )
    tx.audit(Entry(audit, "measure", "many", None, {"count": len(referrals)}))
    found: dict[UUID, list[Taken]] = {}
    for each in tx.session.execute(query):
        about = {name: getattr(each, name) for name in _ABOUT_TAKEN}
        taken = Taken(each.measure, Phase(each.phase), each.answers, each.taken_on, **about)
        found.setdefault(each.referral_id, []).append(taken)
    return {
        placement_id: [
            each
            for each in standing(found.get(referral_id, ()))
            if each.placement_id in (None, placement_id) and not each.skipped
        ]
        for placement_id, referral_id in referrals.items()
    }


def list_own_services(tx: Tx) -> Mapping[UUID, str]:
    """Return the names of the services of the actor's organisation by id, by name: also of those that ended."""
    row = ServiceRow
    query = select(row.id, row.name).where(row.provider_id == tx.actor.organisation_id)
    return {one: name for one, name in tx.session.execute(query.order_by(row.name, row.id))}  # noqa: C416 - typed
