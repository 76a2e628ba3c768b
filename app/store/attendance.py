"""The register of sessions as it is kept: lines are only ever added, and the last one said of a day counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import exists, func, or_, select

from app.domain.attendance import Attendance
from app.domain.lifecycle import PlacementStatus
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_many, seal_for
from app.store.session import LONDON, Tx
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_register import AttendanceRow

PLACED = (PlacementStatus.ACCEPTED, PlacementStatus.STARTED)


@dataclass(frozen=True, slots=True)
class Placed:
    """One placement that stands on a service's register; nothing of it says who the person is."""

    placement_id: UUID
    referral_id: UUID
    person_id: UUID
    reference: str
    status: str


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One thing said of a person at a session; of a day the newest counts."""

    placement_id: UUID
    held_on: date
    answer: str
    note: str
    recorded_at: datetime

    @property
    def recorded_on(self) -> date:
        """The day on which it was written, in London."""
        return self.recorded_at.astimezone(LONDON).date()


def list_placed(tx: Tx, service_id: UUID, held_on: date, *, audit: str) -> Sequence[Placed]:
    """Return who stands on a provider's own register of a day: helped now, or with a line on that day already."""
    said = exists().where(AttendanceRow.placement_id == PlacementRow.id, AttendanceRow.held_on == held_on)
    asked_by_then = func.date(func.timezone(LONDON.key, PlacementRow.offered_at)) <= held_on
    query = (
        select(
            PlacementRow.id, ReferralRow.id, ReferralRow.person_id, ReferralRow.reference, PlacementRow.status
        )
        .join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)
        .where(
            PlacementRow.service_id == service_id,
            PlacementRow.provider_id == tx.actor.organisation_id,
            ReferralRow.is_history.is_(False),
            or_(PlacementRow.status.in_(PLACED) & asked_by_then, said),
        )
        .order_by(ReferralRow.reference)
    )
    tx.audit(Entry(audit, "register", str(service_id), None, {"day": held_on.isoformat()}))
    return [Placed(*row) for row in tx.session.execute(query)]


def list_said(
    tx: Tx, people: Mapping[UUID, UUID], *, held_on: date | None = None, audit: str
) -> Sequence[SaidLine]:
    """Return all that was said of placements (id -> their person's id), by day, the oldest word first."""
    query = select(AttendanceRow).where(AttendanceRow.placement_id.in_(people))
    if held_on is not None:
        query = query.where(AttendanceRow.held_on == held_on)
    rows = tx.session.scalars(query.order_by(AttendanceRow.held_on, AttendanceRow.number)).all()
    cells = [(people[row.placement_id], Cell("attendance", "note", row.id), row.note) for row in rows]
    for person_id in {people[row.placement_id] for row in rows}:
        tx.audit(Entry(audit, "attendance", str(person_id), person_id))
    return [
        SaidLine(row.placement_id, row.held_on, row.answer, note or "", row.recorded_at)
        for row, note in zip(rows, open_many(tx, cells), strict=True)
    ]


def answers_of(
    tx: Tx, placement_ids: Collection[UUID], *, since: date | None = None
) -> Mapping[UUID, Sequence[str]]:
    """Return what counts of each placement's sessions, the oldest first; codes only, those without a line left out."""
    query = select(AttendanceRow.placement_id, AttendanceRow.held_on, AttendanceRow.answer)
    query = query.where(among(AttendanceRow.placement_id, placement_ids))
    if since is not None:
        query = query.where(AttendanceRow.held_on >= since)
    newest: dict[UUID, dict[date, str]] = defaultdict(dict)
    for placement_id, day, answer in tx.session.execute(
        query.order_by(AttendanceRow.held_on, AttendanceRow.number)
    ):
        newest[placement_id][day] = answer
    return {placement_id: list(days.values()) for placement_id, days in newest.items()}


def first_days(tx: Tx, placement_ids: Collection[UUID]) -> Mapping[UUID, date]:
    """Return the first day on which somebody came, by placement; none of those who have not come yet."""
    newest: dict[tuple[UUID, date], str] = {}
    query = select(AttendanceRow.placement_id, AttendanceRow.held_on, AttendanceRow.answer)
    query = query.where(among(AttendanceRow.placement_id, placement_ids))
    for placement_id, day, answer in tx.session.execute(query.order_by(AttendanceRow.number)):
        newest[placement_id, day] = answer
    found: dict[UUID, date] = {}
    for (placement_id, day), answer in newest.items():
        if answer == Attendance.CAME:
            found[placement_id] = min(day, found.get(placement_id, day))
    return found


def add(tx: Tx, placed: Placed, *, held_on: date, answer: str, note: str, audit: str) -> None:
    """Write what is said of one person at one session, over whatever was said of it before."""
    of_day = (AttendanceRow.placement_id == placed.placement_id, AttendanceRow.held_on == held_on)
    number = tx.session.scalar(select(func.count()).select_from(AttendanceRow).where(*of_day)) or 0
    row_id = uuid4()
    row = AttendanceRow(
        id=row_id,
        placement_id=placed.placement_id,
        held_on=held_on,
        number=number,
        answer=answer,
        note=seal_for(tx, placed.person_id, Cell("attendance", "note", row_id), note or None),
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    detail = {"placement": str(placed.placement_id), "day": held_on.isoformat(), "answer": answer}
    tx.audit(Entry(audit, "attendance", str(row_id), placed.person_id, detail))


def session_days_told(tx: Tx, service_id: UUID, *, days: int) -> Sequence[date]:
    """Return the days of the last so many on which the actor's register of a service has a line, the newest first."""
    query = (
        select(AttendanceRow.held_on)
        .join(PlacementRow, PlacementRow.id == AttendanceRow.placement_id)
        .where(
            PlacementRow.service_id == service_id, AttendanceRow.held_on >= tx.today - timedelta(days=days)
        )
        .distinct()
        .order_by(AttendanceRow.held_on.desc())
    )
    return tx.session.scalars(query).all()
