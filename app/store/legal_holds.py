"""Legal holds: why a record must not be erased, until when, and by which two people it was lifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.domain.errors import NotFound
from app.domain.retention_review import NewHold
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_care import PersonRow
from app.store.tables_retention import LegalHoldRow


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold; `lift_asked_by` is the first of the two who lift it."""

    id: UUID
    person_id: UUID
    code: str
    until: date | None
    made_at: datetime
    made_by: UUID | None
    lift_asked_at: datetime | None
    lift_asked_by: UUID | None
    lifted_at: datetime | None
    lifted_by: UUID | None

    def is_running(self, today: date) -> bool:
        """Whether it stops an erasure on a day."""
        return self.lifted_at is None and (self.until is None or self.until >= today)


def running(tx: Tx) -> ColumnElement[bool]:
    """Return the condition of a hold that stops an erasure today."""
    row = LegalHoldRow
    return row.lifted_at.is_(None) & or_(row.until.is_(None), row.until >= tx.today)


def is_held(tx: Tx, person_id: UUID) -> bool:
    """Tell whether a record must not be erased today."""
    theirs = LegalHoldRow.person_id == person_id
    return bool(tx.session.scalar(select(exists().where(theirs, running(tx)))))


def add(tx: Tx, person_id: UUID, hold: NewHold, *, by: UUID | None, audit: str) -> UUID:
    """Put a record on hold; to be done as the platform, which seals the words for the person."""
    row = LegalHoldRow(
        id=uuid4(), person_id=person_id, code=hold.code, until=hold.until, made_at=tx.now, made_by=by
    )
    row.words = seal_for(tx, person_id, Cell("legal_hold", "words", row.id), hold.words)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "legal hold", str(row.id), person_id, {"code": hold.code}))
    return row.id


def get(tx: Tx, hold_id: UUID, *, audit: str) -> Hold:
    """Return a hold, its row held; raises NotFound."""
    row = tx.session.get(LegalHoldRow, hold_id, with_for_update=True)
    if row is None:
        raise NotFound
    tx.audit(Entry(audit, "legal hold", str(hold_id), row.person_id))
    return _hold(row)


def words_of(tx: Tx, hold: Hold) -> str | None:
    """Return who asked for a hold and what for; None once the person was erased. As the platform."""
    sealed = tx.session.get_one(LegalHoldRow, hold.id).words
    return open_for(tx, hold.person_id, Cell("legal_hold", "words", hold.id), sealed)


def list_of(tx: Tx, person_id: UUID) -> Sequence[Hold]:
    """Return the holds of a person, the newest first."""
    query = select(LegalHoldRow).where(LegalHoldRow.person_id == person_id)
    return [_hold(row) for row in tx.session.scalars(query.order_by(LegalHoldRow.made_at.desc()))]


def list_running(tx: Tx, *, start: int, size: int) -> tuple[Sequence[Hold], int]:
    """Return a page of the holds that run, the oldest first, and how many there are."""
    query = select(LegalHoldRow).where(running(tx)).order_by(LegalHoldRow.made_at, LegalHoldRow.id)
    total = tx.session.scalar(select(func.count()).select_from(LegalHoldRow).where(running(tx))) or 0
    return [_hold(row) for row in tx.session.scalars(query.offset(start).limit(size))], total


def list_all(tx: Tx) -> Sequence[tuple[Hold, bytes | None]]:
    """Return every hold there ever was with its words, sealed as they are: for the ledger, the oldest first."""
    query = select(LegalHoldRow).order_by(LegalHoldRow.made_at, LegalHoldRow.id)
    return [(_hold(row), row.words) for row in tx.session.scalars(query)]


def record_again(tx: Tx, hold: Hold, words: bytes | None, *, audit: str) -> bool:
    """Write a hold as the ledger has it, where a restore took it or its lifting away; tell whether anything changed.

    Accounts that came after the copy are left out, and a hold whose two lifters are not both here goes on: it is
    lifted again by two. Raises NotFound when the person is not in this database.
    """
    if tx.session.get(PersonRow, hold.person_id) is None:
        raise NotFound
    row = tx.session.get(LegalHoldRow, hold.id, with_for_update=True)
    first, second = _known(tx, hold.lift_asked_by), _known(tx, hold.lifted_by)
    is_lifted = hold.lifted_at is not None and first is not None and second is not None
    if row is not None and (row.lifted_at is not None or not is_lifted):
        return False
    if row is None:
        row = LegalHoldRow(
            id=hold.id, person_id=hold.person_id, code=hold.code, until=hold.until, words=words
        )
        row.made_at, row.made_by = hold.made_at, _known(tx, hold.made_by)
        tx.session.add(row)
    if is_lifted:
        row.lift_asked_at, row.lift_asked_by = hold.lift_asked_at, first
        row.lifted_at, row.lifted_by = hold.lifted_at, second
    tx.session.flush()
    tx.audit(Entry(audit, "legal hold", str(hold.id), hold.person_id, {"code": hold.code}))
    return True


def _known(tx: Tx, user_id: UUID | None) -> UUID | None:
    return user_id if user_id is not None and tx.session.get(UserRow, user_id) is not None else None


def record_lift_asked(tx: Tx, hold: Hold, by: UUID | None, *, audit: str) -> None:
    """Keep who wants a hold lifted; nobody takes the wish back."""
    row = tx.session.get_one(LegalHoldRow, hold.id)
    row.lift_asked_at, row.lift_asked_by = (tx.now, by) if by else (None, None)
    tx.session.flush()
    tx.audit(Entry(audit, "legal hold", str(hold.id), hold.person_id))


def record_lifted(tx: Tx, hold: Hold, by: UUID, *, audit: str) -> None:
    """Lift a hold, as the second of two."""
    row = tx.session.get_one(LegalHoldRow, hold.id)
    row.lifted_at, row.lifted_by = tx.now, by
    tx.session.flush()
    tx.audit(Entry(audit, "legal hold", str(hold.id), hold.person_id))


def _hold(row: LegalHoldRow) -> Hold:
    return Hold(
        id=row.id,
        person_id=row.person_id,
        code=row.code,
        until=row.until,
        made_at=row.made_at,
        made_by=row.made_by,
        lift_asked_at=row.lift_asked_at,
        lift_asked_by=row.lift_asked_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
    )
