"""What could not be carried and was set aside by the steward, with the reason; bringing it back ends that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from app.domain.errors import Conflict, NotFound
from app.domain.undelivered import Aside, Kind
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_stewardship import PutAsideRow


def is_aside(kind: ColumnElement[Any] | Kind, subject_id: Any) -> ColumnElement[bool]:
    """Return the condition that a message is set aside now."""
    row = aliased(PutAsideRow)  # of its own: whoever asks may have joined the table too
    return exists().where(row.kind == kind, row.subject_id == subject_id, row.ended_at.is_(None))


def add(tx: Tx, kind: Kind, subject_id: UUID, reason: Aside) -> None:
    """Set a message aside; raises Conflict when it is already."""
    if _open(tx, kind, subject_id) is not None:
        raise Conflict("It is set aside already.")
    values = {"kind": kind, "subject_id": subject_id, "reason": reason}
    tx.session.add(PutAsideRow(**values, set_at=tx.now, set_by=tx.actor.user_id))
    tx.session.flush()
    detail = {"kind": kind.value, "reason": reason.value}
    tx.audit(Entry("set undelivered aside", "undelivered", str(subject_id), None, detail))


def end(tx: Tx, kind: Kind, subject_id: UUID) -> None:
    """Bring a message back; raises NotFound when it is not set aside."""
    row = _open(tx, kind, subject_id)
    if row is None:
        raise NotFound
    _end(tx, row)


def end_if_any(tx: Tx, kind: Kind, subject_id: UUID) -> None:
    """Bring a message back that somebody else has set going again, so that a new failure of it is seen."""
    row = _open(tx, kind, subject_id)
    if row is not None:
        _end(tx, row)


def _end(tx: Tx, row: PutAsideRow) -> None:
    row.ended_at = tx.now
    tx.session.flush()
    tx.audit(Entry("bring undelivered back", "undelivered", str(row.subject_id), None, {"kind": row.kind}))


def _open(tx: Tx, kind: Kind, subject_id: UUID) -> PutAsideRow | None:
    row = PutAsideRow
    query = select(row).where(row.kind == kind, row.subject_id == subject_id, row.ended_at.is_(None))
    return tx.session.scalars(query.with_for_update()).first()
