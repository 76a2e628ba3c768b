"""Who is in which cell of an answer, and some people of each cell who are looked up before all are counted."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonymiser.tables.rules import Bools, Ints
from anonymiser.tables.updates import FEWEST_CHANGED

Codes = NDArray[np.signedinteger]

NOWHERE: Final = -1
SAMPLED: Final = 64
"""People of a cell who are looked up first: only where nearly all of them are in another cell all are."""
_LOOKED_FOR: Final = 4


@dataclass(frozen=True)
class Placed:
    """Who is in which cell of an answer, printed or not.

    `who` (sorted, 0 and up) and `cell` pair people with cells, nobody twice with one; NOWHERE is no cell. A person's
    pairs are those from `begins[person]` up to `begins[person + 1]`. There are `cells` cells.
    """

    begins: Ints
    who: Codes
    cell: Codes
    cells: int

    @cached_property
    def sizes(self) -> Ints:
        """Cell -> how many people are in it here; an answer's `people` may be what was counted on another day."""
        return np.bincount(self.cell + 1, minlength=self.cells + 1)[1:]

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
        some = np.maximum(np.minimum(self.sizes, SAMPLED), 1)[:, None]
        spread = np.arange(SAMPLED) % some * self.sizes[:, None] // some
        at = (self.ends - self.sizes)[:, None] + spread
        by_cell = self._in_cells()
        return by_cell[np.minimum(at, len(by_cell) - 1)] if len(by_cell) else at

    @cached_property
    def first_pairs(self) -> "Pairs":
        """The pairs, in these rows, of the first people looked up of each cell, one more than a few."""
        return pairs_of(self, np.minimum(self.sizes, FEWEST_CHANGED), self.begins)

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
