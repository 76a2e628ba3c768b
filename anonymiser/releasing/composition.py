"""Keeps back what rows and journeys would tell together, or a class alone: file by file, beside all that is out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.checking.columns import Layout, code
from anonymiser.policy import FURTHEST_OUTCOMES, OUTCOMES
from anonymiser.releasing.columns import WITHHELD, Column, Dataset
from anonymiser.releasing.protect import Protected

FEWEST_IN_BOTH = 2
"""Outcomes that a class of one file and a class of the other, where both hold the same person, have in common."""
_HAIR = 1e-9
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _File:
    """One file's rows by class: whose they are, the class of each, and class by outcome whether it may be anybody's."""

    person: pl.Series
    at: NDArray[np.int64]
    told: Mapping[str, Flags]


def without_composition(made: Protected, others: Sequence[pl.DataFrame], other: Dataset) -> Protected:
    """What is made without the classes that would tell too much beside one of the other table's files.

    Somebody who is known by name can be looked up in both tables, and who knows when they were referred reads one
    release's file alone. Where the outcomes of their class in one file and of their class in the other have fewer than
    FEWEST_IN_BOTH values in common, the two together would tell theirs. A further column of outcomes (the first one of
    a journey) is withheld in such a class; beside what is out already, nothing but the class itself can be left out.
    """
    main, *further = made.dataset.outcomes
    files = [_file(rows, other) for rows in others if rows.height]
    if not made.rows.height or not files:
        return made
    mine = _file(made.rows, made.dataset)
    kept = made.rows.filter(~pl.Series(_tells(mine, main, files)[mine.at]))
    if kept.height < made.rows.height:
        kept = _near_the_whole(kept, made.dataset)
        mine = _file(kept, made.dataset)
    for name in further:
        kept = _without(kept, name, _tells(mine, name, files)[mine.at])
    return replace(made, rows=kept, left=made.left + made.rows.height - kept.height)


def withhold(made: Protected) -> Protected:
    """What is made with WITHHELD in each column, and class, where too few different values would stand."""
    rows, few = made.rows, [column for column in made.dataset.kept if column.fewest]
    if not rows.height or not few:
        return made
    at = _classes(rows, made.dataset)
    for column in few:
        rows = _without(rows, column.name, (_different(rows, column, at) < column.fewest)[at])
    return replace(made, rows=rows)


def _different(rows: pl.DataFrame, column: Column, at: NDArray[np.int64]) -> NDArray[np.intp]:
    """How many different values each class has in a column."""
    values = rows[column.name].cast(pl.Enum(column.values)).to_physical().to_numpy()
    held = np.zeros((int(at.max()) + 1, len(column.values)), np.bool_)
    held[at, values] = True
    return np.asarray(held.sum(axis=1))


def _without(rows: pl.DataFrame, name: str, hidden: Flags) -> pl.DataFrame:
    if not hidden.any():
        return rows
    word = pl.lit(WITHHELD, dtype=rows.schema[name])
    return rows.with_columns(pl.when(pl.Series(hidden)).then(word).otherwise(pl.col(name)).alias(name))


def _classes(rows: pl.DataFrame, dataset: Dataset) -> NDArray[np.int64]:
    return code(rows, Layout(quasi=dataset.quasi_names, person=None)).crowd.values


def _file(rows: pl.DataFrame, dataset: Dataset) -> _File:
    at = _classes(rows, dataset)
    told = {}
    for name in dataset.outcomes:
        # What is withheld may be anything: its column of the table is the last, and becomes all the others.
        values = rows[name].cast(pl.Enum([*OUTCOMES, WITHHELD])).to_physical().to_numpy()
        held = np.zeros((int(at.max(initial=-1)) + 1, len(OUTCOMES) + 1), np.bool_)
        held[at, values] = True
        told[name] = held[:, :-1] | held[:, -1:]
    return _File(rows["person"], at, told)


def _tells(mine: _File, name: str, files: Sequence[_File]) -> Flags:
    """Which of the classes tell too much in one column beside any one of the other files."""
    bad = np.zeros(len(mine.told[name]), np.bool_)
    people = pl.DataFrame([mine.person.alias("person"), pl.Series("at", mine.at)])
    for file in files:
        met = people.join(
            pl.DataFrame([file.person.alias("person"), pl.Series("there", file.at)]), on="person"
        ).select("at", "there")
        at, there = met["at"].to_numpy(), met["there"].to_numpy()
        for told in file.told.values():
            common = (mine.told[name][at] & told[there]).sum(axis=1)
            bad[at[common < FEWEST_IN_BOTH]] = True
    return bad


def _near_the_whole(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """The rows without the classes that are too far from what is left of the whole, until none is."""
    while rows.height:
        at = _classes(rows, dataset)
        values = (
            rows[dataset.sensitive.name].cast(pl.Enum(OUTCOMES)).to_physical().to_numpy().astype(np.int64)
        )
        counts = np.bincount(at * len(OUTCOMES) + values, minlength=(int(at.max()) + 1) * len(OUTCOMES))
        counts = counts.reshape(-1, len(OUTCOMES))
        shares = counts / counts.sum(axis=1, keepdims=True)
        far = np.abs(shares - counts.sum(axis=0) / rows.height).sum(axis=1) / 2 > FURTHEST_OUTCOMES + _HAIR
        if not far.any():
            break
        rows = rows.filter(~pl.Series(far[at]))
    return rows
