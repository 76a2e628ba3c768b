"""Covers the rows by choices of levels, the best bargain first: a better start for small tables than "*" is."""

from itertools import combinations

import numpy as np

from anonymiser.engine.crowds import Crowds, Flags
from anonymiser.engine.grouping import Grouper, Grouping, Levels, losses_at, nodes_at
from anonymiser.engine.hierarchies import Codes
from anonymiser.engine.lattice import optimum
from anonymiser.engine.model import Thresholds
from anonymiser.engine.recoding import Recoding
from anonymiser.engine.table import Table
from anonymiser.engine.tree import specialise

# Each step covers at least this share of what is left, so that there are not too many steps.
LEAST_COVERED = 0.01


def cover(table: Table, thresholds: Thresholds) -> Recoding:
    """Every row in a safe class at some choice of levels. The whole table has to be safe under "*".

    Step by step, the levels at which the rows left cost least in all, where a row that would stay uncovered is
    charged what the tree would make of it: its price. What no levels cover goes under "*" with the last steps' rows.
    """
    step_of = np.full(len(table), -1, np.int32)
    steps: list[Levels] = []
    levels = optimum(table, thresholds).levels
    left = np.arange(len(table))
    while len(left):
        bargain = _Bargain(table.take(left), thresholds)
        levels = bargain.improve(levels)
        covered = bargain.covered(levels)
        if not covered.any():
            break
        step_of[left[covered]] = len(steps)
        steps.append(levels)
        left = left[~covered]
    return _classes(table, thresholds, steps, step_of)


def _classes(table: Table, thresholds: Thresholds, steps: list[Levels], step_of: Codes) -> Recoding:
    """The classes of the steps, in which every group is safe, and a last one of all that is left."""
    crowds = Crowds(table, thresholds)
    left = np.flatnonzero(step_of < 0)
    while len(left) and not crowds.safe(np.zeros(len(left), np.intp), 1, left)[0]:
        steps.pop()
        step_of[step_of == len(steps)] = -1
        left = np.flatnonzero(step_of < 0)
    class_of, nodes, classes = np.zeros(len(table), np.int32), [], 0
    top = tuple(hierarchy.depth - 1 for hierarchy in table.hierarchies)
    for step, levels in [*enumerate(steps), (-1, top)]:
        rows = np.flatnonzero(step_of == step)
        if len(rows):
            part = table.take(rows)
            found = _grouped(part, levels)
            class_of[rows] = found.groups + classes
            nodes.append(nodes_at(part, levels, found))
            classes += found.number
    return Recoding(table.hierarchies, class_of, np.concatenate(nodes))


def _grouped(table: Table, levels: Levels) -> Grouping:
    found = Grouper(table, 0, np.inf).at(levels)
    assert isinstance(found, Grouping), "without a limit nothing is too fine"  # noqa: S101
    return found


class _Bargain:
    """What a choice of levels costs the rows that are left."""

    def __init__(self, table: Table, thresholds: Thresholds) -> None:
        self._table = table
        self._crowds = Crowds(table, thresholds)
        self._grouper = Grouper(table, thresholds.k, (1 - LEAST_COVERED) * len(table))
        self._price = specialise(table, thresholds).loss
        self._known: dict[Levels, float] = {}

    def improve(self, levels: Levels) -> Levels:
        """From these levels on to the cheapest ones at one or two steps, as long as that is cheaper."""
        best = levels
        while True:
            found = min(self._near(best), key=self._cost)
            if self._cost(found) >= self._cost(best) - 1e-12:
                return best
            best = found

    def covered(self, levels: Levels) -> Flags:
        """Which rows are in a safe group at the levels."""
        found = self._grouper.at(levels)
        if not isinstance(found, Grouping):
            return np.zeros(len(self._table), np.bool_)
        safe = self._crowds.safe(found.groups, found.number, np.arange(len(self._table)))
        return np.asarray(safe[found.groups])

    def _cost(self, levels: Levels) -> float:
        if levels not in self._known:
            covered = self.covered(levels)
            inside = float(losses_at(self._table, levels)[covered].sum()) if covered.any() else 0.0
            self._known[levels] = inside + self._price * float((~covered).sum())
        return self._known[levels]

    def _near(self, levels: Levels) -> list[Levels]:
        """All choices one level away in one or in two columns. Two: areas of two kinds are worth most together."""
        depths = [hierarchy.depth for hierarchy in self._table.hierarchies]
        moves = [(column, step) for column in range(len(levels)) for step in (-1, 1)]
        near = []
        for several in [*((move,) for move in moves), *combinations(moves, 2)]:
            moved = list(levels)
            for column, step in several:
                moved[column] += step
            if all(0 <= level < depth for level, depth in zip(moved, depths, strict=True)):
                near.append(tuple(moved))
        return near
