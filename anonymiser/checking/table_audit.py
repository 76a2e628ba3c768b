"""Asks of a published table whether its totals give away what its suppressed cells were to hide."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anonymiser.checking.cells import UNBOUNDED, Ranges, Rule, ranges_of
from anonymiser.checking.margins import narrow_table

EXACT = Rule(threshold=1, base=1)
"""Totals that were counted from the people themselves and shown as they are."""

Cell = int | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as published; None is suppressed. A list of counts is a table of one row.

    Totals that were added up from the published cells tell nothing more and are left out, as are those that were not
    published.
    """

    cells: Sequence[Sequence[Cell]]
    row_totals: Sequence[Cell] | None = None
    column_totals: Sequence[Cell] | None = None
    total: Cell = None


@dataclass(frozen=True)
class Audit:
    """What can be known of each cell, and the suppressed ones (row, column) of which too few values are left."""

    found: Ranges
    suppressed: int
    narrow: tuple[tuple[int, int], ...]

    def findings(self) -> tuple[str, ...]:
        """One sentence, or none."""
        if not self.narrow:
            return ()
        return (
            f"The totals of the table leave too few values for {len(self.narrow)} of {self.suppressed} "
            "suppressed cells.",
        )


def audit_table(table: Table, rule: Rule, totals: Rule = EXACT, *, fewest_values: int = 5) -> Audit:
    """Find exactly what somebody can work out of each cell who has the table, its totals and the rules of both.

    Raises Refusal for a table that contradicts itself.
    """
    height, width = len(table.cells), len(table.cells[0])
    flat = ranges_of([cell for row in table.cells for cell in row], rule)
    cells = Ranges(flat.low.reshape(height, width), flat.high.reshape(height, width))
    # A total that is suppressed as a cell is tells the range of a cell; one that is not given tells nothing.
    rows = _unpublished(height) if table.row_totals is None else ranges_of(table.row_totals, totals)
    columns = _unpublished(width) if table.column_totals is None else ranges_of(table.column_totals, totals)
    whole = _unpublished(1) if table.total is None else ranges_of([table.total], totals)
    found = narrow_table(cells, rows, columns, (int(whole.low[0]), int(whole.high[0])))
    suppressed = np.array([[cell is None for cell in row] for row in table.cells])
    narrow = np.argwhere(suppressed & (found.values() < fewest_values))
    return Audit(found, int(suppressed.sum()), tuple((int(row), int(column)) for row, column in narrow))


def _unpublished(count: int) -> Ranges:
    return Ranges(np.zeros(count, np.int64), np.full(count, UNBOUNDED, np.int64))
