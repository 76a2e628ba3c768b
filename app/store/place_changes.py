"""What was changed of the place's numbers and neighbourhoods, line by line; nothing here is about a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.domain.errors import NotFound
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_stewardship import PlaceChangeRow

RULES: Final = "rules"  # the subject of changes of the place's numbers
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `detail` has by name what was and what is, or codes; `by` None is the command line."""

    id: UUID
    act: str
    detail: Mapping[str, Any]
    changed_at: datetime
    by: str | None


def add(tx: Tx, subject: str, act: str, detail: Mapping[str, Any]) -> None:
    """Write that something was changed; its audit line is the caller's."""
    row = PlaceChangeRow(
        subject=subject, act=act, detail=dict(detail), changed_at=tx.now, changed_by=tx.actor.user_id
    )
    tx.session.add(row)
    tx.session.flush()


def list_of(tx: Tx, subject: str) -> Sequence[Change]:
    """Return the latest changes of a subject, the newest first."""
    row = PlaceChangeRow
    query = select(row, UserRow.full_name).outerjoin(UserRow, UserRow.id == row.changed_by)
    found = query.where(row.subject == subject).order_by(row.changed_at.desc(), row.id).limit(SHOWN)
    return [_change(each, by) for each, by in tx.session.execute(found)]


def get(tx: Tx, subject: str, change_id: UUID) -> Change:
    """Return one change of a subject; raises NotFound."""
    row = tx.session.get(PlaceChangeRow, change_id)
    if row is None or row.subject != subject:
        raise NotFound
    return _change(row, None)


def _change(row: PlaceChangeRow, by: str | None) -> Change:
    return Change(row.id, row.act, row.detail, row.changed_at, by)
