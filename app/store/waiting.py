"""Who is on which waiting list, since when, and when somebody was last in touch; positions are the domain's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from app.domain.errors import NotFound
from app.domain.lifecycle import PlacementStatus
from app.store.audit import Entry
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import ContactRow, PlacementRow, ReferralRow, TaskRow
from app.store.tables_waiting import WaitingPlaceRow


@dataclass(frozen=True, slots=True)
class OnList:
    """One placement on its service's list; nothing of it says who the person is."""

    placement_id: UUID
    referral_id: UUID
    person_id: UUID
    team_id: UUID
    reference: str
    priority: str
    service_id: UUID
    service_name: str
    provider_id: UUID
    provider_name: str
    joined_at: datetime
    wait_weeks: int | None  # as the provider said for this person
    wait_said_on: date | None
    service_wait_weeks: int | None


def add(tx: Tx, placement_id: UUID, *, wait_weeks: int | None, audit: str) -> None:
    """Put a placement on the list of its service from now on, at its end among those as urgent."""
    said_on = None if wait_weeks is None else tx.today
    row = WaitingPlaceRow(
        placement_id=placement_id, joined_at=tx.now, wait_weeks=wait_weeks, wait_said_on=said_on
    )
    tx.session.merge(row)  # whoever came back to a list joins it anew
    tx.session.flush()
    tx.audit(Entry(audit, "waiting place", str(placement_id), None, {"weeks": wait_weeks}))


def record_wait(tx: Tx, placement_id: UUID, wait_weeks: int, *, audit: str) -> None:
    """Write how many weeks from today the provider expects for this person; raises NotFound."""
    row = tx.session.get(WaitingPlaceRow, placement_id)
    if row is None:
        raise NotFound
    row.wait_weeks, row.wait_said_on = wait_weeks, tx.today
    tx.session.flush()
    tx.audit(Entry(audit, "waiting place", str(placement_id), None, {"weeks": wait_weeks}))


def list_waiting(tx: Tx, *, service_ids: Collection[UUID] | None = None, audit: str) -> Sequence[OnList]:
    """Return what the actor sees of the lists, of these services or of all, in no order that means anything."""
    query = _on_list()
    if service_ids is not None:
        query = query.where(PlacementRow.service_id.in_(service_ids))
    found = [OnList(*row) for row in tx.session.execute(query)]
    if found:
        tx.audit(Entry(audit, "waiting place", "many", None, {"count": len(found)}))
    return found


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[OnList]:
    """Return the lists that a referral is on, the longest wait first."""
    query = _on_list().where(PlacementRow.referral_id == referral_id).order_by(WaitingPlaceRow.joined_at)
    tx.audit(Entry(audit, "waiting place", str(referral_id)))
    return [OnList(*row) for row in tx.session.execute(query)]


def find(tx: Tx, placement_id: UUID, *, audit: str) -> OnList | None:
    """Return a placement's place on the list; None when it is on none, absent, or not shared with the actor."""
    row = tx.session.execute(_on_list().where(PlacementRow.id == placement_id)).first()
    tx.audit(Entry(audit, "waiting place", str(placement_id)))
    return None if row is None else OnList(*row)


def last_contacts(tx: Tx, placement_ids: Collection[UUID]) -> Mapping[UUID, date]:
    """Return the day on which the provider or the team last reached the person of each of these placements.

    To be asked as the platform: a provider sees none of the team's contacts, and need not to know that there was one.
    """
    told = or_(ContactRow.placement_id == PlacementRow.id, ContactRow.placement_id.is_(None))
    query = (
        select(PlacementRow.id, func.max(ContactRow.happened_on))
        .join(ContactRow, (ContactRow.referral_id == PlacementRow.referral_id) & told)
        .where(PlacementRow.id.in_(placement_ids), ContactRow.reached, ContactRow.taken_back_at.is_(None))
        .group_by(PlacementRow.id)
    )
    return {row[0]: row[1] for row in tx.session.execute(query)}


def list_unheard(tx: Tx, since: date, *, among: Collection[UUID] | None = None) -> Sequence[UUID]:
    """Return the placements, of these or of all, whose person joined before a day and was not reached from then on.

    To be asked as the platform, as `last_contacts`.
    """
    told = or_(ContactRow.placement_id == PlacementRow.id, ContactRow.placement_id.is_(None))
    heard = exists().where(
        ContactRow.referral_id == PlacementRow.referral_id,
        told,
        ContactRow.reached,
        ContactRow.taken_back_at.is_(None),
        ContactRow.happened_on >= since,
    )
    query = (
        select(PlacementRow.id)
        .join(WaitingPlaceRow, WaitingPlaceRow.placement_id == PlacementRow.id)
        .where(
            PlacementRow.status == PlacementStatus.WAITLISTED,
            WaitingPlaceRow.joined_at < datetime.combine(since, time.min, LONDON),
            ~heard,
        )
    )
    return tx.session.scalars(query if among is None else query.where(PlacementRow.id.in_(among))).all()


def without_task(tx: Tx, placement_ids: Collection[UUID], kind: str, *, days: int) -> Sequence[UUID]:
    """Return those of the placements of whose referral no task of a kind is open, or was given within so many days."""
    lately = or_(TaskRow.done_at.is_(None), TaskRow.created_at > tx.now - timedelta(days=days))
    given = exists().where(TaskRow.referral_id == PlacementRow.referral_id, TaskRow.kind == kind, lately)
    return tx.session.scalars(select(PlacementRow.id).where(PlacementRow.id.in_(placement_ids), ~given)).all()


def _on_list() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PlacementRow.id,
            PlacementRow.referral_id,
            ReferralRow.person_id,
            PlacementRow.team_id,
            ReferralRow.reference,
            ReferralRow.priority,
            ServiceRow.id,
            ServiceRow.name,
            OrganisationRow.id,
            OrganisationRow.name,
            WaitingPlaceRow.joined_at,
            WaitingPlaceRow.wait_weeks,
            WaitingPlaceRow.wait_said_on,
            ServiceRow.wait_weeks,
        )
        .select_from(PlacementRow)
        .join(WaitingPlaceRow, WaitingPlaceRow.placement_id == PlacementRow.id)
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .join(ServiceRow, ServiceRow.id == PlacementRow.service_id)
        .join(OrganisationRow, OrganisationRow.id == PlacementRow.provider_id)
        .where(PlacementRow.status == PlacementStatus.WAITLISTED)
    )
