"""Funders' grants as organisations wrote them down; each sees its own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.grants import Grant, KeptGrant
from app.store.session import Tx
from app.store.tables_pack import FunderGrantRow

_PLAIN = ("funder", "title", "reference", "starts_on", "ends_on")


def add(tx: Tx, organisation_id: UUID, grant: Grant) -> UUID:
    """Write a grant and return its id."""
    row = FunderGrantRow(id=uuid4(), organisation_id=organisation_id, recorded_at=tx.now)
    _write(row, grant)
    tx.session.add(row)
    tx.session.flush()
    return row.id


def get(tx: Tx, grant_id: UUID) -> KeptGrant:
    """Return a grant of the actor's own organisation; raises NotFound."""
    return _kept(_row(tx, grant_id))


def list_own(tx: Tx) -> Sequence[KeptGrant]:
    """Return the grants of the actor's own organisation: those that are put away last, then the newest first."""
    row = FunderGrantRow
    query = select(row).where(row.organisation_id == tx.actor.organisation_id)
    order = (row.ended_at.is_not(None), row.starts_on.desc(), row.title, row.id)
    return [_kept(each) for each in tx.session.scalars(query.order_by(*order))]


def record(tx: Tx, grant_id: UUID, grant: Grant) -> None:
    """Write a grant in place of what stood there; raises NotFound."""
    _write(_row(tx, grant_id), grant)
    tx.session.flush()


def record_ended(tx: Tx, grant_id: UUID, *, ended: bool) -> None:
    """Put a grant away, or take it out again; raises NotFound."""
    _row(tx, grant_id).ended_at = tx.now if ended else None
    tx.session.flush()


def _row(tx: Tx, grant_id: UUID) -> FunderGrantRow:
    row = tx.session.get(FunderGrantRow, grant_id)
    if row is None or row.organisation_id != tx.actor.organisation_id:
        raise NotFound
    return row


def _write(row: FunderGrantRow, grant: Grant) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(grant, name))
    row.service_ids = list(grant.service_ids)


def _kept(row: FunderGrantRow) -> KeptGrant:
    told = {name: getattr(row, name) for name in _PLAIN}
    return KeptGrant(row.id, Grant(**told, service_ids=tuple(row.service_ids)), row.ended_at)
