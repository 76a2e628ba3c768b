"""Questionnaires that the steward took up: each file as it came, and whether it is in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func, select

from app.domain.errors import NotFound
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_measure_files import MeasureFileRow

IN_USE, WITHDRAWN, KEPT = "in-use", "withdrawn", "kept"
Stamp = tuple[int, datetime | None]


@dataclass(frozen=True, slots=True)
class MeasureFile:
    """One file: `kind` measure, words or framework; `state` kept (never used), in-use or withdrawn."""

    id: UUID
    kind: str
    code: str
    version: str
    content: str
    state: str
    taken_up_at: datetime
    taken_up_by: str | None = None


def add(tx: Tx, *, kind: str, code: str, version: str, content: str) -> UUID:
    """Keep a file; the database refuses a second of its kind, code and version."""
    row = MeasureFileRow(
        kind=kind,
        code=code,
        version=version,
        content=content,
        state=KEPT,
        taken_up_at=tx.now,
        taken_up_by=tx.actor.user_id,
        changed_at=tx.now,
        changed_by=tx.actor.user_id,
    )
    tx.session.add(row)
    tx.session.flush()
    detail = {"kind": kind, "code": code, "version": version}
    tx.audit(Entry("take up questionnaire", "measure file", str(row.id), None, detail))
    return row.id


def list_files(tx: Tx) -> Sequence[MeasureFile]:
    """Return every file, in the order in which they were taken up."""
    query = select(MeasureFileRow, UserRow.full_name).outerjoin(
        UserRow, UserRow.id == MeasureFileRow.taken_up_by
    )
    found = tx.session.execute(
        query.order_by(MeasureFileRow.taken_up_at, MeasureFileRow.code, MeasureFileRow.version)
    )
    return [_file(row, name) for row, name in found]


def get(tx: Tx, file_id: UUID) -> MeasureFile:
    """Return one; raises NotFound."""
    return _file(_get(tx, file_id), None)


def record_state(tx: Tx, file_id: UUID, state: str) -> None:
    """Write whether a file is in use; raises NotFound."""
    row = _get(tx, file_id)
    detail = {"kind": row.kind, "code": row.code, "version": row.version, "state": [row.state, state]}
    row.state, row.changed_at, row.changed_by = state, tx.now, tx.actor.user_id
    tx.audit(Entry("change questionnaire", "measure file", str(file_id), None, detail))


class UsedFiles:
    """The files that a process lays over its own; they are nobody's data, so no actor asks."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def stamp(self) -> Stamp:
        """Return what differs whenever a file was added or changed."""
        query = select(func.count(), func.max(MeasureFileRow.changed_at))
        with self._engine.connect() as connection:
            number, changed = connection.execute(query).one()
        return number, changed

    def list_all(self) -> Sequence[MeasureFile]:
        """Return the files that are or were in use, in the order in which they were taken up."""
        table = MeasureFileRow.__table__.c
        query = select(
            table.id, table.kind, table.code, table.version, table.content, table.state, table.taken_up_at
        )
        query = query.where(table.state != KEPT).order_by(table.taken_up_at, table.code, table.version)
        with self._engine.connect() as connection:
            return [MeasureFile(*row) for row in connection.execute(query)]


def _get(tx: Tx, file_id: UUID) -> MeasureFileRow:
    row = tx.session.get(MeasureFileRow, file_id)
    if row is None:
        raise NotFound
    return row


def _file(row: MeasureFileRow, name: str | None) -> MeasureFile:
    told = (row.id, row.kind, row.code, row.version, row.content, row.state, row.taken_up_at)
    return MeasureFile(*told, name)
