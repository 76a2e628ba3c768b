"""What may be asked of the data: a small typed question, checked against a list of what is allowed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeGuard

from anonymiser.errors import Refusal

PEOPLE = "people"
_PARTS = frozenset({"dimensions", "filters", "measure"})


class QueryRefused(Refusal):
    """A question that is not answered; `problems` say what to change, and nothing about anybody."""


@dataclass(frozen=True)
class Query:
    """Counts of people, or means of a number, by dimensions, among the rows whose columns have given values.

    The last `across` dimensions are a table's columns; a question over the network has none. `over` is the dimension
    in which time brings values that are later than all before. A `noisy` one is told by cell keys (cell_keys.py).
    """

    dimensions: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mean_of: str | None = None
    across: int = 0
    over: str = ""
    noisy: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        return self.dimensions[: len(self.dimensions) - self.across]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.dimensions[len(self.dimensions) - self.across :]

    @property
    def identity(self) -> str:
        """The same text for the same question, however it was put; it reads back with `from_identity`."""
        filters = {column: sorted(set(values)) for column, values in self.filters.items()}
        parts = {"by": self.dimensions, "where": filters, "mean": self.mean_of, "across": self.across}
        parts |= {"noisy": True} if self.noisy else {}
        return json.dumps(parts, sort_keys=True, separators=(",", ":"))

    def is_like(self, other: "Query") -> bool:
        """Whether both ask the same numbers of the same rows, laid out in whichever way.

        A table's line of everybody tells nobody apart: people by need are people by need and it.
        """
        one, two = (
            replace(each, dimensions=tuple(sorted({*each.dimensions} - {PEOPLE})), across=0, noisy=False)
            for each in (self, other)
        )
        return one.identity == two.identity

    @classmethod
    def from_identity(cls, identity: str) -> Self:
        parts = json.loads(identity)
        filters = {column: tuple(values) for column, values in parts["where"].items()}
        noisy = parts.get("noisy", False)
        return cls(tuple(parts["by"]), filters, parts["mean"], parts["across"], noisy=noisy)


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What a project may ask: columns with their values, numbers that means may be taken of, and how much at once.

    Of the `partly` listed columns not every value may be named, so that to name all of the list still narrows.
    A filter takes one value of a column, all of them, or just those of one of its `groups`, by its name or one by one;
    whoever may name any values together (None) can overlap them until linear programming finds a single person. How far
    two people's numbers can be apart is in `widest`; a mean told in steps wider than `coarsest` says too little, and is
    not listed.
    """

    columns: Mapping[str, frozenset[str]]
    numbers: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    groups: Mapping[str, Mapping[str, frozenset[str]]] | None = None
    widest: Mapping[str, float] = field(default_factory=dict)
    coarsest: Mapping[str, float] = field(default_factory=dict)
    most_dimensions: int = 3
    most_filters: int = 3

    @property
    def named_groups(self) -> dict[str, dict[str, frozenset[str]]]:
        """The groups that can be asked for by name: not those called as a value is, nor those that hold all values."""
        found = {}
        for column, groups in (self.groups or {}).items():
            values = self.columns[column]
            named = {name: each for name, each in groups.items() if name not in values and each != values}
            if named:
                found[column] = named
        return found

    def values_of(self, column: str, words: Sequence[str]) -> frozenset[str]:
        """The values that a filter means: those that it names, or those of the one group that it names."""
        group = self.named_groups.get(column, {}).get(words[0]) if len(words) == 1 else None
        return frozenset(words) if group is None else group


def read_query(document: object, allowed: Allowed) -> Query:
    """Read a question as it comes over the network, or refuse it with every problem at once.

    `{"dimensions": ["need"], "filters": {"sex": ["F"]}, "measure": "people"}`, or a measure of
    `{"mean": "weeks_waited"}`. A filter that names every value of its column is left out; the order of
    dimensions is that of the answer's columns.
    """
    if not isinstance(document, Mapping):
        raise QueryRefused("A question is an object with dimensions, filters and a measure.")
    dimensions = document.get("dimensions", [])
    filters = document.get("filters", {})
    measure = document.get("measure", PEOPLE)
    problems = [f"{part!r} is no part of a question." for part in document if part not in _PARTS]
    problems += _dimension_problems(dimensions, allowed)
    problems += _filter_problems(filters, allowed)
    problems += _measure_problems(measure, allowed)
    if problems:
        raise QueryRefused(*problems)
    meant = {column: allowed.values_of(column, words) for column, words in filters.items()}
    narrowing = {
        column: tuple(sorted(values))
        for column, values in meant.items()
        if column in allowed.partly or values != allowed.columns[column]
    }
    return Query(tuple(dimensions), narrowing, None if measure == PEOPLE else measure["mean"])


def _dimension_problems(dimensions: object, allowed: Allowed) -> Iterator[str]:
    if not _is_words(dimensions):
        yield "dimensions: give a list of column names."
        return
    for name in dimensions:
        if name not in allowed.columns:
            yield f"dimensions: {name!r} may not be asked for; allowed are {_listed(allowed.columns)}."
    if len(set(dimensions)) < len(dimensions):
        yield "dimensions: name each column once."
    if len(dimensions) > allowed.most_dimensions:
        yield f"dimensions: at most {allowed.most_dimensions} at once."


def _filter_problems(filters: object, allowed: Allowed) -> Iterator[str]:
    if not isinstance(filters, Mapping):
        yield "filters: give an object of column names, each with a list of values."
        return
    if len(filters) > allowed.most_filters:
        yield f"filters: at most {allowed.most_filters} at once."
    for column, values in filters.items():
        if column not in allowed.columns:
            yield f"filters: {column!r} may not be asked for; allowed are {_listed(allowed.columns)}."
        elif not _is_words(values) or not values:
            yield f"filters: give {column} a list of at least one value."
        elif not allowed.values_of(column, values) <= allowed.columns[column]:
            yield f"filters: {column} has values that its list does not know."
        elif not _is_one_or_a_group(column, allowed.values_of(column, values), allowed):
            yield f"filters: give {column} one value{_or_a_group(column, allowed)}."


def _is_one_or_a_group(column: str, values: frozenset[str], allowed: Allowed) -> bool:
    if allowed.groups is None or len(values) == 1:
        return True
    is_all = column not in allowed.partly and values == allowed.columns[column]
    return is_all or values in allowed.groups.get(column, {}).values()


def _or_a_group(column: str, allowed: Allowed) -> str:
    """What else a filter takes, in words that name the groups where there are any."""
    named = allowed.named_groups.get(column, {})
    groups = [f"{name}: {', '.join(sorted(named[name]))}" for name in sorted(named)]
    told = (
        f", or just those of one group of its hierarchy, by its name ({'; '.join(groups)})" if groups else ""
    )
    return told if column in allowed.partly else f"{told}, or all of them"


def _measure_problems(measure: object, allowed: Allowed) -> Iterator[str]:
    if measure == PEOPLE:
        return
    if not isinstance(measure, Mapping) or set(measure) != {"mean"}:
        yield 'measure: give "people", or {"mean": a number\'s name}.'
    elif not isinstance(measure["mean"], str) or measure["mean"] not in allowed.numbers:
        yield f"measure: a mean may be taken of {_listed(allowed.numbers)}."


def _is_words(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
