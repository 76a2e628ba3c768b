"""The extract in the engine's terms: small whole numbers instead of words, so that counting is arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.engine.hierarchies import Codes, Hierarchy
from anonymiser.engine.model import Count, Policy, Role
from anonymiser.errors import Refusal


@dataclass(frozen=True, eq=False)
class Sensitive:
    """A sensitive column: a code per row, each code's share of the whole table, and whether codes have an order."""

    codes: Codes
    shares: NDArray[np.float64]
    ordered: bool


@dataclass(frozen=True, eq=False)
class Table:
    """The rows to recode.

    `leaves` holds, for each hierarchy, every row's leaf. `subjects` holds who is counted: a number per person, or
    a number per row where rows are counted.
    """

    hierarchies: tuple[Hierarchy, ...]
    leaves: tuple[Codes, ...]
    subjects: Codes
    sensitive: tuple[Sensitive, ...] = ()

    def __len__(self) -> int:
        return len(self.subjects)

    def take(self, rows: NDArray[np.integer[Any]]) -> "Table":
        """Some of the rows; the sensitive columns' shares stay those of the whole table."""
        sensitive = tuple(Sensitive(each.codes[rows], each.shares, each.ordered) for each in self.sensitive)
        leaves = tuple(leaves[rows] for leaves in self.leaves)
        return Table(self.hierarchies, leaves, self.subjects[rows], sensitive)

    def alone(self, rows: NDArray[np.integer[Any]]) -> "Table":
        """Some of the rows as a table of their own; a value that none of them has is no step of an order either."""
        part = self.take(rows)
        sensitive = (_of_own(each) for each in part.sensitive)
        return Table(part.hierarchies, part.leaves, part.subjects, tuple(sensitive))


def read_table(frame: pl.DataFrame, policy: Policy) -> Table:
    """Code the columns that matter. Raises Refusal, naming columns and counts but no value, if one does not fit."""
    needed = [column for column in policy.columns if column.role not in (Role.KEPT, Role.DROPPED)]
    problems = [f"Column {each.name} is missing." for each in needed if each.name not in frame.columns]
    problems += [f"Column {name} has no role." for name in frame.columns if name not in _names(policy)]
    if problems:
        raise Refusal(*problems)
    leaves = [
        _leaves(frame[hierarchy_column.name], hierarchy_column.hierarchy)
        for hierarchy_column in needed
        if hierarchy_column.hierarchy is not None
    ]
    names = [column.name for column in policy.named(Role.QUASI_IDENTIFIER)]
    problems += _unknown(names, leaves)
    problems += [f"Column {each.name} has empty cells." for each in needed if frame[each.name].null_count()]
    problems += [
        f"Column {each.name} holds values that are not in its order."
        for each in needed
        if each.order and not frame[each.name].cast(pl.String).drop_nulls().is_in(each.order).all()
    ]
    if problems:
        raise Refusal(*problems)
    sensitive = tuple(_sensitive(frame[each.name], each.order) for each in policy.named(Role.SENSITIVE))
    return Table(policy.hierarchies, tuple(leaves), _subjects(frame, policy), sensitive)


def _names(policy: Policy) -> set[str]:
    return {column.name for column in policy.columns}


def _leaves(column: pl.Series, hierarchy: Hierarchy) -> Codes:
    """Every row's leaf, -1 for a value that is none."""
    known = pl.Series(hierarchy.leaves)
    codes = pl.Series(np.arange(len(known), dtype=np.int32))
    different, place = _looked_up(column)
    found = different.replace_strict(known, codes, default=-1, return_dtype=pl.Int32)
    return found.to_numpy()[place]


def _looked_up(column: pl.Series) -> tuple[pl.Series, Codes]:
    """The different words of a column, and each row's place among them: each word is looked at once."""
    if not isinstance(column.dtype, pl.Categorical):
        column = column.cast(pl.String).cast(pl.Categorical)
    different = column.unique()
    numbers = different.to_physical()
    highest = int(numbers.max() or 0) + 1  # type: ignore[arg-type]
    place = np.zeros(highest + 1, np.int32)
    place[numbers.fill_null(highest).to_numpy()] = np.arange(len(different))
    return different.cast(pl.String), place[column.to_physical().fill_null(highest).to_numpy()]


def _unknown(names: Sequence[str], leaves: Sequence[Codes]) -> list[str]:
    counts = [(name, int((codes < 0).sum())) for name, codes in zip(names, leaves, strict=True)]
    return [
        f"Column {name}: {count} rows hold a value that its hierarchy does not list."
        for name, count in counts
        if count
    ]


def _subjects(frame: pl.DataFrame, policy: Policy) -> Codes:
    if policy.thresholds.count is Count.ROWS:
        return np.arange(frame.height, dtype=np.int32)
    return first_rows(frame[policy.named(Role.PERSON)[0].name])


def first_rows(people: pl.Series) -> Codes:
    """Everybody's number in each of their rows: that of their first row. No tokens are sorted; the same every time."""
    if isinstance(people.dtype, pl.Categorical) and not people.null_count():
        # Words that are held as numbers need not be told apart again.
        who = people.to_physical().to_numpy().astype(np.intp)
        first = np.full(int(who.max(initial=-1)) + 1, len(who), np.int32)
        np.minimum.at(first, who, np.arange(len(who), dtype=np.int32))
        found: Codes = first[who]
        return found
    numbered = pl.DataFrame([people.alias("who")]).with_row_index("row")
    return numbered.select(pl.col("row").min().over("who").cast(pl.Int32)).to_series().to_numpy()


def _dense(column: pl.Series) -> Codes:
    """Equal values get equal numbers, from 0 up, in the order of the values."""
    if column.dtype.is_numeric():
        return (column.rank("dense").cast(pl.Int32) - 1).to_numpy()
    different, place = _looked_up(column)
    return (different.rank("dense").cast(pl.Int32) - 1).to_numpy()[place]


def _sensitive(column: pl.Series, order: tuple[str, ...]) -> Sensitive:
    """Codes of the values that occur, by their place in the order, else by size or by spelling."""
    if order:
        column = column.cast(pl.String).replace_strict(pl.Series(order), pl.Series(range(len(order))))
    codes = _dense(column)
    return Sensitive(codes, _shares(codes, int(codes.max(initial=-1)) + 1), column.dtype.is_numeric())


def _of_own(part: Sensitive) -> Sensitive:
    shares = _shares(part.codes, len(part.shares))
    place = np.cumsum(shares > 0) - 1
    return Sensitive(place[part.codes], shares[shares > 0], part.ordered)


def _shares(codes: Codes, values: int) -> NDArray[np.float64]:
    return np.bincount(codes, minlength=values) / max(len(codes), 1)
