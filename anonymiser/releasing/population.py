"""How many people live where, of which age: read from a file of public estimates, and put as a dataset's columns."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.policy_trees import Rows
from anonymiser.releasing.columns import DATASETS, Dataset

PEOPLE, AREA = "people", "area"
_OF_PEOPLE = frozenset({"area", "deprivation", "age", "age_band", "gender", "ethnicity", "ethnic_group"})


def read_population(path: Path | None) -> pl.DataFrame | None:
    """A CSV with `people` and at least one of the trees that people are told apart by; None where none was given.

    The values are the smallest of the published hierarchies. Raises Refusal with every column and count that is wrong.
    """
    if path is None:
        return None
    try:
        read = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):
        raise Refusal(f"{path}: this is no CSV file with the people of a place.") from None
    known = _OF_PEOPLE & {column.tree for dataset in DATASETS for column in dataset.quasi}
    others = set(read.columns) - {PEOPLE}
    wrong = [f"{name}: give one of {', '.join(sorted(known))}." for name in sorted(others - known)]
    if PEOPLE not in read.columns or not others:
        wrong.append(f"Give the column {PEOPLE}, and at least one of {', '.join(sorted(known))}.")
        raise Refusal(f"{path}:", *wrong)
    counts = read[PEOPLE].cast(pl.UInt32, strict=False)
    if lines := counts.null_count():
        wrong.append(f"{PEOPLE}: {lines} lines have no whole number.")
    if wrong:
        raise Refusal(f"{path}:", *wrong)
    return read.with_columns(counts)


def as_columns(
    population: pl.DataFrame | None, dataset: Dataset, trees: Mapping[str, Rows]
) -> pl.DataFrame | None:
    """The same by the names of a dataset's columns; None where it tells of none of them.

    A place of which nobody was referred stands in no hierarchy: its people are left out, which makes a risk greater.
    """
    if population is None:
        return None
    names = {column.tree: column.name for column in dataset.quasi if column.tree in population.columns}
    if AREA in names:
        population = population.filter(pl.col(AREA).is_in([row[0] for row in trees[AREA]]))
    return population.select(*names, PEOPLE).rename(names) if names else None
