"""Who is in which cell of an answer, and some people of each cell who are looked up before all are counted."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonymiser.tables.rules import Bools, Ints
from anonymiser.tables.updates import FEWEST_CHANGED

Codes = NDArray[np.signedinteger]
Few = NDArray[np.int8]

NOWHERE: Final = -1
SAMPLED: Final = 256
"""People of a cell who are looked up first: only where nearly all of them are in another cell all are."""
LOOKED_UP: Final = 16
"""People of a cell whose words are looked at."""
_LOOKED_FOR: Final = 4
_STEP: Final = 8
"""One of so many rows is enough to pick people of the larger cells from."""


@dataclass(frozen=True)
class Lacking:
    """Cell x word -> how many of the cell's people looked up have no row with the word; and the least of each cell."""

    people: Few
    least: Few


@dataclass(frozen=True)
class Placed:
    """Who is in which cell of an answer, printed or not.

    `who` (sorted, 0 and up) and `cell` pair people with cells, nobody twice with one; NOWHERE is no cell. A person's
    pairs are those from `begins[person]` up to `begins[person + 1]`. `sizes` gives how many people are in each
    cell here; an answer's `people` may be what was counted on another day. `lacking` keeps what was looked up of their
    words (sides.py), by column.
    """

    begins: Ints
    who: Codes
    cell: Codes
    sizes: Ints
    lacking: dict[str, Lacking] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.sizes)

    @cached_property
    def ends(self) -> Ints:
        """Cell -> where its people end in `by_cell`."""
        return np.cumsum(self.sizes)

    @cached_property
    def by_cell(self) -> Codes:
        """The people of all cells, cell after cell. Takes much room: of a few cells `of` is asked."""
        return self._in_cells()

    def of(self, cell: int) -> Codes:
        """The people of one cell, in their order."""
        if "by_cell" in self.__dict__:
            return self.by_cell[self.ends[cell] - self.sizes[cell] : self.ends[cell]]
        return self.who[np.flatnonzero(self.cell == cell)]

    def get_ready(self, cells: Ints) -> None:
        """Arrange all people by cell where so many cells will be asked for that it is quicker than to look for each."""
        if len(np.unique(cells)) > _LOOKED_FOR:
            _ = self.by_cell

    @cached_property
    def sampled(self) -> Codes:
        """Cell x place -> some people of each cell, spread over it; those of a small cell come again."""
        rows = self._rows_to_look_at()
        cell = self.cell[rows]
        sizes = np.bincount(cell, minlength=self.cells)
        some = np.maximum(np.minimum(sizes, SAMPLED), 1)[:, None]
        spread = np.arange(SAMPLED) % some * sizes[:, None] // some
        at = (np.cumsum(sizes) - sizes)[:, None] + spread
        by_cell = self.who[rows[np.argsort(cell, kind="stable")]]
        return by_cell[np.minimum(at, len(by_cell) - 1)] if len(by_cell) else at

    @cached_property
    def first_pairs(self) -> "Pairs":
        """The pairs, in these rows, of the first people looked up of each cell, one more than a few."""
        return pairs_of(self, np.minimum(self.sizes, FEWEST_CHANGED), self.begins)

    @cached_property
    def looked_up(self) -> tuple[Ints, Ints, Ints]:
        """The cell of each of some people; and their pairs, in these rows: whose each is, and where it is."""
        cell, place = numbered(np.minimum(self.sizes, LOOKED_UP))
        return cell, *rows_of(self.sampled[cell, place], self.begins)

    def _rows_to_look_at(self) -> Ints:
        """The rows of all people of some cells, and one of so many of the others, in which those have people enough."""
        some = self.cell[::_STEP]
        # The last is NOWHERE, whose rows are none of either.
        is_enough = np.append(np.bincount(some + 1, minlength=self.cells + 1)[1:] >= SAMPLED, False)
        is_whole = np.append(~is_enough[:-1], False)
        return np.concatenate([np.flatnonzero(is_whole[self.cell]), _STEP * np.flatnonzero(is_enough[some])])

    def _in_cells(self) -> Codes:
        order = np.argsort(self.cell, kind="stable")
        return self.who[order[len(order) - int(self.sizes.sum()) :]]


@dataclass(frozen=True)
class Pairs:
    """Pairs of some people: the cell that each was picked from, where the pair is, whether it is the cell's first."""

    cell: Ints
    at: Ints
    first: Bools


def pairs_of(placed: Placed, people: Ints, begins: Ints) -> Pairs:
    """The pairs, in the rows with these `begins`, of so many people of each cell."""
    cell, place = numbered(people)
    person, at = rows_of(placed.sampled[cell, place], begins)
    return Pairs(cell[person], at, (place == 0)[person])


def rows_of(who: Codes, begins: Ints) -> tuple[Ints, Ints]:
    """The pairs of some people: whose each is, by the place in `who`, and where the pair is."""
    first = begins[who]
    person, place = numbered(begins[who + 1] - first)
    return person, first[person] + place


def numbered(counts: Ints) -> tuple[Ints, Ints]:
    """So many entries of each: whose each is, and its number (0, 1, ...) among those."""
    whose = np.repeat(np.arange(len(counts)), counts)
    return whose, np.arange(len(whose)) - (np.cumsum(counts) - counts)[whose]
