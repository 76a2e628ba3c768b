"""Finds the optimum for series of a fixed schema: one level per column for all rows, and no better choice exists."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from anonymiser.engine.crowds import Crowds, Flags
from anonymiser.engine.grouping import Grouper, Grouping, Levels, TooFine, losses_at, nodes_at
from anonymiser.engine.hierarchies import total_weight
from anonymiser.engine.model import Thresholds
from anonymiser.engine.recoding import SUPPRESSED, Recoding, merged
from anonymiser.engine.table import Table
from anonymiser.errors import Refusal

MOST_NODES = 1_000_000


@dataclass(frozen=True)
class Optimum:
    """The best choice of levels (in the order of the hierarchies), its recoding, and how many choices were tried."""

    levels: Levels
    recoding: Recoding
    tried: int


def optimum(table: Table, thresholds: Thresholds) -> Optimum:
    """The levels with the least loss at which no more than the allowed share of rows is suppressed.

    Exact. A choice's loss without suppression is a sum over columns, and suppression only adds to it: a choice
    whose sum is no better than the best found is never counted. A choice that fails k or l makes every finer
    choice fail, which closes them too. (t does not: a merged class can be farther from the whole than one part
    was, while the other was suppressed anyway.) Raises Refusal where even "*" everywhere fails.
    """
    if not len(table):
        raise Refusal("There are no rows to choose levels for.")
    search = _Search(table, thresholds)
    while (node := search.next_open()) is not None:
        search.climb(node)
    if search.best is None:
        raise Refusal(
            "No choice of levels is safe: the extract is too small or too uniform for the thresholds."
        )
    return Optimum(search.best, recode_at(table, search.best, search.crowds), search.tried)


def recode_at(table: Table, levels: Levels, crowds: Crowds) -> Recoding:
    """The recoding of all rows at the levels; unsafe groups are suppressed."""
    found = Grouper(table, crowds.thresholds.k, np.inf).at(levels)
    assert isinstance(found, Grouping), "without a limit nothing is too fine"  # noqa: S101
    safe = crowds.safe(found.groups, found.number, np.arange(len(table)))
    place = np.where(safe, np.cumsum(safe) - 1, SUPPRESSED).astype(np.int32)
    return merged(Recoding(table.hierarchies, place[found.groups], nodes_at(table, levels, found)[safe]))


class _Search:
    """What is known of each choice of levels, and the best one so far."""

    def __init__(self, table: Table, thresholds: Thresholds) -> None:
        self.table = table
        self.crowds = Crowds(table, thresholds)
        self._monotone = Crowds(table, replace(thresholds, t=1))
        self._limit = int(thresholds.suppressed * len(table) + 1e-9)
        self._grouper = Grouper(table, thresholds.k, self._limit)
        depths = [hierarchy.depth for hierarchy in table.hierarchies]
        if np.prod(depths, dtype=np.float64) > MOST_NODES:
            raise Refusal(
                f"The hierarchies allow more than {MOST_NODES} choices of levels; use fewer columns."
            )
        self._levels = np.array(list(product(*(range(depth) for depth in depths))), np.int8)
        self._bound = self._levels_loss()
        self._open = np.ones(len(self._levels), np.bool_)
        self._loss = np.inf
        self.best: Levels | None = None
        self.tried = 0

    def next_open(self) -> int | None:
        """The open choice with the least loss that it could have."""
        left = np.flatnonzero(self._open)
        return int(left[np.argmin(self._bound[left])]) if len(left) else None

    def climb(self, node: int) -> None:
        """Find by halving where the way up from a choice to "*" turns from failing to allowed."""
        way = list(self._way_up(node))
        low, high = 0, len(way)
        while low < high:
            middle = (low + high) // 2
            if self._try(way[middle]):
                high = middle
            else:
                low = middle + 1

    def _levels_loss(self) -> NDArray[np.float64]:
        total = np.zeros(len(self._levels))
        for column, (hierarchy, leaves) in enumerate(
            zip(self.table.hierarchies, self.table.leaves, strict=True)
        ):
            share = np.bincount(leaves, minlength=len(hierarchy.rows)) / max(len(self.table), 1)
            total += (hierarchy.cost_of[hierarchy.node_at] @ share)[self._levels[:, column]]
        return np.asarray(total / total_weight(self.table.hierarchies))

    def _way_up(self, node: int) -> Iterator[int]:
        """The choice itself and ever coarser open ones, each time by the step that costs least."""
        steps = np.cumprod([1, *(hierarchy.depth for hierarchy in reversed(self.table.hierarchies))])[-2::-1]
        depths = [hierarchy.depth for hierarchy in self.table.hierarchies]
        while True:
            if self._open[node]:
                yield node
            above = [
                node + int(step)
                for step, level, depth in zip(steps, self._levels[node], depths, strict=True)
                if level + 1 < depth
            ]
            if not above:
                return
            node = min(above, key=lambda each: float(self._bound[each]))

    def _try(self, node: int) -> bool:
        """Count a choice, close what is decided by it, and say whether it is allowed."""
        if not self._open[node]:
            return bool(self._bound[node] >= self._loss)
        self.tried += 1
        self._open[node] = False
        levels = tuple(int(level) for level in self._levels[node])
        found = self._grouper.at(levels)
        if isinstance(found, TooFine):
            self._close(found.levels)
            return False
        rows = np.arange(len(self.table))
        out = ~self.crowds.safe(found.groups, found.number, rows)[found.groups]
        if out.sum() <= self._limit:
            self._keep(node, levels, out)
            return True
        by_t = self.crowds.thresholds.t < 1
        if by_t:
            out = ~self._monotone.safe(found.groups, found.number, rows)[found.groups]
        if not by_t or out.sum() > self._limit:
            self._close(levels)
        return False

    def _close(self, levels: Levels) -> None:
        """Close a choice that fails and all finer ones."""
        self._open &= (self._levels > np.array(levels, np.int8)).any(axis=1)

    def _keep(self, node: int, levels: Levels, out: Flags) -> None:
        lost = losses_at(self.table, levels)[out].sum()
        loss = float(self._bound[node]) + (float(out.sum()) - float(lost)) / max(len(self.table), 1)
        if loss < self._loss:
            self._loss, self.best = loss, levels
            self._open &= self._bound < loss
