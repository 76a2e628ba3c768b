"""The steps that touch every row, run on a million by polars, by DuckDB and by Spark: the same bytes from each."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from anonymiser.engine.lattice import optimum
from anonymiser.engine.model import Thresholds
from anonymiser.engine.passes import (
    ROWS,
    classes_of,
    in_order,
    labels_at,
    passes_of,
    records,
    run_by_duckdb,
    run_by_polars,
)
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.table import read_table
from tests.unit.anonymiser_engine.engine_tables import sample, sample_policy

PEERS = Path(os.environ.get("SPARK_PYTHON", Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"))
LIMITS = Thresholds(k=10, l=3, t=1)
SIZE = 1_000_000

pytestmark = pytest.mark.timeout(3600)


@cache
def no_spark() -> str:
    """Why Spark cannot run here; nothing where it can."""
    if shutil.which("java") is None:
        return "no Java here"
    if not PEERS.is_file():
        return "no environment of the peers: see peers.in"
    found = subprocess.run([PEERS, "-c", "import pyspark"], capture_output=True, check=False)
    return "no pyspark in the environment of the peers" if found.returncode else ""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder, policy = tmp_path_factory.mktemp("passes"), sample_policy(LIMITS)
    table = read_table(sample(SIZE), policy)
    frames = {
        ROWS: records(sample(SIZE), passes_of(policy)),
        **labels_at(table.hierarchies, optimum(table, LIMITS).levels),
        **classes_of(recode(table, LIMITS, Method.FAST)),
    }
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in frames}


def test_three_engines_give_the_same_bytes(tables: Mapping[str, Path], tmp_path: Path) -> None:
    passes = passes_of(sample_policy(LIMITS))
    statements = {
        "counting": passes.counting,
        "values": passes.values("outcome"),
        "recode by level": passes.by_level(LIMITS),
        "recode by class": passes.by_class,
    }
    ours = {name: _here(statement, tables, tmp_path) for name, statement in statements.items()}
    assert all(one == other for one, other in ours.values())
    if why := no_spark():
        print(f"\nSpark: skipped, {why}")
        return
    folders = {name: tmp_path / name.replace(" ", "-") for name in statements}
    order = {
        "tables": {name: str(path) for name, path in tables.items()},
        "statements": {name: [statements[name], str(folders[name])] for name in statements},
    }
    (tmp_path / "order.json").write_text(json.dumps(order))
    command = [PEERS, Path(__file__).with_name("peers_spark.py"), tmp_path / "order.json"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = json.loads(told.splitlines()[-1])
    for name, (one, _) in ours.items():
        spark = in_order(pl.read_parquet(folders[name] / "*.parquet")).write_csv().encode()
        print(f"\n{name}: Spark {seconds[name]:.1f} s, the same {len(one):,} bytes", end="")
        assert spark == one
    print()


def _here(statement: str, tables: Mapping[str, Path], folder: Path) -> tuple[bytes, bytes]:
    made, took = [], []
    for run in (run_by_polars, run_by_duckdb):
        out = folder / f"{run.__name__}.parquet"
        begun = time.perf_counter()
        run(statement, tables, out)
        took.append(time.perf_counter() - begun)
        made.append(in_order(pl.read_parquet(out)).write_csv().encode())
    print(f"\npolars {took[0]:.2f} s, DuckDB {took[1]:.2f} s: {len(made[0]):,} bytes", end="")
    return made[0], made[1]
