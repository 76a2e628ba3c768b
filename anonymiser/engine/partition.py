"""A partition of rows under labels, and what it would bring to make one column of a part more exact."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymiser.engine.crowds import Flags, Groups, in_order
from anonymiser.engine.hierarchies import Codes, Hierarchy
from anonymiser.engine.table import Table

Ranks = NDArray[np.unsignedinteger[Any]]


@dataclass(eq=False)
class Partition:
    """The rows still being worked on, each in a part.

    rows: their numbers in the table, those of one subject side by side. part: each row's part.
    nodes: part x column, the node that the part's rows have there.
    closed: part x column, true where a split was tried in vain.
    ranks: for each column, which child of its part's node each row is under, in numbers as small as they can be.
    """

    table: Table
    rows: Groups
    part: Groups
    nodes: Codes
    closed: Flags
    ranks: list[Ranks]

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self.nodes)

    def children(self, column: int) -> Codes:
        """How many children each part's node in a column has."""
        return self.table.hierarchies[column].children_of[self.nodes[:, column]]


def partition_of(table: Table, nodes: Codes, part: Groups) -> Partition:
    """All rows of a table in the given parts under the given nodes (part x column)."""
    rows = in_order(table.subjects, np.arange(len(table)))
    part = part[rows]
    ranks = [
        rank_under(hierarchy, leaves[rows], nodes[:, column][part]).astype(_held(hierarchy))
        for column, (hierarchy, leaves) in enumerate(zip(table.hierarchies, table.leaves, strict=True))
    ]
    return Partition(table, rows, part, nodes, np.zeros(nodes.shape, np.bool_), ranks)


def _held(hierarchy: Hierarchy) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest numbers for the children that a node of a hierarchy has at the most."""
    return np.min_scalar_type(int(hierarchy.children_of.max(initial=0)))


def rank_under(hierarchy: Hierarchy, leaves: Codes, nodes: Codes) -> Codes:
    """Which child of its node (0, 1, ...) each leaf is under; 0 where the node is a leaf."""
    below = np.maximum(hierarchy.level_of - 1, 0)[nodes]
    return hierarchy.node_at.ravel()[below * len(hierarchy.rows) + leaves] - hierarchy.first_child_of[nodes]


@dataclass(frozen=True, eq=False)
class Cells:
    """A cell for each child of each part: `first` gives each part's first cell, `owner` each cell's part."""

    first: Groups
    owner: Groups

    @property
    def number(self) -> int:
        """How many cells there are."""
        return len(self.owner)


def cells_of(children: Codes) -> Cells:
    """Cells for parts with so many children; a part whose node is a leaf gets one."""
    width = np.maximum(children, 1).astype(np.intp)
    return Cells(np.cumsum(width) - width, np.repeat(np.arange(len(width)), width))


def best_columns(partition: Partition, sizes: NDArray[np.intp], k: int) -> NDArray[np.int8]:
    """The column in which splitting each part brings most, -1 where no split helps.

    What it brings is the loss it saves over the bits of crowd it uses up: a part of n rows has log2(n / k) bits
    to spend before it is as small as it may be. Counts rows: who is safe is decided when the split is made.
    """
    best = np.zeros(partition.parts)
    chosen = np.full(partition.parts, -1, np.int8)
    for column in range(len(partition.table.hierarchies)):
        worth = _worth(partition, column, sizes, k)
        better = worth > best
        best[better] = worth[better]
        chosen[better] = column
    return chosen


# Added to the bits, so that a split that costs next to nothing is not worth infinitely much.
GROUND = 0.3
# Less is noise of floating point.
LEAST_GAIN = 1e-9


def _worth(partition: Partition, column: int, sizes: NDArray[np.intp], k: int) -> NDArray[np.float64]:
    hierarchy = partition.table.hierarchies[column]
    nodes = partition.nodes[:, column]
    children = hierarchy.children_of[nodes]
    open_parts = (children > 0) & ~partition.closed[:, column]
    if not open_parts.any():
        return np.zeros(partition.parts)
    cells = cells_of(children)
    counts = np.bincount(cells.first[partition.part] + partition.ranks[column], minlength=cells.number)
    fit = (counts >= k) & open_parts[cells.owner]
    child = hierarchy.first_child_of[nodes][cells.owner] + np.arange(cells.number) - cells.first[cells.owner]
    # A closed leaf's cell points past its node; its gain is masked by `fit`.
    saved = (
        hierarchy.cost_of[nodes][cells.owner]
        - hierarchy.cost_of[np.minimum(child, len(hierarchy.cost_of) - 1)]
    )
    placed = np.where(fit, counts, 0)
    gain = np.add.reduceat(placed * saved, cells.first)
    taken = np.add.reduceat(placed, cells.first)
    gain = _after_repair(gain, taken, sizes, Fits(counts, saved, fit, cells, k))
    return np.where(gain > LEAST_GAIN, gain / (_bits(placed, taken, sizes, cells) + GROUND), 0.0)


@dataclass(frozen=True, eq=False)
class Fits:
    """What is known of the cells of one column: rows, loss saved for each, and which have k rows."""

    counts: NDArray[np.intp]
    saved: NDArray[np.float64]
    fit: Flags
    cells: Cells
    k: int


def _after_repair(
    gain: NDArray[np.float64], taken: NDArray[np.intp], sizes: NDArray[np.intp], fits: Fits
) -> NDArray[np.float64]:
    """The gain left when too small a rest was filled up: with spare rows of the children, or with a whole child."""
    rest = sizes - taken
    short = np.flatnonzero((rest > 0) & (rest < fits.k) & (taken > 0))
    if not len(short):
        return gain
    spare = np.add.reduceat(np.where(fits.fit, fits.counts - fits.k, 0), fits.cells.first)
    least = np.minimum.reduceat(np.where(fits.fit, fits.counts * fits.saved, np.inf), fits.cells.first)[short]
    lent = (fits.k - rest[short]) * gain[short] / taken[short]
    repaired = gain.copy()
    repaired[short] -= np.where(spare[short] >= fits.k - rest[short], np.minimum(lent, least), least)
    return repaired


def _bits(
    placed: NDArray[np.intp], taken: NDArray[np.intp], sizes: NDArray[np.intp], cells: Cells
) -> NDArray[np.float64]:
    """The entropy in bits of where a row of each part goes: into one of the fitting cells or into the rest."""
    share = placed / sizes[cells.owner]
    rest = 1 - taken / sizes
    inside = np.add.reduceat(-share * np.log2(np.where(share > 0, share, 1)), cells.first)
    return np.asarray(inside - rest * np.log2(np.where(rest > 0, rest, 1)))
