"""Groups rows by what they become at one level per column, and gives up early where that is plainly too fine."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymiser.engine.hierarchies import Codes, total_weight
from anonymiser.engine.table import Table

Levels = tuple[int, ...]

# Groupings by the first columns only, kept for the next choice of levels: 4 bytes a row each.
KEPT = 12


@dataclass(frozen=True, eq=False)
class Grouping:
    """Every row's group (0 to number - 1)."""

    groups: Codes
    number: int


@dataclass(frozen=True)
class TooFine:
    """These levels leave too many rows in small groups, and so does every finer choice."""

    levels: Levels


class Grouper:
    """Groups the rows of one table again and again, for many choices of levels.

    Columns come in a fixed order, those with the most leaves first: a hopeless choice shows after two or three
    columns, and choices that begin alike share the work.
    """

    def __init__(self, table: Table, k: int, limit: float) -> None:
        """`limit`: how many rows may be in groups of fewer than k rows."""
        self.table = table
        self._k, self._limit = k, limit
        self._order = sorted(
            range(len(table.hierarchies)), key=lambda each: -len(table.hierarchies[each].rows)
        )
        self._kept: OrderedDict[Levels, Grouping | None] = OrderedDict()
        self._everyone = Grouping(np.zeros(len(table), np.int32), 1)

    def at(self, levels: Levels) -> Grouping | TooFine:
        """The grouping at the levels, or how far it could be followed until it was too fine."""
        top = [hierarchy.depth - 1 for hierarchy in self.table.hierarchies]
        found = self._everyone
        for reached in range(1, len(self._order) + 1):
            columns = self._order[:reached]
            so_far = tuple(levels[column] for column in columns)
            if levels[columns[-1]] == top[columns[-1]]:
                continue
            if so_far not in self._kept:
                self._kept[so_far] = self._narrow(found, columns[-1], levels[columns[-1]])
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(so_far)
            following = self._kept[so_far]
            if following is None:
                return TooFine(tuple(level if at in columns else top[at] for at, level in enumerate(levels)))
            found = following
        return found

    def _narrow(self, found: Grouping, column: int, level: int) -> Grouping | None:
        hierarchy = self.table.hierarchies[column]
        width = len(hierarchy.levels[level])
        value_of = hierarchy.node_at[level] - hierarchy.node_at[level].min()
        cells = found.groups.astype(np.intp) * width + value_of[self.table.leaves[column]]
        counts = np.bincount(cells, minlength=found.number * width)
        if counts[counts < self._k].sum() > self._limit:
            return None
        places = np.cumsum(counts > 0, dtype=np.int32) - 1
        return Grouping(places[cells], int(places[-1]) + 1)


def losses_at(table: Table, levels: Levels) -> NDArray[np.float64]:
    """Each row's loss at the levels: the weighted mean over the columns."""
    total = np.zeros(len(table))
    for hierarchy, leaves, level in zip(table.hierarchies, table.leaves, levels, strict=True):
        total += hierarchy.cost_of[hierarchy.node_at[level]][leaves]
    return total / total_weight(table.hierarchies)


def nodes_at(table: Table, levels: Levels, grouping: Grouping) -> Codes:
    """Group x column -> the node that the group's rows become at the levels."""
    member = np.zeros(grouping.number, np.intp)
    member[grouping.groups] = np.arange(len(table))
    columns = zip(table.hierarchies, table.leaves, levels, strict=True)
    return np.stack([each.node_at[level][leaves[member]] for each, leaves, level in columns], axis=1)
