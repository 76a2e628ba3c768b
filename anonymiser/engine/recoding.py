"""What a recoder gives: a class for each row, a label of each column for each class, and what that loses."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.engine.crowds import Crowds, Flags, in_order
from anonymiser.engine.hierarchies import Codes, Hierarchy, total_weight
from anonymiser.engine.model import Thresholds
from anonymiser.engine.table import Table

SUPPRESSED = -1


@dataclass(frozen=True, eq=False)
class Recoding:
    """`class_of` gives each row's class, -1 for a suppressed row; `nodes` (class x column) each class's labels."""

    hierarchies: tuple[Hierarchy, ...]
    class_of: Codes
    nodes: Codes

    @property
    def suppressed(self) -> Flags:
        """Which rows must not come out."""
        return np.asarray(self.class_of == SUPPRESSED)

    @property
    def losses(self) -> tuple[float, ...]:
        """The mean loss in each column, 0 to 1; a suppressed row has lost all."""
        if not len(self.class_of):
            return tuple(0.0 for _ in self.hierarchies)
        released = np.bincount(self.class_of[~self.suppressed], minlength=len(self.nodes))
        out = float(self.suppressed.sum())
        return tuple(
            (float(released @ hierarchy.loss_of[self.nodes[:, column]]) + out) / len(self.class_of)
            for column, hierarchy in enumerate(self.hierarchies)
        )

    @property
    def loss(self) -> float:
        """The mean of all columns' losses, each by its weight."""
        columns = zip(self.hierarchies, self.losses, strict=True)
        return sum(each.weight * loss for each, loss in columns) / total_weight(self.hierarchies)

    def labels(self, held: pl.DataType | type[pl.DataType] = pl.String) -> pl.DataFrame:
        """A row per released row, in the extract's order: the label of each quasi-identifier, `held` so."""
        classes = self.class_of[~self.suppressed]
        return pl.DataFrame(
            {
                hierarchy.name: pl.Series(hierarchy.labels, dtype=held)
                .gather(self.nodes[:, column])
                .gather(classes)
                for column, hierarchy in enumerate(self.hierarchies)
            }
        )


def settled(recoding: Recoding, table: Table, thresholds: Thresholds) -> Recoding:
    """The recoding without the classes that are unsafe beside the released rows alone.

    t is a distance to the whole table's distribution, and whoever reads a release has only what was released:
    suppressing rows moves that distribution a little.
    """
    while recoding.suppressed.any() and not recoding.suppressed.all():
        released = np.flatnonzero(~recoding.suppressed)
        classes = recoding.class_of[released]
        crowds = Crowds(table.alone(released), thresholds)
        unsafe = ~crowds.safe(classes, len(recoding.nodes), np.arange(len(released)))
        class_of = recoding.class_of.copy()
        class_of[released[unsafe[classes]]] = SUPPRESSED
        if not unsafe[classes].any():
            break
        recoding = Recoding(recoding.hierarchies, class_of, recoding.nodes)
    return recoding


def merged(recoding: Recoding) -> Recoding:
    """The same labels with classes that share them all made one, numbered in the order of their labels."""
    nodes, places = np.unique(recoding.nodes, axis=0, return_inverse=True)
    # The last place serves the rows that have no class.
    renumbered = np.append(places.reshape(-1), SUPPRESSED).astype(np.int32)
    return Recoding(recoding.hierarchies, renumbered[recoding.class_of], nodes)


def tightened(recoding: Recoding, leaves: tuple[Codes, ...]) -> Recoding:
    """The same classes with the finest labels that still cover all their rows; then those alike are made one.

    `leaves` are the table's. Union of safe classes is safe, so merging costs nothing.
    """
    released = np.flatnonzero(~recoding.suppressed)
    order = in_order(recoding.class_of[released], released)
    classes = recoding.class_of[order]
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    nodes = recoding.nodes.copy()
    present = classes[starts]
    for column, hierarchy in enumerate(recoding.hierarchies):
        held = leaves[column][order]
        lowest, highest = np.minimum.reduceat(held, starts), np.maximum.reduceat(held, starts)
        nodes[present, column] = _common(hierarchy, lowest, highest)
    return merged(Recoding(recoding.hierarchies, recoding.class_of, nodes))


def _common(hierarchy: Hierarchy, lowest: NDArray[np.int32], highest: NDArray[np.int32]) -> Codes:
    """The finest node over both leaves of each pair, and so (leaves are in tree order) over all between them."""
    found = hierarchy.node_at[-1][lowest]
    for level in reversed(range(hierarchy.depth - 1)):
        below = hierarchy.node_at[level]
        found = np.where(below[lowest] == below[highest], below[lowest], found)
    return np.asarray(found, np.int32)
