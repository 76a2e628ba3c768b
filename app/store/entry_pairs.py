"""What the steward decided of two entries of the directory: the same, where one is kept, or not the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.directory_words import ServiceStatus
from app.domain.errors import Conflict, NotFound
from app.store.session import Tx
from app.store.tables import ServiceRow
from app.store.tables_stewardship import EntryPairRow

SAME, APART = "same", "apart"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that holds; `kept` is the entry that is shown, where the two are the same."""

    id: UUID
    kept_id: UUID
    kept_name: str
    other_id: UUID
    other_name: str
    decision: str
    decided_at: datetime


def list_decided(tx: Tx) -> Sequence[Decided]:
    """Return every decision that holds, the newest first."""
    kept, other = aliased(ServiceRow), aliased(ServiceRow)
    row = EntryPairRow
    query = (
        select(row.id, row.kept_id, kept.name, row.other_id, other.name, row.decision, row.decided_at)
        .join(kept, kept.id == row.kept_id)
        .join(other, other.id == row.other_id)
        .where(row.undone_at.is_(None))
        .order_by(row.decided_at.desc(), row.id)
    )
    return [Decided(*found) for found in tx.session.execute(query)]


def list_kept_elsewhere(tx: Tx) -> Mapping[UUID, UUID]:
    """Return the entries that are not kept, each with the one that is; to be asked as the platform or the steward."""
    query = select(EntryPairRow.other_id, EntryPairRow.kept_id).where(
        EntryPairRow.decision == SAME, EntryPairRow.undone_at.is_(None)
    )
    return {other: kept for other, kept in tx.session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def add(tx: Tx, kept_id: UUID, other_id: UUID, decision: str, *, status_before: ServiceStatus | None) -> UUID:
    """Write a decision; `status_before` is of the entry that is not kept, so that it can be undone."""
    pair_id = uuid4()
    tx.session.add(
        EntryPairRow(
            id=pair_id,
            kept_id=kept_id,
            other_id=other_id,
            decision=decision,
            status_before=status_before,
            decided_at=tx.now,
            decided_by=tx.actor.user_id,
        )
    )
    tx.session.flush()
    return pair_id


def record_undone(tx: Tx, pair_id: UUID) -> tuple[UUID, UUID, ServiceStatus | None]:
    """Take a decision back; return kept, other, and the other's status before. Raises NotFound, Conflict."""
    row = tx.session.get(EntryPairRow, pair_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.undone_at is not None:
        raise Conflict("This was taken back already.")
    row.undone_at = tx.now
    before = ServiceStatus(row.status_before) if row.status_before else None
    return row.kept_id, row.other_id, before
