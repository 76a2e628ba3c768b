"""Assurances one by one, for whoever looks after them; app.store.places reads those that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.assurance import Assurance
from app.domain.directory_words import AssuranceKind
from app.domain.errors import Conflict, NotFound
from app.store.session import Tx
from app.store.tables_directory import AssuranceRow


@dataclass(frozen=True, slots=True)
class ShownAssurance:
    """One thing that was shown; `taken_back_on` is set when it was written down by mistake, and it counts no more."""

    id: UUID
    item: Assurance
    taken_back_on: date | None


def list_shown(tx: Tx, organisation_id: UUID) -> Sequence[ShownAssurance]:
    """Return all that an organisation has shown, the newest first; what was taken back too."""
    row = AssuranceRow
    query = select(row).where(row.organisation_id == organisation_id)
    rows = tx.session.scalars(query.order_by(row.checked_on.desc(), row.valid_from.desc(), row.kind, row.id))
    return [ShownAssurance(each.id, _item(each), each.taken_back_on) for each in rows]


def take_back(tx: Tx, assurance_id: UUID) -> UUID:
    """Write that something was written down by mistake; return whose it was. Raises NotFound, Conflict."""
    row = tx.session.get(AssuranceRow, assurance_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.taken_back_on is not None:
        raise Conflict("This was taken back already.")
    row.taken_back_on = tx.today
    return row.organisation_id


def _item(row: AssuranceRow) -> Assurance:
    kind = AssuranceKind(row.kind)
    return Assurance(
        row.organisation_id, kind, row.valid_from, row.valid_until, row.checked_on, row.checked_by
    )
