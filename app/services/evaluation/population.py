"""Loads a file of the area's people, whole or not at all: an evaluation sets an organisation's reach beside it."""

from __future__ import annotations

import csv
from pathlib import Path

from app.domain.access import system
from app.domain.errors import FieldProblem, Invalid
from app.domain.population import COLUMNS, read_groups
from app.store import population
from app.store.audit import Entry
from app.store.session import Database

_MOST_BYTES = 20_000_000
_HEADING = f"The first line must be: {','.join(COLUMNS)}."


def load(db: Database, path: Path) -> int:
    """Put the groups of a CSV file in place of those loaded before; return how many. Raises Invalid with every problem.

    Columns: area (a typed code), kind (the key of a figure: age, gender, ethnicity, deprivation, or everybody), group
    (as the figure's lines are coded; everybody) and people.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise Invalid(
            [FieldProblem("file", "The file is larger than 20 MB: keep to the areas of the place.")]
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid([FieldProblem("file", "This is no CSV file in UTF-8.")]) from None
    if not lines or tuple(cell.strip().lower() for cell in lines[0]) != COLUMNS:
        raise Invalid([FieldProblem("line 1", _HEADING)])
    groups = read_groups(lines[1:])
    with db.transaction(system("command-line")) as tx:
        population.record(tx, groups)
        tx.audit(Entry("load population", "open data", "population", None, {"groups": len(groups)}))
    return len(groups)
