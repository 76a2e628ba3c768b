"""The numbers that the place decided for itself, in place of the house's own."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.place_numbers import as_data, from_data
from app.store.directory import get_place
from app.store.session import Tx
from app.store.tables_stewardship import PlaceRulesRow


def of(tx: Tx, given: PlaceRules | None = None) -> PlaceRules:
    """Return the rules that a use case was given, else the place's: one installation serves one place."""
    if given is not None:
        return given
    row = tx.session.scalars(select(PlaceRulesRow)).first()
    return DEFAULT_RULES if row is None else from_data(row.numbers)


def record(tx: Tx, rules: PlaceRules) -> None:
    """Write the place's rules. Raises NotFound before the place is set up."""
    values = {"numbers": as_data(rules), "changed_at": tx.now, "changed_by": tx.actor.user_id}
    tx.session.merge(PlaceRulesRow(place_id=get_place(tx).id, **values))
    tx.session.flush()
