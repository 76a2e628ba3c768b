"""The steps over all rows give the same in a second engine, and what the engine itself gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from anonymiser.engine.lattice import optimum
from anonymiser.engine.model import Thresholds
from anonymiser.engine.passes import (
    ROW,
    ROWS,
    Passes,
    classes_of,
    in_order,
    labels_at,
    passes_of,
    records,
    run_by_duckdb,
    run_by_polars,
)
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.recoding import Recoding
from anonymiser.engine.table import Table, read_table
from anonymiser.errors import SetUpRefusal
from tests.unit.anonymiser_engine.engine_tables import NAMES, sample, sample_policy

LIMITS = Thresholds(k=10, l=3, t=1)
SIZE = 20_000

Frames = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return sample(100_000).head(SIZE)


@pytest.fixture(scope="module")
def table(frame: pl.DataFrame) -> Table:
    return read_table(frame, sample_policy(LIMITS))


@pytest.fixture(scope="module")
def passes() -> Passes:
    return passes_of(sample_policy(LIMITS))


def by(
    run: Callable[[str, Mapping[str, Path], Path], None], statement: str, frames: Frames, folder: Path
) -> bytes:
    """The result's CSV, in order."""
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, path in paths.items():
        frames[name].write_parquet(path)
    run(statement, paths, folder / "result.parquet")
    return in_order(pl.read_parquet(folder / "result.parquet")).write_csv().encode()


def both(statement: str, frames: Frames, folder: Path) -> pl.DataFrame:
    made = {
        run.__name__: by(run, statement, frames, folder / run.__name__)
        for run in (run_by_polars, run_by_duckdb)
    }
    assert made["run_by_polars"] == made["run_by_duckdb"]
    return in_order(pl.read_parquet(folder / "run_by_polars" / "result.parquet"))


def released(frame: pl.DataFrame, recoding: Recoding) -> pl.DataFrame:
    """What the engine gives: the number and the labels of every row that comes out."""
    numbers = pl.Series(ROW, range(frame.height), dtype=pl.Int64).filter(pl.Series(~recoding.suppressed))
    return in_order(recoding.labels().insert_column(0, numbers))


def test_counting_is_the_same_in_both_engines_and_right(
    frame: pl.DataFrame, table: Table, passes: Passes, tmp_path: Path
) -> None:
    levels = optimum(table, LIMITS).levels
    frames = {ROWS: records(frame, passes), **labels_at(table.hierarchies, levels)}
    counted = both(passes.counting, frames, tmp_path)
    assert counted["row_count"].sum() == SIZE
    labelled = frame.select("nhs", "outcome").hstack(
        [
            frame[tree.name].cast(pl.String).replace_strict({row[0]: row[level] for row in tree.rows})
            for tree, level in zip(table.hierarchies, levels, strict=True)
        ]
    )
    plainly = labelled.group_by(NAMES).agg(
        row_count=pl.len(), person_count=pl.col("nhs").n_unique(), outcome_values=pl.col("outcome").n_unique()
    )
    assert_frame_equal(counted, in_order(plainly))
    values = both(passes.values("outcome"), frames, tmp_path)
    assert values["row_count"].sum() == SIZE
    assert values.height == counted["outcome_values"].sum()


def test_recode_at_levels_is_the_same_in_both_engines_and_the_engines_own(
    frame: pl.DataFrame, table: Table, passes: Passes, tmp_path: Path
) -> None:
    found = optimum(table, LIMITS)
    frames = {ROWS: records(frame, passes), **labels_at(table.hierarchies, found.levels)}
    made = both(passes.by_level(LIMITS), frames, tmp_path)
    assert 0 < made.height < SIZE
    assert_frame_equal(made, released(frame, found.recoding))


def test_recode_by_class_is_the_same_in_both_engines_and_the_engines_own(
    frame: pl.DataFrame, table: Table, passes: Passes, tmp_path: Path
) -> None:
    found = recode(table, LIMITS, Method.FAST)
    frames = {ROWS: records(frame, passes), **classes_of(found)}
    assert_frame_equal(both(passes.by_class, frames, tmp_path), released(frame, found))


def test_a_name_that_would_need_quoting_is_refused() -> None:
    with pytest.raises(SetUpRefusal, match="small letters"):
        Passes(("age; DROP TABLE records",), (), "nhs")
