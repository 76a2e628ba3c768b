"""Counts people, not rows: a person referred three times for one need is one person in that cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.errors import Refusal
from anonymiser.tables.rules import Bools, Ints

Keys = NDArray[np.unsignedinteger[Any]]
PERSON = "person"  # the column that tells people apart; it is never published


@dataclass(frozen=True)
class Grid:
    """Different people by rows and columns, not yet fit for anybody's eyes.

    `people` has one row per row of `rows` and one column per row of `columns`, and a last row and column with
    the different people of each whole line, who may be fewer than its cells added up. A grid with no
    column dimension has one column.
    """

    rows: pl.DataFrame
    columns: pl.DataFrame
    people: Ints

    @property
    def is_crossed(self) -> bool:
        return bool(self.columns.columns)

    @property
    def cells(self) -> Ints:
        return self.people[:-1, :-1]


def count(
    frame: pl.DataFrame,
    rows: Sequence[str],
    columns: Sequence[str] = (),
    *,
    person: str = PERSON,
    also: tuple[pl.DataFrame, pl.DataFrame] | None = None,
) -> Grid:
    """Count the different people of each cell and each line.

    `also` names rows and columns that get a line even if nobody is in it any more (of an earlier release).
    A missing value in a dimension or of a person is refused: it has to be named before it is counted.
    """
    _check_named(frame, [*rows, *columns, person])
    row_labels, row = _lines(frame, rows, also[0] if also else None)
    column_labels, column = _lines(frame, columns, also[1] if also else None)
    height, width, who = row_labels.height or 1, column_labels.height or 1, _codes(frame[person])
    fits = (int(who.max()) + 1) * height * width < np.iinfo(np.uint32).max
    kind = np.uint32 if fits else np.uint64
    who, row, column = who.astype(kind), row.astype(kind), column.astype(kind)
    # Sorted by person, then row, then column: each cell and each row of a person stands in one place.
    key = _different((who * height + row) * width + column)
    by_row = key // width
    by_row = by_row[_is_first(by_row)]
    by_column = _different(who * width + column)
    counted = np.zeros((height + 1, width + 1), dtype=np.int64)
    counted[:-1, :-1] = np.bincount(key % (height * width), minlength=height * width).reshape(height, width)
    counted[:-1, -1] = np.bincount(by_row % height, minlength=height)
    counted[-1, :-1] = np.bincount(by_column % width, minlength=width)
    counted[-1, -1] = np.count_nonzero(_is_first(by_row // height))
    return Grid(row_labels, column_labels, counted)


def _check_named(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    absent = [f"There is no column {name}." for name in columns if name not in frame.columns]
    if absent:
        raise Refusal(*absent)
    if not frame.height:
        raise Refusal("There is nobody to count.")
    gaps = [name for name in columns if frame[name].null_count()]
    if gaps:
        raise Refusal(*(f"The column {name} has missing values; name them before counting." for name in gaps))


def _different(keys: Keys) -> Keys:
    """The different keys in order. Sorting beats hashing here by an order of magnitude."""
    ordered = np.sort(keys)
    return ordered[_is_first(ordered)]


def _is_first(ordered: Keys) -> Bools:
    """Whether each key of an ordered array is the first of its kind."""
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _codes(values: pl.Series) -> Keys:
    """A whole number from 0 on for each different value, in no particular order."""
    if not values.dtype.is_unsigned_integer():
        values = values.cast(pl.String).cast(pl.Categorical).to_physical()
    return values.to_numpy()


def _lines(frame: pl.DataFrame, names: Sequence[str], also: pl.DataFrame | None) -> tuple[pl.DataFrame, Keys]:
    """The different combinations of the columns in order, and which of them each row of the frame is."""
    if not names:
        return pl.DataFrame(), np.zeros(frame.height, dtype=np.uint32)
    wanted = frame.select(pl.col(name).cast(pl.String).cast(pl.Categorical) for name in names)
    found = wanted.unique() if len(names) > 1 else wanted[names[0]].unique().to_frame()
    labels = found.cast(pl.String)
    labels = (labels if also is None else pl.concat([labels, also]).unique()).sort(names)
    numbered = labels.cast(pl.Categorical).with_columns(_line=pl.int_range(pl.len(), dtype=pl.UInt32))
    if len(names) == 1:  # a look-up by the word's own number, which is quicker than a join
        words = numbered[names[0]].to_physical().to_numpy()
        lookup = np.zeros(int(words.max()) + 1, dtype=np.uint32)
        lookup[words] = numbered["_line"].to_numpy()
        return labels, lookup[wanted[names[0]].to_physical().to_numpy()]
    placed = wanted.join(numbered, on=list(names), how="left", maintain_order="left")
    return labels, placed["_line"].to_numpy()
