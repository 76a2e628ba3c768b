"""Makes releases for the checker in the plainest ways: one level for a column, or a ladder of levels."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import polars as pl

from anonymiser.checking.columns import Layout
from anonymiser.checking.hierarchies import Hierarchy, read_hierarchy

DATA = Path(__file__).parents[2] / "data" / "anonymisation"
QUASI = ("age", "sex", "ethnicity", "lsoa", "month", "practice", "need")
LAYOUT = Layout(quasi=QUASI, sensitive=("outcome",))
# Finest first; each step at least as coarse as the one before.
LADDER = (
    (1, 0, 1, 1, 1, 1, 0),
    (2, 0, 1, 2, 1, 2, 1),
    (3, 0, 1, 2, 2, 2, 1),
    (3, 0, 2, 3, 2, 3, 1),
    (3, 1, 2, 3, 3, 3, 2),
    (4, 1, 2, 3, 3, 3, 2),
)


@cache
def hierarchies() -> Mapping[str, Hierarchy]:
    return {name: read_hierarchy(DATA / f"h_{name}.csv", name) for name in QUASI}


@cache
def referrals(rows: int = 10_000) -> pl.DataFrame:
    """Exact values as strings, `person` a number, `row` the number of the referral."""
    frame = pl.read_parquet(DATA / f"ref_{rows}.parquet").with_columns(pl.col("age").cast(pl.String))
    numbers = frame.select("nhs").unique(maintain_order=True).with_row_index("person")
    return frame.join(numbers, on="nhs", how="left", maintain_order="left").drop("nhs").with_row_index("row")


def at_levels(frame: pl.DataFrame, levels: Sequence[int]) -> pl.DataFrame:
    """One level for each column, no row left out."""
    return frame.with_columns(
        pl.col(name).replace_strict({leaf: _path(name, leaf)[level] for leaf in hierarchies()[name].leaves})
        for name, level in zip(QUASI, levels, strict=True)
    )


@cache
def _lines(name: str) -> Mapping[str, list[str]]:
    lines = (DATA / f"h_{name}.csv").read_text().splitlines()
    return {line.split(";")[0]: line.split(";") for line in lines}


def _path(name: str, leaf: str) -> list[str]:
    return _lines(name)[leaf]


def crowded(frame: pl.DataFrame, people: int) -> pl.DataFrame:
    """Only the rows in classes of so many people."""
    return frame.filter(pl.col("person").n_unique().over(QUASI) >= people)


def protect(frame: pl.DataFrame, people: int = 10) -> pl.DataFrame:
    """Rows leave at the finest step of the ladder where they stand among enough people."""
    out, left = [], frame
    for levels in LADDER:
        out.append(crowded(at_levels(left, levels), people))
        left = left.filter(~pl.col("row").is_in(out[-1]["row"].implode()))
    return pl.concat(out)
