"""Splits parts of a partition, each in its column, so that every new part is a safe crowd: children and rest alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymiser.engine.crowds import Crowds, Flags, Groups, in_order
from anonymiser.engine.partition import Cells, Partition, cells_of, rank_under


@dataclass(eq=False)
class Split:
    """A split of every part being made. A row's target is the cell of its child, or its part's rest.

    Cells are numbered first, rests after them: the rest of part p is cells.number + p.
    """

    partition: Partition
    chosen: NDArray[np.int8]
    cells: Cells
    cell: Groups
    target: Groups

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return self.cells.number + self.partition.parts

    @property
    def rest(self) -> Groups:
        """For each row, its part's rest."""
        return self.cells.number + self.partition.part

    @property
    def owner(self) -> Groups:
        """Each target's part."""
        return np.concatenate([self.cells.owner, np.arange(self.partition.parts)])


def split(partition: Partition, chosen: NDArray[np.int8], crowds: Crowds) -> Partition:
    """Split each part in its chosen column where that can be done safely; elsewhere close the column to it.

    A child that is not safe goes into the rest, whose rows keep their label; a rest is one crowd, so a person in
    two small children is counted once. An unsafe rest is filled up with spare rows of the children, else with
    the smallest child; where that does not help either, the part stays as it is.
    """
    made = _propose(partition, chosen, crowds)
    _fill_up(made, crowds)
    given_back = _unsafe_rests(made, crowds, np.ones(partition.parts, np.bool_))
    if given_back.any():
        _give_back(made, given_back)
        failed = _unsafe_rests(made, crowds, given_back)
        made.target = np.where(failed[partition.part], made.rest, made.target)
    return _parted(made, given_back)


def _propose(partition: Partition, chosen: NDArray[np.int8], crowds: Crowds) -> Split:
    children = np.zeros(partition.parts, np.int32)
    rank = np.zeros(len(partition.rows), np.int32)
    column_of_row = chosen[partition.part]
    for column in range(len(partition.ranks)):
        parts = chosen == column
        children[parts] = partition.children(column)[parts]
        rank = np.where(column_of_row == column, partition.ranks[column], rank)
    cells = cells_of(children)
    cell = cells.first[partition.part] + rank
    made = Split(partition, chosen, cells, cell, cell)
    safe = crowds.safe(cell, cells.number, partition.rows)
    made.target = np.where(safe[cell], cell, made.rest)
    return made


def _unsafe_rests(made: Split, crowds: Crowds, within: Flags) -> Flags:
    """Which of some parts (those flagged in `within`) have a rest that holds rows and is not safe."""
    part, parts = made.partition.part, made.partition.parts
    staying = np.flatnonzero((made.target >= made.cells.number) & within[part])
    safe = crowds.safe(part[staying], parts, made.partition.rows[staying])
    unsafe = np.zeros(parts, np.bool_)
    unsafe[part[staying]] = ~safe[part[staying]]
    return unsafe


def _unsafe_parts(made: Split, crowds: Crowds, within: Flags) -> Flags:
    """Which of some parts (those flagged in `within`) have a child or a rest that holds rows and is not safe."""
    some = np.flatnonzero(within[made.partition.part])
    used, place = _compact(made.target[some], made.targets)
    safe = crowds.safe(place, len(used), made.partition.rows[some])
    unsafe = np.zeros(made.partition.parts, np.bool_)
    unsafe[made.owner[used[~safe]]] = True
    return unsafe


def _fill_up(made: Split, crowds: Crowds) -> None:
    """Move spare rows of the children into rests that hold too few subjects; undo it where that did not help."""
    staying = np.flatnonzero(made.target >= made.cells.number)
    part = made.partition.part
    held = crowds.sizes(part[staying], made.partition.parts, made.partition.rows[staying])
    missing = np.where(held > 0, np.maximum(crowds.thresholds.k - held, 0), 0)
    moving = _spare_rows(made, crowds, missing)
    if not len(moving):
        return
    before = made.target
    made.target = before.copy()
    made.target[moving] = made.rest[moving]
    touched = np.zeros(made.partition.parts, np.bool_)
    touched[part[moving]] = True
    in_vain = _unsafe_parts(made, crowds, touched)
    made.target = np.where(in_vain[part], before, made.target)


def _spare_rows(made: Split, crowds: Crowds, missing: NDArray[np.intp]) -> Groups:
    """As many rows as each part's rest misses, a row of a subject, from children that keep k subjects without."""
    part = made.partition.part
    some: Groups = np.flatnonzero((missing[part] > 0) & (made.target < made.cells.number))
    if not len(some):
        return some
    some = in_order(made.target[some], some)
    target, subjects = made.target[some], crowds.table.subjects[made.partition.rows[some]]
    fresh = np.ones(len(some), np.bool_)
    fresh[1:] = (target[1:] != target[:-1]) | (subjects[1:] != subjects[:-1])
    some, target = some[fresh], target[fresh]
    some = some[_places(target) >= crowds.thresholds.k]
    return some[_places(part[some]) < missing[part[some]]]


def _places(runs: Groups) -> Groups:
    """Each entry's place (0, 1, ...) in its run of equal neighbours."""
    here = np.arange(len(runs))
    starts = np.ones(len(runs), np.bool_)
    starts[1:] = runs[1:] != runs[:-1]
    return here - np.maximum.accumulate(np.where(starts, here, 0))


def _give_back(made: Split, unsafe: Flags) -> None:
    """Put the smallest child of each part with an unsafe rest into that rest."""
    part = made.partition.part
    counts = np.bincount(made.target, minlength=made.targets)[: made.cells.number]
    large = np.where(counts > 0, counts, len(part) + 1)
    least = np.minimum.reduceat(large, made.cells.first)
    first_least = np.flatnonzero(large == least[made.cells.owner])[::-1]
    smallest = np.zeros(made.partition.parts, np.intp)
    smallest[made.cells.owner[first_least]] = first_least
    joins = unsafe[part] & (made.target == smallest[part])
    made.target = np.where(joins, made.rest, made.target)


def _parted(made: Split, given_back: Flags) -> Partition:
    """The partition after the split: the targets that hold rows become its parts."""
    old, cells = made.partition, made.cells
    used, part = _compact(made.target, made.targets)
    owner = made.owner[used]
    nodes, closed = old.nodes[owner], np.zeros((len(used), old.nodes.shape[1]), np.bool_)
    is_child = used < cells.number
    split_parts = np.zeros(old.parts, np.bool_)
    split_parts[owner[is_child]] = True
    rests = np.flatnonzero(~is_child)
    # A part that was not split keeps what is closed to it, a rest of a split begins anew, without this column.
    closed[rests] = old.closed[owner[rests]] & ~split_parts[owner[rests], None]
    final = ~(given_back & split_parts)[owner[rests]]
    closed[rests, made.chosen[owner[rests]]] = final
    ranks = []
    split_in = np.where(is_child, made.chosen[owner], np.int8(-1))
    split_in_of_row = split_in[part]
    for column, hierarchy in enumerate(old.table.hierarchies):
        mine = np.flatnonzero(split_in == column)
        first = hierarchy.first_child_of[old.nodes[owner[mine], column]]
        nodes[mine, column] = first + used[mine] - cells.first[owner[mine]]
        rows = np.flatnonzero(split_in_of_row == column)
        rank = old.ranks[column].copy()
        rank[rows] = rank_under(
            hierarchy, old.table.leaves[column][old.rows[rows]], nodes[part[rows], column]
        )
        ranks.append(rank)
    return Partition(old.table, old.rows, part, nodes, closed, ranks)


def _compact(target: Groups, number: int) -> tuple[Groups, Groups]:
    """The targets in use and, for each row, its target's place among them."""
    present = np.zeros(number, np.bool_)
    present[target] = True
    used = np.flatnonzero(present)
    return used, (np.cumsum(present) - 1)[target]
