"""Puts numbers in place of a release's values, once, so that every measure after it is arithmetic."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from anonymiser.checking.runs import Codes, Ints, Runs, fit, pairs, squeeze
from anonymiser.errors import Refusal

_LOOKED_AT = 16_384
"""Rows at the beginning of a release by which it is judged how many classes there are."""
_MOST_CLASSES = 15 / 16
"""Of these rows; so many are of a class of their own among them where there are some 130,000 classes."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which columns of a release are what.

    `quasi` are what an intruder may know; `sensitive` what they must not learn. `orders` gives the values of a
    sensitive column from lowest to highest where they have an order; columns of numbers have theirs already.
    `person` names the column that tells who a row is about; without it every row counts as somebody else. `weights`
    says how much the detail of a column of `quasi` is missed, 1 where it says nothing.
    """

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    person: str | None = "person"
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Column(Codes):
    """Codes and what each stands for: a label, or None for an empty cell."""

    labels: tuple[str | None, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Coded:
    """A release in numbers: the class of each row, and what the classes and the rows hold.

    Classes are numbered in the order of their labels. `quasi` and `class_rows` have one number per class, `crowd`,
    `person` and `sensitive` one per row.
    """

    rows: int
    quasi: Mapping[str, Column]
    class_rows: Ints
    crowd: Codes
    person: Codes
    sensitive: Mapping[str, Column]
    has_people: bool

    @cached_property
    def people(self) -> Runs:
        """The rows of each person in each class."""
        return pairs(self.crowd, self.person)

    def rows_per_label(self, name: str) -> Ints:
        """How many rows have each label of a quasi-identifier."""
        counts = np.zeros(self.quasi[name].size, dtype=np.int64)
        np.add.at(counts, self.quasi[name].values, self.class_rows)
        return counts


def code(frame: pl.DataFrame, layout: Layout) -> Coded:
    """Number a release. Raises Refusal where a column is missing or a value stands outside its order."""
    wanted = [*layout.quasi, *layout.sensitive, *([layout.person] if layout.person else [])]
    missing = [f"{name}: the release has no such column." for name in wanted if name not in frame.columns]
    if missing:
        raise Refusal(*missing)
    with ThreadPoolExecutor(max_workers=1) as beside:
        # While the classes are found; without people to count, every row is a person: the most there can be.
        others = beside.submit(_others, frame, layout)
        crowd, quasi = (_grouped if _comes_again(frame, layout.quasi) else _numbered)(frame, layout.quasi)
        person, sensitive = others.result()
    return Coded(
        rows=frame.height,
        quasi=quasi,
        class_rows=np.bincount(crowd.values, minlength=crowd.size),
        crowd=crowd,
        person=person,
        sensitive=sensitive,
        has_people=layout.person is not None,
    )


def _others(frame: pl.DataFrame, layout: Layout) -> tuple[Codes, dict[str, Column]]:
    """Who each row is about, and what must not be learnt, in numbers."""
    person = number(frame[layout.person]) if layout.person else Codes(np.arange(frame.height), frame.height)
    return person, {name: _sensitive(frame[name], layout.orders.get(name)) for name in layout.sensitive}


def _comes_again(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether there are words to number, which takes long column by column, and no class for nearly every row."""
    some = frame.head(_LOOKED_AT).select(names)
    is_long = pl.String in some.dtypes and some.height == _LOOKED_AT
    return is_long and some.unique().height < _MOST_CLASSES * _LOOKED_AT


def _grouped(frame: pl.DataFrame, names: Sequence[str]) -> tuple[Codes, dict[str, Column]]:
    """The class of each row, in the order of their labels, and of each class its labels: by one group-by."""
    rows, at = "rows of a class", "class as it was met"
    grouped = frame.select(names).with_row_index(rows).group_by(names).agg(rows)
    classes = grouped.select(pl.col(names).cast(pl.String)).with_row_index(at).sort(names, nulls_last=True)
    place = np.empty(len(classes), np.int64)
    place[classes[at].to_numpy()] = np.arange(len(classes))
    crowd = np.empty(frame.height, np.int64)
    crowd[grouped[rows].explode().to_numpy()] = np.repeat(place, grouped[rows].list.len().to_numpy())
    return Codes(crowd, len(classes)), {name: number_labels(classes[name]) for name in names}


def _numbered(frame: pl.DataFrame, names: Sequence[str]) -> tuple[Codes, dict[str, Column]]:
    """The same by numbers for the values of each column, which takes as long for many classes as for few."""
    columns = {name: number_labels(frame[name]) for name in names}
    crowd = squeeze(_class_key(columns, frame.height))
    # Rows alike in every column: any of them tells its class's labels.
    member = np.zeros(crowd.size, dtype=np.int64)
    member[crowd.values] = np.arange(frame.height)
    return crowd, {
        name: Column(each.values[member], each.size, each.labels) for name, each in columns.items()
    }


def number_labels(series: pl.Series) -> Column:
    """Number the values of a column in the order of their spelling; an empty cell comes last."""
    codes = number(series)
    row_of = np.full(codes.size, -1, dtype=np.int32)
    row_of[codes.values] = np.arange(len(series), dtype=np.int32)
    found = np.flatnonzero(row_of >= 0)
    labels: list[str | None] = series.gather(row_of[found]).cast(pl.String).to_list()
    # Categories are numbered in the order in which threads met them: spelling makes it the same every time.
    order = sorted(range(len(labels)), key=lambda at: (labels[at] is None, labels[at] or ""))
    # As small as they can be, because there are many of them; arithmetic on them is done by large ones beside them.
    small = np.uint8 if len(order) <= 2**8 else np.uint16 if len(order) <= 2**16 else np.int64
    renumbered: npt.NDArray[Any] = np.zeros(codes.size, dtype=small)
    renumbered[found[order]] = np.arange(len(order))
    return Column(renumbered[codes.values], len(labels), tuple(labels[at] for at in order))


def number(series: pl.Series) -> Codes:
    """Number the values of a column in no particular order; all empty cells are one value."""
    is_words = not series.dtype.is_integer()
    if is_words:
        if not isinstance(series.dtype, pl.Categorical | pl.Enum):
            series = series.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
        series = series.to_physical()
    # The numbers of words are there as they are wanted, if short; those of a column of numbers may be below 0.
    series = series if is_words and not series.null_count() else series.cast(pl.Int64)
    largest = series.max()
    size = int(largest) + 1 if isinstance(largest, int) else 0
    values = (series.fill_null(size) if series.null_count() else series).to_numpy()
    if series.null_count():
        size += 1
    # Numbers that are far apart would waste room in every table of them; below 0 there are no tables.
    far_apart = size > 4 * len(values) + 1024 or (not is_words and len(values) > 0 and int(values.min()) < 0)
    return squeeze(Codes(values, size)) if far_apart else Codes(values, size)


def _class_key(columns: Mapping[str, Column], rows: int) -> Codes:
    """A number per row, the same for rows of one class, in the order of the classes' labels."""
    key = Codes(np.zeros(rows, dtype=np.int64), 1)
    for column in columns.values():
        # Before they are too many to be counted: then the numbers stay few to the end in a release of few classes.
        key = squeeze(key) if key.size <= 4 * rows < key.size * column.size else key
        key, _ = fit(key, column)
        key = Codes(key.values * column.size + column.values, key.size * column.size)
    return key


def _sensitive(series: pl.Series, order: tuple[str, ...] | None) -> Column:
    column = number_labels(series)
    if order is None:
        # Numbers are in order by their size, an empty cell above them all, as if it were the next number.
        numeric = series.dtype.is_numeric()
        sizes = (
            [float("inf") if label is None else float(label) for label in column.labels] if numeric else []
        )
        return _reorder(column, sizes) if numeric else column
    places = {label: float(place) for place, label in enumerate(order)}
    strange = [at for at, label in enumerate(column.labels) if label not in places]
    if strange:
        rows = int(np.isin(column.values, strange).sum())
        raise Refusal(f"{series.name}: {rows} rows have a value that is not in the order of its values.")
    return _reorder(column, [places[label or ""] for label in column.labels])


def _reorder(column: Column, places: list[float]) -> Column:
    order = np.argsort(np.array(places), kind="stable")
    renumbered = np.empty(column.size, dtype=np.int64)
    renumbered[order] = np.arange(column.size)
    labels = tuple(column.labels[at] for at in order)
    return Column(renumbered[column.values], column.size, labels, ordered=True)
