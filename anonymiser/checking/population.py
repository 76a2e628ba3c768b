"""Counts the people of the whole population who could be in each class, for an intruder who only guesses at a place."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from anonymiser.checking.columns import Coded, Column
from anonymiser.checking.hierarchies import Hierarchy
from anonymiser.checking.runs import Floats
from anonymiser.errors import Refusal

MOST_CELLS = 50_000_000


def population_of_classes(
    release: Coded, hierarchies: Mapping[str, Hierarchy], population: pl.DataFrame
) -> Floats:
    """The people of a population behind each class of a release, in the order of its measures.

    `population` is a table such as the mid-year estimates: exact values of some quasi-identifiers, and `people`.
    Raises Refusal for a value that no hierarchy has, or a table of too many columns to be added up.
    """
    names = [name for name in release.quasi if name in population.columns]
    places = [_places(population, name, hierarchies[name]) for name in names]
    shape = tuple(len(hierarchies[name].leaves) for name in names)
    if np.prod([float(size) for size in shape], initial=1.0) > MOST_CELLS:
        raise Refusal("The population has more cells than can be added up: leave a column out.")
    counts = np.zeros(shape)
    np.add.at(counts, tuple(places), population["people"].to_numpy())
    # One column after the other: from a count for each exact value to one for each label, which always comes last.
    for name in names:
        counts = np.tensordot(counts, _covers(release.quasi[name], hierarchies[name]), axes=(0, 1))
    found: Floats = counts[tuple(release.quasi[name].values for name in names)]
    return np.broadcast_to(found, release.class_rows.shape)


def _places(population: pl.DataFrame, name: str, hierarchy: Hierarchy) -> npt.NDArray[np.int64]:
    place = {leaf: at for at, leaf in enumerate(hierarchy.leaves)}
    places = population[name].cast(pl.String).replace_strict(place, default=None, return_dtype=pl.Int64)
    if places.null_count():
        raise Refusal(f"{name}: {places.null_count()} lines of the population have a value of no hierarchy.")
    return places.to_numpy()


def _covers(column: Column, hierarchy: Hierarchy) -> Floats:
    """Labels down, exact values across: 1 where the label covers the value."""
    return np.array(
        [
            [float(leaf in hierarchy.covers[label or ""]) for leaf in hierarchy.leaves]
            for label in column.labels
        ]
    )
