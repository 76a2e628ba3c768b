"""Rows in the order of their people and columns as numbers: made once, so that many tables are quickly counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.tables.counting import Grid
from anonymiser.tables.placed import NOWHERE
from anonymiser.tables.rules import Bools, Ints
from anonymiser.tables.sides import Side

Codes = NDArray[np.signedinteger]
LOOKED_AT = 20_000
"""Rows at the beginning that are asked first what words stand beside each other."""
MOST_ROWS = 50
"""Of one person; with more, equal cells are found by sorting."""


@dataclass(frozen=True)
class Combined:
    """How many combinations some columns' words have (`number`), and which each row is; NOWHERE is none."""

    number: int
    cell: Codes

    @cached_property
    def counts(self) -> Ints:
        """Combination -> its rows."""
        return np.bincount(self.cell + 1, minlength=self.number + 1)[1:]


def _held(words: int) -> type[np.signedinteger]:
    """The smallest numbers for so many words, for NOWHERE, and for one more than there are."""
    return np.int8 if words < 2**7 - 1 else np.int16 if words < 2**15 - 1 else np.int32


class People:
    """A frame's rows by person. `who` gives each row's person, 0 and up; every result has the rows in its order.

    A person's rows are those from `begins[person]` up to `begins[person + 1]`; there are `everybody` people, of whom
    some may have no row.
    """

    def __init__(self, frame: pl.DataFrame, who: Ints, everybody: int) -> None:
        self._frame, self.columns = frame, {*frame.columns}
        counts = np.bincount(who, minlength=everybody)
        self.begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
        self._order = np.argsort(who, kind="stable")
        self.who = who[self._order].astype(np.int32)
        self._again: list[NDArray[np.intp] | Bools] = []
        at = np.arange(1, len(who))
        for back in range(1, MOST_ROWS + 1):
            at = at[self.who[at] == self.who[at - back]]
            if not len(at):
                break
            # Where many rows have one, all are compared in a row; where few have, only those.
            many = len(at) > len(who) // 8
            self._again.append(np.asarray(self.who[back:] == self.who[:-back], np.bool_) if many else at)
            at = at[at > back]
        self._many_rows = len(self._again) == MOST_ROWS
        self._counted: dict[str, dict[str, int]] = {}
        self._last: tuple[tuple[str, ...], Combined] | None = None
        self._columns: dict[str, tuple[tuple[str, ...], Codes]] = {}
        self._with_gaps: set[str] = set()
        self._implied: dict[tuple[str, str], Mapping[str, str]] = {}

    def column(self, name: str) -> tuple[tuple[str, ...], Codes]:
        """The different words of a column in their order, and each row's place among them; NOWHERE without one."""
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> tuple[tuple[str, ...], Codes]:
        words = self._frame[name]
        if not isinstance(words.dtype, pl.Categorical):
            words = words.cast(pl.String).cast(pl.Categorical)
        different = words.drop_nulls().unique()
        texts = different.cast(pl.String).to_list()
        order = sorted(range(len(texts)), key=texts.__getitem__)
        codes = different.to_physical().to_numpy()
        place = np.full(int(codes.max(initial=0)) + 2, NOWHERE, _held(len(texts)))
        place[codes[order]] = np.arange(len(order))
        if words.null_count():
            self._with_gaps.add(name)
        found = words.to_physical().fill_null(len(place) - 1).to_numpy()
        return tuple(texts[at] for at in order), place[found[self._order]]

    def implied(self, name: str, other: str) -> Mapping[str, str]:
        """The words of a column that stand beside one word of another column alone, in all rows, each with that."""
        if (name, other) not in self._implied:
            if len(self.column(other)[0]) == 1 and other not in self._with_gaps:
                return dict.fromkeys(self.column(name)[0], self.column(other)[0][0])
            # Most words stand beside several, which a few rows show already.
            some = self._alone_beside(name, other, LOOKED_AT)
            self._implied[name, other] = self._alone_beside(name, other, len(self.who)) if some else {}
        return self._implied[name, other]

    def _alone_beside(self, name: str, other: str, rows: int) -> Mapping[str, str]:
        (words, codes), (others, beside) = self.column(name), self.column(other)
        shape = (len(words) + 1, len(others) + 1)
        pairs = (codes[:rows] + np.int32(1)) * np.int32(shape[1]) + beside[:rows] + 1
        is_met = np.bincount(pairs, minlength=math.prod(shape)).reshape(shape)[1:] > 0
        alone = np.flatnonzero((is_met.sum(axis=1) == 1) & ~is_met[:, 0])
        where = is_met[alone].argmax(axis=1) - 1
        return {words[at]: others[place] for at, place in zip(alone.tolist(), where.tolist(), strict=True)}

    def meeting(self, condition: pl.Expr) -> Bools:
        """The rows that meet a condition."""
        met: Bools = self._frame.select(condition.fill_null(False)).to_series().to_numpy()
        return met[self._order]

    def cells(self, names: Sequence[str]) -> tuple[int, Codes]:
        """How many combinations the columns' words have, and which each row is; NOWHERE where one is missing."""
        widths = [len(self.column(name)[0]) for name in names]
        number, most = math.prod(widths), max([math.prod(widths), *widths])
        kind = np.int16 if most < 2**15 - 1 else np.int32 if most < 2**31 - 1 else np.int64
        cell: Codes = np.zeros(len(self.who), kind)
        for name in names:
            words, codes = self.column(name)
            cell *= kind(len(words))
            cell += codes.astype(kind, copy=False)
        for name in self._with_gaps.intersection(names):
            cell[self.column(name)[1] == NOWHERE] = NOWHERE
        return number, cell

    def placed(
        self, names: Sequence[str], conditions: Sequence[pl.Expr] = (), *, first_with: str | None = None
    ) -> Combined:
        """Which combination each person's first row of each is; NOWHERE for all other rows.

        Only rows that meet the conditions count; of a number (`first_with`), each person's first row that has it alone.
        Without any, the answer to the last question is kept.
        """
        is_of_all = not conditions and first_with is None
        if is_of_all and self._last is not None and self._last[0] == tuple(names):
            return self._last[1]
        number, cell = self.cells(names)
        for condition in conditions:
            cell[~self.meeting(condition)] = NOWHERE
        if first_with is not None:
            has_it = np.flatnonzero(self.meeting(pl.col(first_with).is_not_null()))
            is_one = np.zeros(len(cell), np.bool_)
            is_one[has_it[np.diff(self.who[has_it], prepend=-1) != 0]] = True
            cell[~is_one] = NOWHERE
        combined = Combined(number, np.where(self.first_of_each(cell), cell, cell.dtype.type(NOWHERE)))
        if is_of_all:
            self._last = tuple(names), combined
        return combined

    def words_of(self, names: list[str], cells: Ints) -> list[tuple[str, ...]]:
        """The words of some combinations."""
        sides = self.sides(names, cells)
        parts = ([self.column(side.name)[0][at] for at in side.at.tolist()] for side in sides)
        return list(zip(*parts, strict=True)) if sides else [() for _ in cells]

    def sides(self, names: Sequence[str], cells: Ints) -> tuple[Side, ...]:
        """The columns of some combinations, with the place of each one's word in each."""
        found: list[Side] = []
        for name in reversed(names):
            words, codes = self.column(name)
            cells, at = np.divmod(cells, len(words))
            found.insert(0, Side(name, len(words), codes, at))
        return tuple(found)

    def first_of_each(self, cell: NDArray[np.integer]) -> Bools:
        """The rows that are somewhere, each person's first in each cell."""
        if self._many_rows:
            first = np.zeros(len(cell), np.bool_)
            key = self.who.astype(np.int64) * (int(cell.max(initial=0)) + 2) + cell + 1
            first[np.unique(key, return_index=True)[1]] = True
        else:
            first = np.ones(len(cell), np.bool_)
            for back, at in enumerate(self._again, start=1):
                if at.dtype == np.bool_:
                    first[back:] &= ~(at & (cell[back:] == cell[:-back]))
                else:
                    first[at] &= cell[at] != cell[at - back]
        return np.asarray(first & (cell != NOWHERE), np.bool_)

    def grid(self, row: str, column: str, also: tuple[pl.DataFrame, pl.DataFrame] | None = None) -> Grid:
        """What `count` gives for one column down and one across."""
        (down, rows), (across, columns) = (
            self._line(name, also[side] if also else None) for side, name in enumerate((row, column))
        )
        counted = np.zeros((len(down) + 1, len(across) + 1), dtype=np.int64)
        counted[:-1, -1], counted[-1, :-1] = self._alone(row, down), self._alone(column, across)
        counted[np.ix_(rows, columns)] = self._counts([row, column]).reshape(len(rows), len(columns))
        counted[-1, -1] = np.count_nonzero(np.diff(self.begins))
        return Grid(pl.DataFrame({row: down}), pl.DataFrame({column: across}), counted)

    def _line(self, name: str, also: pl.DataFrame | None) -> tuple[list[str], list[int]]:
        """A column's words and those that are there `also`, in their order, and where the column's stand in it."""
        words, _ = self.column(name)
        everything = sorted({*words, *(also[name].to_list() if also is not None else ())})
        place = {word: at for at, word in enumerate(everything)}
        return everything, [place[word] for word in words]

    def _alone(self, name: str, line: list[str]) -> list[int]:
        """The different people of each word of a line; of one column, which many tables ask for, counted once."""
        if name not in self._counted:
            words, _ = self.column(name)
            self._counted[name] = dict(zip(words, self._counts([name]).tolist(), strict=True))
        return [self._counted[name].get(word, 0) for word in line]

    def _counts(self, names: Sequence[str]) -> Ints:
        """The different people of each combination."""
        return self.placed(names).counts
