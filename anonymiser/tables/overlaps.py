"""Compares who is in the printed cells of two answers, as arithmetic on arrays: there are many pairs of answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonymiser.tables.rules import FEWEST_VALUES, Bools, Ints
from anonymiser.tables.updates import FEWEST_CHANGED

Codes = NDArray[np.signedinteger]
Labels = tuple[str | None, ...]

_MOST: Final = FEWEST_CHANGED - 1
"""Of so many people and fewer it may not be told that they are the difference."""


NOWHERE: Final = -1
_SAMPLED: Final = 24
"""People of a cell who are looked up first: only where nearly all of them are in another cell all are."""
_FIRST: Final = 4
"""Of those, who are asked before the others: one of them elsewhere shows that a cell is not within another."""


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
        """The people of all cells, cell after cell."""
        order = np.argsort(self.cell, kind="stable")
        return self.who[order[len(order) - int(self.sizes.sum()) :]]

    @cached_property
    def sampled(self) -> Codes:
        """Cell x place -> some people of each cell, spread over it; those of a small cell come again."""
        some = np.maximum(np.minimum(self.sizes, _SAMPLED), 1)[:, None]
        spread = np.arange(_SAMPLED) % some * self.sizes[:, None] // some
        at = (self.ends - self.sizes)[:, None] + spread
        return self.by_cell[np.minimum(at, len(self.by_cell) - 1)] if len(self.by_cell) else at

    @cached_property
    def first_pairs(self) -> "Pairs":
        """The pairs, in these rows, of the first people looked up of each cell."""
        return _pairs_of(self, np.minimum(self.sizes, _MOST + 1), self.begins)


@dataclass(frozen=True)
class Pairs:
    """Pairs of some people: the cell that each was picked from, where the pair is, whether it is the cell's first."""

    cell: Ints
    at: Ints
    first: Bools


def _pairs_of(placed: Placed, people: Ints, begins: Ints) -> Pairs:
    """The pairs, in the rows with these `begins`, of so many people of each cell."""
    cell, place = _numbered(people)
    person, at = _rows_of(placed.sampled[cell, place], begins)
    return Pairs(cell[person], at, (place == 0)[person])


@dataclass(frozen=True)
class Asked:
    """The printed cells of an answer: who is in which, and what is told of each.

    Each cell has its `people`, its printed bounds `low` and `high`, its dimensions' values in `labels`, and is `hidden`
    where it is not printed.
    """

    placed: Placed
    people: Ints
    low: Ints
    high: Ints
    labels: Sequence[Labels]
    hidden: Bools

    @property
    def cells(self) -> int:
        """How many cells there are, printed or not."""
        return len(self.people)

    @cached_property
    def is_told(self) -> Bools:
        """Whether a cell is printed; NOWHERE, which comes last, is not."""
        return np.append(~self.hidden, False)

    @cached_property
    def strange(self) -> Bools:
        """The cells that were counted smaller than they are here: they could be anything."""
        return self.people < self.placed.sizes

    def members(self, cells: Ints) -> Codes:
        """The people of some cells, cell by cell."""
        return np.concatenate([self.placed.by_cell[:0], *map(self.of, cells)])

    def of(self, cell: np.int64) -> Codes:
        """The people of one cell; of a hidden one nobody is told."""
        end, size = self.placed.ends[cell], 0 if self.hidden[cell] else self.placed.sizes[cell]
        return self.placed.by_cell[end - size : end]

    def without(self, hidden: Bools) -> "Asked":
        """The same with nobody in some cells."""
        return replace(self, hidden=self.hidden | hidden) if hidden.any() else self


@dataclass(frozen=True)
class Shared:
    """Pairs of a cell of one answer and a cell of another, and how many people are in both."""

    one: Ints
    other: Ints
    people: Ints

    @property
    def turned(self) -> "Shared":
        """The same from the other's side."""
        return Shared(self.other, self.one, self.people)


Known = Callable[[list[int], int, bool], bool]
"""Of parts, of a whole and whether the whole is of the new answer: whether to be left nobody is in the words alone."""


def conflicts(new: Asked, old: Asked, *, known: Known | None = None) -> Bools:
    """The cells of an answer that are too much beside those of another.

    Where it is `known` of which nobody is left by their words alone, nobody else counts as a few too.

    Cells of the two that differ by a few people; the smallest of the new cells within an old one that leave few of
    it; and the new cells of which old ones leave few.
    """
    both = _people_in_both(new, old)
    found = _a_few_apart(new, old, both)
    fewest = 0 if known else 1
    for whole, parts in _leaving_few(new, old, both, fewest):
        if not (known and known(parts, whole, False)):
            found[_smallest(new, parts)] = True
    for whole, parts in _leaving_few(old, new, both.turned, fewest):
        found[whole] |= not (known and known(parts, whole, True))
    return found


def close(new: Asked, old: Asked) -> Bools:
    """The cells of an answer that differ by a few people from a cell of another, taken of other rows maybe.

    Of two such cells one of ten people of the first is in the other, so that it is enough to look from one side.
    """
    if not new.cells or not old.cells:
        return np.zeros(new.cells, np.bool_)
    mine, theirs = _within(new, old)
    near = np.abs(new.people[mine] - old.people[theirs]) <= _MOST
    return _a_few_apart(new, old, _counted(new, old, mine[near], theirs[near]))


def _a_few_apart(new: Asked, old: Asked, both: Shared) -> Bools:
    apart = new.people[both.one] + old.people[both.other] - 2 * both.people
    found = np.zeros(new.cells, np.bool_)
    found[both.one[(both.people > 0) & (apart >= 1) & (apart <= _MOST)]] = True
    return found


def _people_in_both(one: Asked, other: Asked) -> Shared:
    """The pairs of cells of which one may lie within the other but for a few people, counted; most pairs do not."""
    if not one.cells or not other.cells:
        nothing = np.zeros(0, np.int64)
        return Shared(nothing, nothing, nothing)
    cells = np.unique(
        np.concatenate(
            [
                np.ravel_multi_index(_within(one, other), (one.cells, other.cells)),
                np.ravel_multi_index(_within(other, one)[::-1], (one.cells, other.cells)),
            ]
        )
    )
    return _counted(one, other, *np.unravel_index(cells, (one.cells, other.cells)))


def _counted(one: Asked, other: Asked, mine: Ints, theirs: Ints) -> Shared:
    """Pairs of cells with the people who are in both."""
    counted = np.zeros(len(mine), np.int64)
    if len(mine):
        is_in = np.zeros(max(len(one.placed.begins), len(other.placed.begins)), np.bool_)
        order = np.argsort(theirs, kind="stable")
        for same in np.split(order, np.flatnonzero(np.diff(theirs[order])) + 1):
            inside = other.of(theirs[same[0]])
            is_in[inside] = True
            counted[same] = [np.count_nonzero(is_in[one.of(each)]) for each in mine[same]]
            is_in[inside] = False
    return Shared(mine, theirs, counted)


def _within(parts: Asked, wholes: Asked) -> tuple[Ints, Ints]:
    """Cells of the one that may lie, but for a few people, within cells of the other: judged by some people of each.

    A cell that lies within another altogether is found by any one of its people, one that nearly is by one of ten. A
    cell that is larger than another by more than a few cannot lie within it.
    """
    part, whole = _met(parts, wholes)
    near = np.abs(parts.people[part] - wholes.people[whole]) <= _MOST
    anyway = near | parts.strange[part]
    stays = anyway | (_missing(parts, wholes, (part, whole), _FIRST) == 0)
    part, whole, near = part[stays], whole[stays], near[stays]
    missing = _missing(parts, wholes, (part, whole), _SAMPLED)
    likely = (missing == 0) | (near & (missing <= _MOST)) | parts.strange[part]
    return part[likely], whole[likely]


def _met(parts: Asked, wholes: Asked) -> tuple[Ints, Ints]:
    """The pairs of cells that share one of the people who are looked up first and may lie one within the other."""
    if parts.placed.begins is wholes.placed.begins and not parts.strange.any():
        asked = parts.placed.first_pairs
    else:
        people = np.where(parts.strange, _SAMPLED, _MOST + 1)
        asked = _pairs_of(parts.placed, np.minimum(people, parts.placed.sizes), wholes.placed.begins)
    whole = wholes.placed.cell[asked.at]
    fewer = parts.people[asked.cell] - wholes.people[whole]
    possible = (fewer <= _MOST) & (asked.first | (fewer >= -_MOST))
    if parts.strange.any() or wholes.strange.any():
        possible |= parts.strange[asked.cell] | wholes.strange[whole]
    possible &= parts.is_told[asked.cell] & wholes.is_told[whole]
    pairs = np.unique(asked.cell[possible] * wholes.cells + whole[possible])
    return np.divmod(pairs, wholes.cells)


def _missing(parts: Asked, wholes: Asked, pairs: tuple[Ints, Ints], most: int) -> Ints:
    """For each pair of cells, how many of the first people looked up of the one are not in the other."""
    part, whole = pairs
    some = np.minimum(parts.placed.sizes[part], most)
    pair, place = _numbered(some)
    asked, at = _rows_of(parts.placed.sampled[part[pair], place], wholes.placed.begins)
    pair = pair[asked]
    met = pair[wholes.placed.cell[at] == whole[pair]]
    return some - np.bincount(met, minlength=len(part))


def _rows_of(who: Codes, begins: Ints) -> tuple[Ints, Ints]:
    """The pairs of some people: whose each is, by the place in `who`, and where the pair is."""
    first = begins[who]
    person, place = _numbered(begins[who + 1] - first)
    return person, first[person] + place


def _numbered(counts: Ints) -> tuple[Ints, Ints]:
    """So many entries of each: whose each is, and its number (0, 1, ...) among those."""
    whose = np.repeat(np.arange(len(counts)), counts)
    return whose, np.arange(len(whose)) - (np.cumsum(counts) - counts)[whose]


def _leaving_few(parts: Asked, wholes: Asked, both: Shared, fewest: int) -> list[tuple[int, list[int]]]:
    """Each printed whole with its printed parts, where up to 9 people are left and those are under five values."""
    lies_within = (both.people == parts.people[both.one]) & (both.people > 0)
    part, whole = both.one[lies_within], both.other[lies_within]

    def summed(values: Ints) -> Ints:
        return np.bincount(whole, weights=values[part], minlength=wholes.cells).astype(np.int64)

    least = np.maximum(wholes.low - summed(parts.high), fewest)
    most = np.minimum(wholes.high - summed(parts.low), _MOST)
    left = wholes.people - summed(parts.people)
    narrow = (left >= fewest) & (left <= _MOST) & (most - least + 1 < FEWEST_VALUES)
    # One part that is the whole is no difference; what it tells in other words is found elsewhere (twins.py).
    narrow &= np.bincount(whole, minlength=wholes.cells) > (left == 0)
    found = [(int(each), part[whole == each].tolist()) for each in np.flatnonzero(narrow)]
    # Where people are in several parts, the parts cannot be taken from the whole, and nobody knows by how much.
    return [(whole, inside) for whole, inside in found if _adds_up(parts, inside)]


def _adds_up(parts: Asked, inside: list[int]) -> bool:
    who = parts.members(np.array(inside))
    return len(np.unique(who)) == len(who)


def _smallest(asked: Asked, cells: list[int]) -> int:
    return min(cells, key=lambda cell: (int(asked.people[cell]), cell))
