"""Finds cells of two answers that hold the very same people in other words: both tell that nobody parts them."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from anonymiser.tables.overlaps import Asked
from anonymiser.tables.queries import PEOPLE, Query
from anonymiser.tables.rules import Bools, Ints

Meaning = frozenset[tuple[str, frozenset[str]]]


def twins(new: Asked, query: Query, old: Asked, question: Query) -> tuple[Bools, Bools]:
    """The printed cells of an answer that hold the people of a printed cell of another, if there are any.

    First those of which the two questions say other things: where a few people would have parted the cells, the new one
    would be withheld, so that it is not would tell that there is nobody. Then those of which both say the same, which
    tell nothing that was not told.
    """
    otherwise, alike = np.zeros(new.cells, np.bool_), np.zeros(new.cells, np.bool_)
    mine, theirs = _marks(new), _marks(old)
    places: dict[int, list[int]] = {}
    for at in np.flatnonzero(~old.hidden & np.isin(theirs, mine[~new.hidden])).tolist():
        places.setdefault(int(theirs[at]), []).append(at)
    for at in np.flatnonzero(~new.hidden).tolist():
        said = meaning(query, new.labels[at])
        same = [meaning(question, old.labels[each]) == said for each in places.get(int(mine[at]), ())]
        alike[at], otherwise[at] = any(same), bool(same) and not all(same)
    return otherwise, alike


def meaning(query: Query, labels: Sequence[str | None]) -> Meaning:
    """What a question says of the people of a cell: by column, which values they may have.

    Of a mean it is not said that they have the number: the same people without it are told by their count.
    """
    said = {column: frozenset(values) for column, values in query.filters.items()}
    for column, label in zip(query.dimensions, labels, strict=False):
        if column != PEOPLE and label is not None:  # a table's line of everybody says nothing of them
            said[column] = frozenset({label})
    return frozenset(said.items())


def are_all(whole: Meaning, parts: Sequence[Meaning]) -> bool:
    """Whether parts are, by their words alone, all of a whole: of one column of it each of its values."""
    columns = {column for each in parts for column, _ in each ^ whole}
    if len(columns) != 1:
        return False
    (column,) = columns
    asked = dict(whole).get(column)
    return asked is not None and asked == frozenset().union(
        *(dict(each).get(column, asked) for each in parts)
    )


def _marks(asked: Asked) -> Ints:
    """A number for each cell that is the same for the same people; two others have one by a chance of 2 to the -62."""
    numbers = _numbers(len(asked.placed.begins))
    summed = np.concatenate([np.zeros(1, np.int64), np.cumsum(numbers[asked.placed.by_cell])])
    ends = asked.placed.ends
    return np.asarray(summed[ends] - summed[ends - asked.placed.sizes], np.int64)


@lru_cache(maxsize=2)
def _numbers(people: int) -> Ints:
    return np.random.default_rng(0).integers(1, 2**62, people, np.int64)
