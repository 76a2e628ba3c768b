"""Looks for outcomes that two released tables tell together though each alone does not, and for what a class tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from anonymiser.checking.columns import number, number_labels
from anonymiser.checking.runs import Codes, fit, pairs


@dataclass(frozen=True)
class Answers:
    """One released file as somebody reads it who looks a person up.

    `people` has a line for each person and class of theirs; `said` one for each class, with the values of each of the
    `columns` that tell an outcome as bits.
    """

    people: pl.DataFrame
    said: pl.DataFrame
    columns: tuple[str, ...]


def answers(crowd: Codes, frame: pl.DataFrame, columns: Sequence[str], bits: Mapping[str, int]) -> Answers:
    """Arrange a file with `crowd` as its classes; `bits` gives each value's, all of them for what is withheld."""
    said = {"class": np.arange(crowd.size)}
    for name in columns:
        column = number_labels(frame[name])
        told = pairs(crowd, column)
        values = np.array([bits[str(label)] for label in column.labels], dtype=np.int64)
        said[name] = np.bitwise_or.reduceat(values[told.value], told.starts) if crowd.size else values
    mine, who = fit(crowd, number(frame["person"]))
    # By their numbers: looking for different rows of a frame takes ten times the room.
    _, first = np.unique(mine.values * who.size + who.values, return_index=True)
    people = pl.DataFrame([frame["person"].gather(first), pl.Series("class", crowd.values[first])])
    return Answers(people, pl.DataFrame(said), tuple(columns))


def told_together(one: Answers, other: Answers, fewest: int) -> int:
    """How many people of both files have fewer than so many values left that their classes in both allow."""
    met = (
        one.people.join(other.people, on="person", suffix="_there")
        .join(one.said.rename(lambda name: f"one {name}"), left_on="class", right_on="one class")
        .join(other.said.rename(lambda name: f"other {name}"), left_on="class_there", right_on="other class")
    )
    left = (
        (pl.col(f"one {mine}") & pl.col(f"other {theirs}")).bitwise_count_ones()
        for mine in one.columns
        for theirs in other.columns
    )
    is_few = reduce(pl.Expr.or_, (each < fewest for each in left))
    return met.filter(is_few)["person"].n_unique()


def find_kept_faults(
    crowd: Codes, frame: pl.DataFrame, fewest: Mapping[str, int], withheld: str
) -> tuple[str, ...]:
    """Say in which columns beside the outcome a class has fewer different values than asked for, and shows them."""
    faults = []
    for name, least in fewest.items():
        column = number_labels(frame[name])
        told = pairs(crowd, column)
        values = np.diff(told.starts, append=len(told.pairs))
        is_hidden = np.zeros(crowd.size, np.bool_)
        is_word = np.array([label == withheld for label in column.labels], np.bool_)
        is_hidden[told.crowd[is_word[told.value]]] = True
        # A withheld class that shows a value beside the word shows too much.
        if bad := int(np.where(is_hidden, values > 1, values < least).sum()):
            faults.append(
                f"{name}: {bad} classes have fewer than {least} different values, and they are shown."
            )
    return tuple(faults)
