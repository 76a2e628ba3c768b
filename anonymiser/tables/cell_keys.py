"""ONS's cell-key perturbation: the same people always give the same number, a little off the truth."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from anonymiser.tables.counting import PERSON
from anonymiser.tables.publishing import Table, with_totals
from anonymiser.tables.rules import DEFAULT, Ints

KEYS: Final = 256
_ROWS: Final = 750  # counts above go round through the last 250 rows
_LOOP: Final = 250
RECORD_KEY: Final = "record_key"
FURTHEST_OFF: Final = 4
FEWEST: Final = DEFAULT.smallest


def record_keys(people: pl.Series, key: bytes) -> pl.Series:
    """A number from 0 to 255 for each person, the same in every table made under one key."""
    different = people.unique()
    numbers = [hmac.digest(key, str(each).encode(), hashlib.sha256)[0] for each in different]
    return people.replace_strict(different, pl.Series(numbers), return_dtype=pl.Int64).alias(RECORD_KEY)


def ptable_10_5() -> Ints:
    """ONS's table of the rule 10-5: below ten nothing is left, from ten on the nearest five; 750 by 256."""
    counts = np.arange(1, _ROWS + 1)
    noise = np.where(counts < 10, -counts, (counts + 2) // 5 * 5 - counts)
    return np.repeat(noise[:, None], KEYS, axis=1)


def ptable_centred() -> Ints:
    """A table of our own: -4 to 4 off, as eight coins fall, so nought on average; below ten nothing is left.

    256 keys are just as many as eight coins have ways to fall, which gives each key a noise and each noise its share.
    From 10 to 13 people what would come out below ten is ten.
    """
    falls = np.sort([bin(key).count("1") - FURTHEST_OFF for key in range(KEYS)])
    counts = np.arange(1, _ROWS + 1)[:, None]
    return np.where(counts < FEWEST, -counts, np.maximum(falls[None, :], FEWEST - counts))


def with_noise(table: Table, frame: pl.DataFrame) -> Table:
    """A counted table with numbers a little off the truth instead of rounded ones.

    `frame` has its dimensions, `person`, and each person's record key. What is too small to be shown stays so.
    """
    grid, numbers = table.grid, table.numbers.copy()
    names = [*grid.rows.columns, *grid.columns.columns]
    each = frame.select(*names, PERSON, RECORD_KEY).unique([*names, PERSON])
    rows, columns = (
        {labels: at for at, labels in enumerate(side.rows() or [()])} for side in (grid.rows, grid.columns)
    )
    keys = np.zeros_like(grid.cells)
    for *labels, key in each.group_by(names).agg(pl.col(RECORD_KEY).sum()).iter_rows():
        at = rows[tuple(labels[: grid.rows.width])], columns[tuple(labels[grid.rows.width :])]
        keys[at] = key
    numbers[:-1, :-1] = _perturbed(grid.cells, keys % KEYS, ptable_centred())
    return with_totals(replace(table, numbers=numbers))


def _perturbed(people: Ints, keys: Ints, ptable: Ints) -> Ints:
    """Each count with the noise that the table has for it and its key."""
    row = np.where(people <= _ROWS, people, (people - 1) % _LOOP + _ROWS - _LOOP + 1)
    return np.asarray(people + np.where(people > 0, ptable[row - 1, keys], 0), np.int64)


def perturbed_counts(
    frame: pl.DataFrame, dimensions: Sequence[str], ptable: Ints, *, threshold: int = 10, person: str = PERSON
) -> pl.DataFrame:
    """Each combination of the dimensions' values, with perturbed `people`, missing where below the threshold.

    `frame` has a record key for each person in `record_key`. A cell's key is the sum of its people's
    keys, modulo 256; `ptable` gives the noise for each count (its row) and key (its column).
    Combinations that nobody has are listed and missing too, so that nobody sees which they are.
    """
    each = frame.select(*dimensions, person, RECORD_KEY).unique([*dimensions, person])
    found = each.group_by(dimensions).agg(pl.len().cast(pl.Int64).alias("people"), pl.col(RECORD_KEY).sum())
    every = frame.select(pl.col(dimensions[0]).unique())
    for name in dimensions[1:]:
        every = every.join(frame.select(pl.col(name).unique()), how="cross")
    cells = every.join(found, on=list(dimensions), how="left").fill_null(0).sort(dimensions)
    people, keys = cells["people"].to_numpy(), cells[RECORD_KEY].to_numpy() % KEYS
    printed = pl.Series("people", _perturbed(people, keys, ptable), dtype=pl.Int64)
    return (
        cells.select(*dimensions)
        .with_columns(printed)
        .with_columns(pl.when(pl.col("people") >= threshold).then("people").alias("people"))
    )
