"""The national checks for opt-outs: whom one asks about, whether it is under way, what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.store import extracts
from app.store.among import among
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import PersonRow
from app.store.tables_opt_outs import NationalCheckRow

_TABLE = "national check"


@dataclass(frozen=True, slots=True)
class Check:
    """One question; `repeated`: it was tried before and may have left."""

    id: UUID
    asked_at: datetime
    asked: int
    sent_at: datetime | None
    repeated: bool


def find_newest(tx: Tx) -> Check | None:
    """Return the newest question, settled or not; None before the first."""
    row = tx.session.scalars(
        select(NationalCheckRow).order_by(NationalCheckRow.asked_at.desc()).limit(1)
    ).first()
    return None if row is None else _check(row)


def find_open(tx: Tx) -> Check | None:
    """Return the question that waits for its answer, held until the end of the transaction; there is one at most."""
    open_ones = select(NationalCheckRow).where(NationalCheckRow.settled_at.is_(None)).with_for_update()
    row = tx.session.scalars(open_ones.order_by(NationalCheckRow.asked_at).limit(1)).first()
    return None if row is None else _check(row)


def is_known(tx: Tx, name: str) -> bool:
    """Tell whether a question of ours has this id; any text may be asked about."""
    return name in {str(each) for each in tx.session.scalars(select(NationalCheckRow.id))}


def list_due(tx: Tx, *, fresh_from: date) -> list[UUID]:
    """Return who of those whom the next extract would tell of is surely known and has no answer since a day.

    Ids alone, asked with each sweep: no record is opened.
    """
    answered = PersonRow.national_checked_on
    query = select(PersonRow.id).where(
        PersonRow.id.in_(extracts.people_to_tell_of()),
        PersonRow.identity_confirmed,
        PersonRow.nhs_number_index.is_not(None),
        answered.is_(None) | (answered < fresh_from),
    )
    return list(tx.session.scalars(query))


def add(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> UUID:
    """Write a question about these people; each belongs to the newest that asks about them."""
    check_id = uuid4()
    tx.session.add(NationalCheckRow(id=check_id, asked_at=tx.now, asked=len(person_ids)))
    theirs = among(PersonRow.id, set(person_ids))
    tx.session.execute(update(PersonRow).where(theirs).values(national_check_id=check_id))
    tx.session.flush()
    tx.audit(Entry(audit, _TABLE, str(check_id), None, {"asked": len(person_ids)}))
    return check_id


def list_asked(tx: Tx, check_id: UUID) -> list[UUID]:
    """Return whom a question is about."""
    return list(tx.session.scalars(select(PersonRow.id).where(PersonRow.national_check_id == check_id)))


def record_tried(tx: Tx, check_id: UUID) -> None:
    """Note, before it is tried, that a question may have left."""
    tx.session.get_one(NationalCheckRow, check_id).attempts += 1


def record_sent(tx: Tx, check_id: UUID, reference: str, *, audit: str) -> None:
    """The carrier took it."""
    row = tx.session.get_one(NationalCheckRow, check_id)
    row.sent_at, row.reference = tx.now, reference
    tx.audit(Entry(audit, _TABLE, str(check_id), None, {"sent": row.asked}))


def record_settled(
    tx: Tx, check_id: UUID, *, opted_out: int | None = None, problem: str | None = None, audit: str
) -> None:
    """Nothing more is waited for: it was answered, or there is a problem, as a code."""
    row = tx.session.get_one(NationalCheckRow, check_id)
    row.settled_at, row.opted_out, row.problem = tx.now, opted_out, problem
    detail = {"problem": problem} if problem else {"opted_out": opted_out or 0}
    tx.audit(Entry(audit, _TABLE, str(check_id), None, detail))


def _check(row: NationalCheckRow) -> Check:
    return Check(row.id, row.asked_at, row.asked, row.sent_at, row.attempts > 0)
