"""Withholds further counts where a printed total would give a withheld one back."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymiser.tables.narrowing import Freedom, Step, freedom, values_left, walked_back
from anonymiser.tables.rules import FEWEST_VALUES, UNBOUNDED, Bools, Ints, Rule

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Reading:
    """What a reader of a table has: its rule, whether its rows have totals, and whether they tell two kinds apart.

    Small numbers and further ones print alike. A reader who is `told` which are which knows more than anybody
    can, except under a rule that withholds nothing further.
    """

    rule: Rule
    crossed: bool = True
    told: bool = True


def printed_bounds(people: Ints, further: Bools, rule: Rule, *, told: bool = True) -> tuple[Ints, Ints]:
    """The least and the greatest count that a reader holds possible for each entry."""
    low, high = rule.bounds(people)
    if not told:
        unknown = further | ~rule.shows(people)
        return np.where(unknown, 1, low), np.where(unknown, UNBOUNDED, high)
    return np.where(further, rule.smallest, low), np.where(further, UNBOUNDED, high)


def given_away(
    people: Ints, further: Bools, rule: Rule, *, crossed: bool = True, told: bool = True
) -> list[tuple[int, int]]:
    """The withheld entries that can be narrowed to fewer than five values; totals are the last row and column.

    Where the table is not `crossed` its rows have no totals of their own. `told` is whether the reader
    knows which entries were withheld as small and which as `further`.
    """
    reading = _Reading(rule, crossed, told)
    table = _freedom(people, further, reading)
    withheld = _entries(~rule.shows(people) | further, reading)
    return [at for at in withheld if _is_narrow(table, at, rule)]


def further_withheld(people: Ints, rule: Rule, *, crossed: bool = True) -> Bools:
    """Which entries have to be withheld besides the small ones so that none of those is given away.

    First as if the reader were told which are which, as far as that can be had: four cells of a line whose total
    is small can never be kept apart from one who knows that it is. Then for the reader there is.
    """
    further = np.zeros(people.shape, dtype=np.bool_)
    for told in (True, False):
        _withhold(people, further, _Reading(rule, crossed, told))
    return further


def _withhold(people: Ints, further: Bools, reading: _Reading) -> None:
    """Add to `further` until nothing is narrow, or nothing more can be done about it.

    For each narrow entry the cheapest way, in people, is taken to let it move: through entries that are free
    to move already, and through the smallest that are not. Withholding more never narrows another entry,
    so each is looked at once, those that were added too.
    """
    table = _freedom(people, further, reading)
    waiting = deque(_entries(~reading.rule.shows(people) | further, reading))
    while waiting:
        at = waiting.popleft()
        while _is_narrow(table, at, reading.rule) and (
            added := _cheapest(people, table, further, reading.rule, at)
        ):
            further[tuple(np.transpose(added))] = True
            waiting.extend(added)
            table = _freedom(people, further, reading)


def _freedom(people: Ints, further: Bools, reading: _Reading) -> Freedom:
    low, high = printed_bounds(people, further, reading.rule, told=reading.told)
    if not reading.crossed:
        low[:, -1], high[:, -1] = 0, UNBOUNDED
    return freedom(people, low, high)


def _entries(chosen: Bools, reading: _Reading) -> list[tuple[int, int]]:
    width = chosen.shape[1] if reading.crossed else chosen.shape[1] - 1
    return [(int(row), int(column)) for row, column in np.argwhere(chosen[:, :width])]


def _is_narrow(table: Freedom, at: tuple[int, int], rule: Rule) -> bool:
    fewest = min(FEWEST_VALUES, rule.smallest - 1)
    return values_left(table, *at, enough=fewest) < fewest


def _cheapest(
    people: Ints, table: Freedom, further: Bools, rule: Rule, at: tuple[int, int]
) -> list[tuple[int, int]]:
    """The shown entries on the cheapest closed way through a narrow one, whichever way round it goes.

    First along entries that may move by as much as is wanted, else along any that may move at all.
    """
    shown = rule.shows(people) & ~further & (people > 0)
    for least in (FEWEST_VALUES - 1, 1):
        price_up, price_down = np.full(table.up.shape, np.inf), np.full(table.up.shape, np.inf)
        price_up[:-1, :-1] = np.where(shown, people, np.inf)
        price_down[:-1, :-1] = np.where(shown & (people - rule.smallest >= least), people, np.inf)
        up, down = np.where(table.up >= least, 0.0, price_up), np.where(table.down >= least, 0.0, price_down)
        found = []
        for giving, taking in ((down, up), (up, down)):
            cost, way = _cheapest_way(giving, taking, at=at)
            spent = sorted(step.at for step in way if (giving if step.gives else taking)[step.at] > 0)
            if spent:
                found.append((cost, spent))
        if found:
            return min(found)[1]
    return []


def _cheapest_way(giving: Floats, taking: Floats, *, at: tuple[int, int]) -> tuple[float, list[Step]]:
    """The cheapest path through narrowing's network: Bellman and Ford's relaxation, rows and columns in turn."""
    row, column = at
    giving, taking = giving.copy(), taking.copy()
    giving[row, column] = taking[row, column] = np.inf
    to_row, to_column = np.full(giving.shape[0], np.inf), np.full(giving.shape[1], np.inf)
    via_row, via_column = np.zeros(giving.shape[0], dtype=np.int64), np.zeros(giving.shape[1], dtype=np.int64)
    to_row[row] = 0.0
    while True:
        offers = to_row[:, None] + giving
        better = offers.min(axis=0) < to_column
        via_column[better], to_column[better] = offers.argmin(axis=0)[better], offers.min(axis=0)[better]
        offers = to_column[None, :] + taking
        nearer = offers.min(axis=1) < to_row
        via_row[nearer], to_row[nearer] = offers.argmin(axis=1)[nearer], offers.min(axis=1)[nearer]
        if not better.any() and not nearer.any():
            break
    if not np.isfinite(to_column[column]):
        return np.inf, []
    return float(to_column[column]), walked_back(via_row, via_column, row, column)
