"""Recodes from the top down: all rows begin under "*" and are told more exactly as long as the crowd allows."""

import numpy as np

from anonymiser.engine.crowds import Crowds, Flags, Groups
from anonymiser.engine.hierarchies import Codes
from anonymiser.engine.model import Thresholds
from anonymiser.engine.partition import Partition, best_columns, partition_of
from anonymiser.engine.recoding import SUPPRESSED, Recoding, tightened
from anonymiser.engine.splitting import split
from anonymiser.engine.table import Table


def specialise(table: Table, thresholds: Thresholds, start: Recoding | None = None) -> Recoding:
    """Split from "*" (or from the classes of `start`, all safe) until no split is safe and worth anything.

    Where even the whole table is no safe crowd, every row is suppressed.
    """
    if start is None:
        top = np.array([[hierarchy.node_at[-1][0] for hierarchy in table.hierarchies]], np.int32)
        start = Recoding(table.hierarchies, np.zeros(len(table), np.int32), top)
    crowds = Crowds(table, thresholds)
    everyone = np.zeros(len(table), np.intp)
    if not len(table) or not crowds.safe(everyone, 1, np.arange(len(table)))[0]:
        nobody = np.full(len(table), SUPPRESSED, np.int32)
        return Recoding(table.hierarchies, nobody, np.empty((0, len(table.hierarchies)), np.int32))
    return tightened(_finish(table, crowds, start), table.leaves)


def _finish(table: Table, crowds: Crowds, start: Recoding) -> Recoding:
    partition = partition_of(table, start.nodes, start.class_of.astype(np.intp))
    class_of = np.empty(len(table), np.int32)
    finished: list[Codes] = []
    classes = 0
    while partition.parts:
        sizes = np.bincount(partition.part, minlength=partition.parts)
        chosen = best_columns(partition, sizes, crowds.thresholds.k)
        # Two crowds of k do not fit into fewer than 2k rows; a finer label for all of them is found at the end.
        over = (chosen < 0) | (sizes < 2 * crowds.thresholds.k)
        done = over[partition.part]
        place = np.cumsum(over) - 1 + classes
        class_of[partition.rows[done]] = place[partition.part[done]]
        finished.append(partition.nodes[over])
        classes += int(over.sum())
        partition, chosen = _without(partition, over, done), chosen[~over]
        if partition.parts:
            partition = split(partition, chosen, crowds)
    return Recoding(table.hierarchies, class_of, np.concatenate(finished))


def _without(partition: Partition, over: Flags, done: Flags) -> Partition:
    """The partition without some parts and their rows."""
    left: Groups = np.flatnonzero(~done)
    renumbered = np.cumsum(~over) - 1
    return Partition(
        partition.table,
        partition.rows[left],
        renumbered[partition.part[left]],
        partition.nodes[~over],
        partition.closed[~over],
        [ranks[left] for ranks in partition.ranks],
    )
