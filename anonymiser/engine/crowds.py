"""Says which groups of rows are a crowd large and varied enough to stand in: k subjects, l values, t distance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymiser.engine.model import Thresholds
from anonymiser.engine.table import Sensitive, Table

Flags = NDArray[np.bool_]
Groups = NDArray[np.integer[Any]]

# A value that the arithmetic of floating point put a hair above t is not above t.
HAIR = 1e-9


def in_order(groups: Groups, turns: Groups) -> Groups:
    """The turns in the order of their groups, and among a group's in their own order; each fits into 32 bits."""
    return np.asarray(np.sort(groups.astype(np.int64) << 32 | turns) & 0xFFFFFFFF)


class Crowds:
    """Measures groups of a table's rows against the thresholds. Any union of safe groups is safe again."""

    def __init__(self, table: Table, thresholds: Thresholds) -> None:
        self.table = table
        self.thresholds = thresholds
        rows_each = np.bincount(table.subjects, minlength=1)
        self._most_rows = int(rows_each.max())

    def sizes(self, groups: Groups, number: int, rows: Groups) -> NDArray[np.intp]:
        """How many distinct subjects each group holds; above k it may be the number of rows.

        `groups` gives the group (0 to number - 1) of each of `rows`, which are numbers of rows of the table.
        """
        counts = np.bincount(groups, minlength=number)
        if self._most_rows == 1:
            return counts
        k = self.thresholds.k
        # A group with so many rows has k subjects whoever they are.
        doubtful = ((counts >= k) & (counts < k * self._most_rows))[groups]
        some = groups[doubtful]
        pairs = np.sort(some.astype(np.int64) << 32 | self.table.subjects[rows[doubtful]])
        again = pairs[1:][pairs[1:] == pairs[:-1]] >> 32
        return counts - np.bincount(again, minlength=number)

    def safe(self, groups: Groups, number: int, rows: Groups) -> Flags:
        """Which of the groups are safe; a group without rows is not."""
        safe = self.sizes(groups, number, rows) >= max(self.thresholds.k, 1)
        if self.thresholds.l > 1 or self.thresholds.t < 1:
            for column in self.table.sensitive:
                self._narrow(safe, column, groups, rows)
        return safe

    def _narrow(self, safe: Flags, column: Sensitive, groups: Groups, rows: Groups) -> None:
        """Take from the safe groups those without l values or farther than t from the whole in one column."""
        kept = np.flatnonzero(safe)
        place = np.cumsum(safe) - 1
        inside = safe[groups]
        values = len(column.shares)
        cells = place[groups[inside]] * values + column.codes[rows[inside]]
        counts = np.bincount(cells, minlength=len(kept) * values).reshape(len(kept), values)
        enough = (counts > 0).sum(axis=1) >= self.thresholds.l
        if self.thresholds.t < 1:
            enough &= _distance(counts, column) <= self.thresholds.t + HAIR
        safe[kept] = enough


def _distance(counts: NDArray[np.intp], column: Sensitive) -> NDArray[np.float64]:
    """Earth mover's distance of each row of counts to the column's shares."""
    apart = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) - column.shares
    if not column.ordered:
        return np.asarray(np.abs(apart).sum(axis=1) / 2)
    return np.asarray(np.abs(np.cumsum(apart, axis=1)).sum(axis=1) / max(len(column.shares) - 1, 1))
