"""The intruder with linear algebra: how far can a withheld count be narrowed by the totals printed beside it?"""

from typing import NamedTuple

import numpy as np

from anonymiser.tables.rules import UNBOUNDED, Ints


class Freedom(NamedTuple):
    """How far each entry of a table could be greater (`up`) or smaller (`down`) than it is, unseen.

    The table stands as double entry: cells count as plus and line totals as minus, so that every row and
    every column adds up to nothing. A last row and column take what a line's cells exceed its people by
    (people in several cells); where there are none, an intruder may know it, and the entry is fixed.
    """

    up: Ints
    down: Ints


class Step(NamedTuple):
    """One entry on a closed way through the table, and whether it gives (gets smaller on a rising way)."""

    at: tuple[int, int]
    gives: bool


def freedom(people: Ints, low: Ints, high: Ints) -> Freedom:
    """From the truth and the printed bounds, each with the totals in its last row and column.

    Three matrices of one shape in, two matrices with one more row and column out.
    """
    sign = np.ones_like(people)
    sign[-1, :-1] = sign[:-1, -1] = -1
    up, down = high - people, people - low
    up, down = np.where(sign > 0, up, down), np.where(sign > 0, down, up)
    entries = people * sign
    excess_up, excess_down = _excess(entries.sum(axis=1)), _excess(entries.sum(axis=0))
    return Freedom(*(_framed(*parts) for parts in zip((up, down), excess_up, excess_down, strict=True)))


def _excess(sums: Ints) -> tuple[Ints, Ints]:
    """Up and down for the excess of each line: it is known never to change its sign."""
    there = sums != 0
    towards, away = np.where(there, np.abs(sums), 0), np.where(there, UNBOUNDED, 0)
    falling = sums > 0  # the entry that evens the line out is negative, and may rise no further than nought
    return np.where(falling, towards, away), np.where(falling, away, towards)


def _framed(inner: Ints, column: Ints, row: Ints) -> Ints:
    framed = np.full((inner.shape[0] + 1, inner.shape[1] + 1), UNBOUNDED, dtype=np.int64)
    framed[:-1, :-1], framed[:-1, -1], framed[-1, :-1] = inner, column, row
    return framed


def values_left(table: Freedom, row: int, column: int, *, enough: int) -> int:
    """How many values an intruder must hold possible for one entry, counted up to `enough`.

    A table with totals is a transport problem: the greatest value that linear programming finds is the truth
    plus the largest circulation through the entry, in whole numbers. So each further value is one more
    path through cells that may give and take.
    """
    further = 0
    for rising, falling in ((table.up, table.down), (table.down, table.up)):
        giving, taking = falling.copy(), rising.copy()
        room = min(int(rising[row, column]), enough - 1 - further)
        giving[row, column] = taking[row, column] = 0
        while room > 0 and (steps := _path(giving, taking, row, column)):
            amount = min(room, *(int(giving[at] if gives else taking[at]) for at, gives in steps))
            for at, gives in steps:
                giving[at] += -amount if gives else amount
                taking[at] += amount if gives else -amount
            room -= amount
            further += amount
    return further + 1


def _path(giving: Ints, taking: Ints, row: int, column: int) -> list[Step]:
    """The shortest way from a row to a column: a cell of a row gives, a cell of a column takes, in turn."""
    via_column = np.full(giving.shape[1], -1)
    via_row = np.full(giving.shape[0], -1)
    via_row[row] = giving.shape[1]  # the start; no column has this number
    rows = np.array([row])
    while len(rows):
        open_ = (giving[rows] > 0) & (via_column < 0)
        columns = np.flatnonzero(open_.any(axis=0))
        via_column[columns] = rows[open_[:, columns].argmax(axis=0)]
        if via_column[column] >= 0:
            return walked_back(via_row, via_column, row, column)
        if not len(columns):
            break
        reached = (taking[:, columns] > 0) & (via_row < 0)[:, None]
        rows = np.flatnonzero(reached.any(axis=1))
        via_row[rows] = columns[reached[rows].argmax(axis=1)]
    return []


def walked_back(via_row: Ints, via_column: Ints, row: int, column: int) -> list[Step]:
    """The steps from `row` to `column`, last first, from how each row and each column was come to."""
    steps, at = [], column
    while True:
        from_row = int(via_column[at])
        steps.append(Step((from_row, at), gives=True))
        if from_row == row:
            return steps
        at = int(via_row[from_row])
        steps.append(Step((from_row, at), gives=False))
