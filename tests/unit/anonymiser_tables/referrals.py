"""Small made-up referrals and the sample, in the shape that the tables are counted from."""

from collections.abc import Mapping
from itertools import count as numbers
from pathlib import Path

import polars as pl

SAMPLE = Path(__file__).parents[2] / "data" / "anonymisation" / "ref_10000.parquet"
KEY = bytes(range(32))


def referrals(cells: Mapping[tuple[str, ...], int], *columns: str, start: int = 1) -> pl.DataFrame:
    """So many different people, with one referral each, for every combination of the columns' values."""
    person = numbers(start)
    rows = [(*labels, next(person)) for labels, people in cells.items() for _ in range(people)]
    schema = {**dict.fromkeys(columns, pl.String), "person": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def sample() -> pl.DataFrame:
    """The 10,000 synthetic referrals, with a number for each person."""
    frame = pl.read_parquet(SAMPLE)
    return frame.with_columns(person=pl.col("nhs").rank("dense").cast(pl.UInt32)).drop("nhs")
