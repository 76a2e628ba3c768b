"""How many people of which group live in the area: a published file, kept whole and replaced whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, insert, select

from app.domain.population import EVERYBODY, Group
from app.store.session import Tx
from app.store.tables_pack import PopulationRow


def record(tx: Tx, groups: Iterable[Group]) -> None:
    """Write the groups in place of all that was there."""
    rows = [
        {"area": one.area, "kind": one.kind, "of_group": one.group, "people": one.people} for one in groups
    ]
    tx.session.execute(delete(PopulationRow))
    if rows:
        tx.session.execute(insert(PopulationRow), rows)


def list_groups(tx: Tx) -> Mapping[str, Mapping[str, int]]:
    """Return how many people each group of each kind has in all areas together; of everybody, in each area."""
    row = PopulationRow
    by_group = select(row.kind, row.of_group, func.sum(row.people)).where(row.kind != EVERYBODY)
    by_area = select(row.area, row.people).where(row.kind == EVERYBODY)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, group, count in tx.session.execute(by_group.group_by(row.kind, row.of_group)):
        found[kind][group] = int(count)
    for area, count in tx.session.execute(by_area):
        found[EVERYBODY][area] = count
    return found
