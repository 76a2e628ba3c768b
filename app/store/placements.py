"""Placements and the plan of who is asked next, each change with its transition and its audit line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.explanation import Explanation
from app.domain.lifecycle import (
    ANSWER_RUNS_OUT,
    OPEN_PLACEMENT,
    UNANSWERED_PLACEMENT,
    PlacementStatus,
    Track,
    Transition,
)
from app.domain.referral import Placement
from app.domain.vocabulary import Priority
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.explanations import opened, sealed
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.settling import settle_tasks_of
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import OfferPlanRow, PlacementRow, ReferralRow, TransitionRow
from app.store.transitions import add_transition, said_in

PAGE = 50
_Step = aliased(TransitionRow)
_Named = Select[PlacementRow, str, str, int | None, bytes | None, str | None]


def get(tx: Tx, placement_id: UUID, *, audit: str) -> Placement:
    """Return a placement; raises NotFound when absent or not shared with the actor."""
    return _one(tx, _named().where(PlacementRow.id == placement_id), audit)


def get_for_update(tx: Tx, placement_id: UUID, *, audit: str) -> Placement:
    """Return a placement and hold it, and its referral, until the end of the transaction.

    The referral always first: two people who act at once wait for each other and never for ever.
    """
    of = select(PlacementRow.referral_id).where(PlacementRow.id == placement_id).scalar_subquery()
    tx.session.execute(select(ReferralRow.id).where(ReferralRow.id == of).with_for_update())
    query = _named().where(PlacementRow.id == placement_id).with_for_update(of=PlacementRow)
    return _one(tx, query.execution_options(populate_existing=True), audit)


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Placement]:
    """Return the placements of a referral that the actor may see, oldest first."""
    begun = select(func.min(_Step.id)).where(_Step.placement_id == PlacementRow.id).correlate(PlacementRow)
    order = (PlacementRow.offered_at, begun.scalar_subquery())  # two offers may be made in one moment
    query = _named().where(PlacementRow.referral_id == referral_id).order_by(*order)
    return [_audited(tx, row, audit) for row in tx.session.execute(query)]


def list_named(tx: Tx, name: str, *, audit: str) -> Sequence[Placement]:
    """Return the placements that the actor may see and this names: by own id, by the referral's id or reference."""
    try:
        named = or_(PlacementRow.id == UUID(name), PlacementRow.referral_id == UUID(name))
    except ValueError:
        of = select(ReferralRow.id).where(ReferralRow.reference == name.upper())
        named = PlacementRow.referral_id.in_(of)
    query = _named().where(named)
    return [_audited(tx, row, audit) for row in tx.session.execute(query)]


def list_page(tx: Tx, *, audit: str, page: int = 1) -> tuple[Sequence[Placement], int]:
    """Return a page of the provider's own placements, unanswered and urgent first, and how many there are in all."""
    query = _named().where(PlacementRow.provider_id == tx.actor.organisation_id)
    query = query.join(ReferralRow, ReferralRow.id == PlacementRow.referral_id).where(
        ReferralRow.is_history.is_(False)
    )
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    waiting_first = PlacementRow.status.in_(UNANSWERED_PLACEMENT).desc()
    order = (
        waiting_first,
        PlacementRow.status.in_(OPEN_PLACEMENT).desc(),
        (ReferralRow.priority != Priority.ROUTINE).desc(),
        PlacementRow.respond_by,
        PlacementRow.id,
    )
    rows = tx.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    return [_audited(tx, row, audit) for row in rows], total


def list_overdue(tx: Tx) -> Sequence[UUID]:
    """Return the offers that met with silence past their day, for the sweep; ids only."""
    query = select(PlacementRow.id).where(
        PlacementRow.status.in_(ANSWER_RUNS_OUT), PlacementRow.respond_by < tx.today
    )
    return tx.session.scalars(query.limit(200)).all()


def add(tx: Tx, values: dict[str, Any], transition: Transition, *, audit: str) -> UUID:
    """Write an offer to one provider; its `brief` and `why` are sealed for the person."""
    placement_id, person_id = uuid4(), _person_of(tx, values["referral_id"])
    why = sealed(tx, person_id, Cell("placement", "why", placement_id), values["why"])
    brief = seal_for(tx, person_id, _brief_of(placement_id), values["brief"] or None)
    own = {"id": placement_id, "why": why, "brief": brief, "status": transition.after, "offered_at": tx.now}
    row = PlacementRow(**(values | own))
    tx.session.add(row)
    tx.session.flush()
    add_transition(tx, transition, referral_id=row.referral_id, placement_id=row.id)
    detail = {"referral": str(row.referral_id), "provider": str(row.provider_id)}
    tx.audit(Entry(audit, "placement", str(row.id), person_id, detail))
    return row.id


_STAMPS = {
    PlacementStatus.ACCEPTED: "answered_at",
    PlacementStatus.WAITLISTED: "answered_at",
    PlacementStatus.DECLINED: "answered_at",
    PlacementStatus.STARTED: "started_at",
}


def record(tx: Tx, placement_id: UUID, transition: Transition, *, audit: str) -> None:
    """Take a step: status, dates, transition and audit together."""
    row = tx.session.get(PlacementRow, placement_id)
    if row is None:
        raise NotFound
    row.status = transition.after
    row.reason = transition.reason
    stamp = _STAMPS.get(PlacementStatus(transition.after))
    if stamp and getattr(row, stamp) is None:
        setattr(row, stamp, tx.now)
    if transition.after not in OPEN_PLACEMENT:
        row.ended_at = tx.now
    tx.session.flush()
    add_transition(tx, transition, referral_id=row.referral_id, placement_id=placement_id)
    settle_tasks_of(tx, transition, row.referral_id)
    detail = {"before": transition.before, "after": transition.after, "reason": transition.reason}
    tx.audit(Entry(audit, "placement", str(placement_id), _person_of(tx, row.referral_id), detail))


def record_plan(
    tx: Tx, referral_id: UUID, offers: Sequence[tuple[UUID, Explanation]], *, behind: UUID | None = None
) -> None:
    """Replace who is asked after one placement says no, in order: (service, why) pairs.

    `behind` is that placement; without it the plans of all placements of the referral are struck out.
    """
    of_which = OfferPlanRow.placement_id == behind if behind else OfferPlanRow.referral_id == referral_id
    tx.session.execute(delete(OfferPlanRow).where(of_which))
    person_id = _person_of(tx, referral_id)
    for position, (service_id, why) in enumerate(offers):
        row = OfferPlanRow(
            id=uuid4(),
            referral_id=referral_id,
            placement_id=behind,
            position=position,
            service_id=service_id,
        )
        row.why = sealed(tx, person_id, Cell("offer_plan", "why", row.id), why)
        tx.session.add(row)
    tx.session.flush()


def list_plan(tx: Tx, referral_id: UUID) -> Sequence[tuple[UUID, Explanation]]:
    """Return who is asked next, in order."""
    return [_planned(tx, row) for row in tx.session.scalars(_plan_of(referral_id)).all()]


def take_from_plan(tx: Tx, placement_id: UUID) -> tuple[UUID, Explanation] | None:
    """Return the next service of a placement's plan and strike it out, None when the plan is used up."""
    of = select(OfferPlanRow).where(OfferPlanRow.placement_id == placement_id)
    row = tx.session.scalars(of.order_by(OfferPlanRow.position).limit(1).with_for_update()).first()
    if row is None:
        return None
    taken = _planned(tx, row)
    tx.session.delete(row)
    tx.session.flush()
    return taken


def move_plan(tx: Tx, before: UUID, after: UUID) -> None:
    """Put what is left of one placement's plan behind the placement that came out of it."""
    rows = update(OfferPlanRow).where(OfferPlanRow.placement_id == before)
    tx.session.execute(rows.values(placement_id=after))


def _plan_of(referral_id: UUID) -> Select[OfferPlanRow]:
    return (
        select(OfferPlanRow)
        .where(OfferPlanRow.referral_id == referral_id)
        .order_by(OfferPlanRow.placement_id, OfferPlanRow.position)
    )


def _planned(tx: Tx, row: OfferPlanRow) -> tuple[UUID, Explanation]:
    cell = Cell("offer_plan", "why", row.id)
    return row.service_id, opened(tx, _person_of(tx, row.referral_id), cell, row.why)


def respond_by(tx: Tx, placement_id: UUID, day: date) -> None:
    """Move the day by which the provider must answer."""
    row = tx.session.get(PlacementRow, placement_id)
    if row is None:
        raise NotFound
    row.respond_by = day


def shorten(tx: Tx, placement_id: UUID, day: date, *, audit: str) -> None:
    """Bring the day of an answer forward, for a referral that presses; the day that it had is kept."""
    row = tx.session.get(PlacementRow, placement_id)
    if row is None:
        raise NotFound
    row.respond_by_before, row.respond_by = row.respond_by_before or row.respond_by, day
    tx.session.flush()
    detail = {"respond_by": day.isoformat()}
    tx.audit(Entry(audit, "placement", str(placement_id), None, detail))


def _person_of(tx: Tx, referral_id: UUID) -> UUID:
    found = tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == referral_id))
    if found is None:
        raise NotFound
    return found


def _named() -> _Named:
    """Placements with the names of service and provider, and the newest step with what was said then."""
    own = (_Step.placement_id == PlacementRow.id, _Step.track == Track.PLACEMENT)
    newest = select(func.max(_Step.id)).where(*own).correlate(PlacementRow).scalar_subquery()
    return (
        select(
            PlacementRow,
            ServiceRow.name,
            OrganisationRow.name,
            TransitionRow.id.label("step"),
            TransitionRow.said,
            TransitionRow.stage,
        )
        .select_from(PlacementRow)
        .outerjoin(TransitionRow, TransitionRow.id == newest)
        .join(ServiceRow, ServiceRow.id == PlacementRow.service_id)
        .join(OrganisationRow, OrganisationRow.id == PlacementRow.provider_id)
    )


def _brief_of(placement_id: UUID) -> Cell:
    return Cell("placement", "brief", placement_id)


def _one(tx: Tx, query: _Named, audit: str) -> Placement:
    found = tx.session.execute(query).first()
    if found is None:
        raise NotFound
    return _audited(tx, found, audit)


def _audited(tx: Tx, found: Any, audit: str) -> Placement:
    row, service, provider, step, said, told_as = found
    person_id = _person_of(tx, row.referral_id)
    tx.audit(Entry(audit, "placement", str(row.id), person_id))
    return Placement(
        id=row.id,
        referral_id=row.referral_id,
        service_id=row.service_id,
        service_name=service,
        provider_id=row.provider_id,
        provider_name=provider,
        status=row.status,
        version=row.version,
        offered_at=row.offered_at,
        respond_by=row.respond_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        why=opened(tx, person_id, Cell("placement", "why", row.id), row.why),
        brief=open_for(tx, person_id, _brief_of(row.id), row.brief) or "",
        said=open_for(tx, person_id, said_in(step), said) if said else None,
        told_as=told_as,
        passed_from=row.passed_from,
        origin_told=row.origin_told,
    )
