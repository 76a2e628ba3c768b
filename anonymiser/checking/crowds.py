"""Finds the classes of a release that somebody could be in, from exact values known about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from anonymiser.checking.columns import Coded, Column
from anonymiser.checking.hierarchies import Hierarchy
from anonymiser.checking.runs import Floats, Ints, Runs
from anonymiser.errors import Refusal

SMALL = 2**16
"""So many numbers are sorted by counting them."""


@dataclass(frozen=True)
class Index:
    """The classes by their labels in one column or two.

    Labels make one number, that of the last column counting fastest: `order[starts[number]:starts[number + 1]]` have
    those.
    """

    names: tuple[str, ...]
    order: npt.NDArray[np.intp]
    starts: Ints


@dataclass(frozen=True)
class Crowds:
    """The classes of a release as an intruder meets them, and who is in each, which only we know.

    `people` has a run for every pair of class and person; `columns`, `class_rows` and `loss` have one number per class.
    `who` has the number by which `people` tells a person of each row.
    """

    people: Runs
    who: pl.DataFrame
    columns: Mapping[str, Column]
    class_rows: Ints
    loss: Floats
    hierarchies: Mapping[str, Hierarchy]

    def index(self, names: Sequence[str]) -> Index:
        """Arrange the classes by the first of some columns, and by the second where their labels are few enough."""
        first, *others = (self.columns[name] for name in names)
        labels, size, used = first.values, first.size, names[:1]
        if others and size * others[0].size <= SMALL:
            labels = labels.astype(np.int64) * others[0].size + others[0].values
            size, used = size * others[0].size, names[:2]
        # Small numbers are sorted by counting them.
        small = labels.astype(np.uint16) if size <= SMALL else labels
        ends = np.cumsum(np.bincount(labels, minlength=size))
        return Index(tuple(used), np.argsort(small, kind="stable"), np.concatenate(([0], ends)))

    def found(self, index: Index, facts: Mapping[str, str]) -> npt.NDArray[np.intp]:
        """The classes whose labels in an index's columns all cover the exact values that are known."""
        number = np.zeros(1, dtype=np.int64)
        for name in index.names:
            labels = self.fitting(name, facts[name])
            number = (number[:, None] * self.columns[name].size + labels).ravel()
        return index.order[ranges(index.starts[number], index.starts[number + 1])]

    def most_telling_first(self, names: Sequence[str]) -> list[str]:
        """The columns in the order of how few classes each leaves to look at, for a row at random."""
        return sorted(names, key=lambda name: int((np.bincount(self.columns[name].values) ** 2).sum()))

    def fitting(self, name: str, leaf: str) -> Ints:
        """The labels of one column, by number, that cover an exact value. Raises Refusal for an unknown value."""
        labels = self.hierarchies[name].above.get(leaf)
        if labels is None:
            raise Refusal(f"{name}: a value known is not in the hierarchy.")
        number = self.number[name]
        return np.array([number[label] for label in labels if label in number], dtype=np.int64)

    @cached_property
    def number(self) -> Mapping[str, Mapping[str | None, int]]:
        """The number of every label of every column."""
        return {
            name: {label: at for at, label in enumerate(column.labels)}
            for name, column in self.columns.items()
        }

    @cached_property
    def sizes(self) -> Ints:
        """How many people each class has."""
        return np.diff(self.people.starts, append=len(self.people.pairs))

    @cached_property
    def most_classes(self) -> int:
        """In how many classes the person is who is in most."""
        return int(np.bincount(self.people.value).max(initial=0))

    def members(self, classes: Ints) -> Ints:
        """Everybody in these classes, once for each."""
        starts = self.people.starts[classes]
        return self.people.value[ranges(starts, starts + self.sizes[classes])]

    def rows_of(self, people: Iterable[int]) -> Mapping[int, Sequence[tuple[int, int]]]:
        """The classes in which each of some people is, with the rows about them there."""
        wanted = np.zeros(self.people.size, dtype=np.bool_)
        wanted[[*people]] = True
        at = np.flatnonzero(wanted[self.people.value])
        found: dict[int, list[tuple[int, int]]] = {}
        for person, crowd, rows in zip(
            *(each[at].tolist() for each in (self.people.value, self.people.crowd, self.people.rows)),
            strict=True,
        ):
            found.setdefault(person, []).append((crowd, rows))
        return found


def crowds(release: Coded, people: pl.Series, hierarchies: Mapping[str, Hierarchy]) -> Crowds:
    """Arrange a release by its classes; `people` is the column that tells who each row is about."""
    loss = np.zeros(release.crowd.size)
    for name, column in release.quasi.items():
        loss += np.array([hierarchies[name].loss(label or "") for label in column.labels])[column.values]
    who = pl.DataFrame([people.alias("person"), pl.Series("number", release.person.values)])
    return Crowds(release.people, who, release.quasi, release.class_rows, loss, hierarchies)


def ranges(starts: Ints, ends: Ints) -> Ints:
    """The numbers from each start up to before its end, one range after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    numbers: Ints = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return numbers
