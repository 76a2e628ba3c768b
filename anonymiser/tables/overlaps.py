"""Compares who is in the printed cells of two answers, as arithmetic on arrays: there are many pairs of answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from anonymiser.tables.placed import NOWHERE, SAMPLED, Codes, Placed, numbered, pairs_of, rows_of
from anonymiser.tables.rules import FEWEST_VALUES, Bools, Ints
from anonymiser.tables.sides import Side, fewest_missing
from anonymiser.tables.updates import FEWEST_CHANGED

Labels = tuple[str | None, ...]

_MOST: Final = FEWEST_CHANGED - 1
"""Of so many people and fewer it may not be told that they are the difference."""
_SOME: Final = 24
_MORE: Final = 64
_FIRST: Final = 4
"""Of the people looked up, who are asked before the others: one elsewhere shows that a cell is not within another."""


@dataclass(frozen=True)
class Asked:
    """The printed cells of an answer: who is in which, and what is told of each.

    Each cell has its `people`, its printed bounds `low` and `high`, its dimensions' values in `labels`, and is `hidden`
    where it is not printed. `sides` are the columns that it tells people apart by, where they are known: whoever is in
    a cell has a row with its word of each.
    """

    placed: Placed
    people: Ints
    low: Ints
    high: Ints
    labels: Sequence[Labels]
    hidden: Bools
    sides: tuple[Side, ...] = ()

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
        return np.concatenate([self.placed.who[:0], *map(self.of, cells.tolist())])

    def of(self, cell: int) -> Codes:
        """The people of one cell; of a hidden one nobody is told."""
        return self.placed.who[:0] if self.hidden[cell] else self.placed.of(cell)

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


Within = Callable[[], tuple[Ints, Ints]]
"""The one cell of the other answer in which all people of each cell are, by their words alone, and the other way round.

NOWHERE where words do not say it.
"""


def conflicts(new: Asked, old: Asked, *, known: Known | None = None, within: Within | None = None) -> Bools:
    """The cells of an answer that are too much beside those of another; `within` only saves counting.

    Where it is `known` of which nobody is left by their words alone, nobody else counts as a few too.

    Cells of the two that differ by a few people; the smallest of the new cells within an old one that leave few of
    it; and the new cells of which old ones leave few.
    """
    both = _people_in_both(new, old, within)
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


def _people_in_both(one: Asked, other: Asked, within: Within | None) -> Shared:
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
    return _counted(one, other, *np.unravel_index(cells, (one.cells, other.cells)), within=within)


def _counted(one: Asked, other: Asked, mine: Ints, theirs: Ints, *, within: Within | None = None) -> Shared:
    """Pairs of cells with the people who are in both."""
    counted = np.full(len(mine), NOWHERE, np.int64)
    if within and len(mine):
        theirs_of, mine_of = within()
        counted = np.where(theirs_of[mine] == theirs, one.placed.sizes[mine], counted)
        counted = np.where(mine_of[theirs] == mine, other.placed.sizes[theirs], counted)
    left = np.flatnonzero(counted == NOWHERE)
    if len(left):
        one.placed.get_ready(mine[left])
        other.placed.get_ready(theirs[left])
        is_in = np.zeros(max(len(one.placed.begins), len(other.placed.begins)), np.bool_)
        left = left[np.argsort(theirs[left], kind="stable")]
        for same in np.split(left, np.flatnonzero(np.diff(theirs[left])) + 1):
            inside = other.of(int(theirs[same[0]]))
            is_in[inside] = True
            counted[same] = [np.count_nonzero(is_in[one.of(each)]) for each in mine[same].tolist()]
            is_in[inside] = False
    return Shared(mine, theirs, counted)


def _within(parts: Asked, wholes: Asked) -> tuple[Ints, Ints]:
    """Cells of the one that may lie, but for a few people, within cells of the other: judged by some people of each.

    A cell that lies within another altogether is found by any one of its people, one that nearly is by one of ten. A
    cell that is larger than another by more than a few cannot lie within it.
    """
    part, whole = _met(parts, wholes)
    if not len(part):
        return part, whole
    near = np.abs(parts.people[part] - wholes.people[whole]) <= _MOST
    anyway = near | parts.strange[part]
    stays = anyway | (_missing(parts, wholes, (part, whole), _FIRST) == 0)
    part, whole, near = part[stays], whole[stays], near[stays]
    missing = _missing(parts, wholes, (part, whole), _SOME)
    anyway = (near & (missing <= _MOST)) | parts.strange[part]
    likely = (missing == 0) | anyway
    part, whole, anyway = part[likely], whole[likely], anyway[likely]
    # To look up some more is less than to count everybody, and leaves few that are no part after all.
    for more in (_MORE, SAMPLED):
        likely = anyway | (_missing(parts, wholes, (part, whole), more) == 0)
        part, whole, anyway = part[likely], whole[likely], anyway[likely]
    return part, whole


def _met(parts: Asked, wholes: Asked) -> tuple[Ints, Ints]:
    """The pairs of cells that share one of the people who are looked up first and may lie one within the other."""
    are_of_one_day = parts.placed.begins is wholes.placed.begins
    if are_of_one_day and wholes.sides and not (parts.strange.any() or wholes.strange.any()):
        return _met_in_words(parts, wholes)
    if are_of_one_day and not parts.strange.any():
        asked = parts.placed.first_pairs
    else:
        people = np.where(parts.strange, _SOME, _MOST + 1)
        asked = pairs_of(parts.placed, np.minimum(people, parts.placed.sizes), wholes.placed.begins)
    whole = wholes.placed.cell[asked.at]
    fewer = parts.people[asked.cell] - wholes.people[whole]
    possible = (fewer <= _MOST) & (asked.first | (fewer >= -_MOST))
    if parts.strange.any() or wholes.strange.any():
        possible |= parts.strange[asked.cell] | wholes.strange[whole]
    possible &= parts.is_told[asked.cell] & wholes.is_told[whole]
    pairs = np.unique(asked.cell[possible] * wholes.cells + whole[possible])
    return np.divmod(pairs, wholes.cells)


def _met_in_words(parts: Asked, wholes: Asked) -> tuple[Ints, Ints]:
    """The pairs of cells of which by their words one may lie within the other, or nearly where they are as large."""
    rows, missing = fewest_missing(parts.placed, wholes.sides, _MOST)
    if not len(rows):
        return rows, rows
    fewer = parts.people[rows][:, None] - wholes.people
    possible = (missing == 0) & (fewer <= _MOST) | (missing <= _MOST) & (np.abs(fewer) <= _MOST)
    possible &= parts.is_told[rows][:, None] & wholes.is_told[:-1]
    part, whole = np.nonzero(possible)
    return rows[part], whole


def _missing(parts: Asked, wholes: Asked, pairs: tuple[Ints, Ints], most: int) -> Ints:
    """For each pair of cells, how many of the first people looked up of the one are not in the other."""
    part, whole = pairs
    some = np.minimum(parts.placed.sizes[part], most)
    pair, place = numbered(some)
    asked, at = rows_of(parts.placed.sampled[part[pair], place], wholes.placed.begins)
    pair = pair[asked]
    met = pair[wholes.placed.cell[at] == whole[pair]]
    return some - np.bincount(met, minlength=len(part))


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
