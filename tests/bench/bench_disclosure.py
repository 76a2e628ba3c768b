"""What the disclosure engine costs and what its labels lose: beside ARX's figures, anjana live, and one group-by."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest

from anonymiser.engine.lattice import optimum
from anonymiser.engine.model import Count, Thresholds
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.recoding import Recoding
from anonymiser.engine.table import Table, read_table
from tests.bench.bars import Bar, Bars
from tests.unit.anonymiser_engine.engine_tables import NAMES, ROWS, SAMPLES, expected, sample, sample_policy

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
PEOPLE = Thresholds(k=10, l=1, t=1)
STRICT = Thresholds(k=10, l=3, t=0.5)
SIZES = (10_000, 100_000, 1_000_000)
MEMORY_GIB = 0.5

T = TypeVar("T")

pytestmark = pytest.mark.timeout(3600)


@cache
def table(rows: int, count: Count) -> Table:
    limits = Thresholds(count=count)
    return read_table(sample(rows), sample_policy(limits))


def quickest(work: Callable[[], T], times: int = 3) -> tuple[float, T]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - begun)
    return min(taken), made


@cache
def floor(rows: int) -> float:
    """One polars group-by of the exact values, held as categories."""
    frame = sample(rows).select(NAMES).cast(pl.String).cast(pl.Categorical)
    return quickest(lambda: frame.group_by(NAMES).len())[0]


@pytest.mark.parametrize("rows", SIZES)
def test_full_domain_is_the_optimum_of_arx(rows: int, bars: Bars) -> None:
    theirs = expected()["arx_3_9_2_optimal_full_domain"][str(rows)]
    seconds, found = quickest(lambda: optimum(table(rows, Count.ROWS), ROWS))
    loss = found.recoding.loss
    print(
        f"\nfull domain, {rows:,} rows: loss {loss:.4f} (ARX {theirs['ncp']}) in {found.tried} tries, "
        f"{seconds:.3f} s = {seconds / floor(rows):.1f} x one group-by"
    )
    assert list(found.levels) == theirs["levels"]
    assert loss == pytest.approx(theirs["ncp"], abs=5e-5)
    what, same = f"full domain, {rows:,} rows: loss beside ARX's", loss / theirs["ncp"]
    bars.check(Bar(what=what, ours=f"{loss:.4f}", theirs=f"{theirs['ncp']}", ratio=same, most=1.0005))


def test_anjana_takes_longer_and_loses_more(tmp_path: Path, bars: Bars) -> None:
    if not PEERS.is_file():
        pytest.skip("no environment of the peers: see peers.in")
    rows = 100_000
    command = [
        PEERS,
        ROOT / "tests/bench/peers_anjana.py",
        SAMPLES,
        str(rows),
        ",".join(NAMES),
        tmp_path / "made",
    ]
    # Before and after the peer, so that a busy machine is unfair to both.
    before = quickest(lambda: optimum(table(rows, Count.ROWS), ROWS))
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["seconds"]
    after = quickest(lambda: optimum(table(rows, Count.ROWS), ROWS))
    ours = (before[0] + after[0]) / 2
    loss = _loss(pl.read_parquet(tmp_path / "made"), rows)
    mine = after[1].recoding.loss
    print(
        f"\nanjana, {rows:,} rows: loss {loss:.4f} in {theirs:.1f} s; ours {mine:.4f} in {ours:.3f} s, "
        f"{theirs / ours:.0f} x quicker"
    )
    assert mine <= 0.85 * loss
    what = f"full domain, {rows:,} rows: anjana's seconds over ours"
    bars.check(Bar(what=what, ours=f"{ours:.2f}", theirs=f"{theirs:.1f}", ratio=theirs / ours, least=150))


def _loss(labels: pl.DataFrame, rows: int) -> float:
    """The loss of somebody else's labels; rows that are not there have lost all."""
    lost = 0.0
    for tree in sample_policy(ROWS).hierarchies:
        of = dict(zip(tree.labels, tree.loss_of.tolist(), strict=True))
        lost += labels[tree.name].cast(pl.String).replace_strict(of, return_dtype=pl.Float64).sum()
    return (lost / len(NAMES) + rows - labels.height) / rows


@pytest.mark.parametrize("rows", SIZES)
def test_local_labels_lose_no_more_than_those_of_arx(rows: int, bars: Bars) -> None:
    theirs = expected()["arx_3_9_2_local_recoding"][str(rows)]["ncp"]
    for method, allowed in ((Method.LOCAL, 1.02), (Method.FAST, 1.06 if rows > SIZES[0] else 1.1)):
        made, took = {}, {}
        for said, limits in (("rows", ROWS), ("people", PEOPLE), ("people, l, t", STRICT)):
            took[said], made[said] = quickest(
                lambda limits=limits, method=method: recode(table(rows, limits.count), limits, method),
                times=2,
            )
            print(
                f"\n{method}, {rows:,} rows, {said}: loss {made[said].loss:.4f} = "
                f"{made[said].loss / theirs:.3f} x ARX, {took[said]:.3f} s = "
                f"{took[said] / floor(rows):.1f} x one group-by"
            )
        plain, strict = made["rows"].loss, made["people, l, t"].loss
        what = f"{method}, {rows:,} rows: "
        bars.check(_losses(what + "loss beside ARX's local", plain, theirs, most=allowed))
        bars.check(_losses(what + "loss with people, l and t beside rows", strict, plain, most=1.02))
        if rows == SIZES[-1]:
            bars.check(_times(what + "s with people, l, t", took["people, l, t"], took["rows"], most=3))
        if rows == SIZES[-1] and method is Method.FAST:
            bars.check(_times(what + "s", took["rows"], 1, most=3))
        assert _smallest(made["people, l, t"], rows) >= (10, 3)


def _losses(what: str, ours: float, theirs: float, *, most: float) -> Bar:
    return Bar(what=what, ours=f"{ours:.4f}", theirs=f"{theirs:.4f}", ratio=ours / theirs, most=most)


def _times(what: str, ours: float, theirs: float, *, most: float) -> Bar:
    return Bar(what=what, ours=f"{ours:.2f}", theirs=f"{theirs:.2f}", ratio=ours / theirs, most=most)


def _smallest(made: Recoding, rows: int) -> tuple[int, int]:
    """The fewest people and the fewest outcomes in any class, counted by polars from the labels."""
    kept = sample(rows).select("nhs", "outcome").filter(pl.Series(~made.suppressed))
    classes = made.labels().hstack(kept).group_by(NAMES)
    counts = classes.agg(people=pl.col("nhs").n_unique(), outcomes=pl.col("outcome").n_unique())
    return counts["people"].min(), counts["outcomes"].min()  # type: ignore[return-value]


def test_a_million_rows_fit_into_half_a_gibibyte(bars: Bars) -> None:
    command = [sys.executable, "-m", "tests.bench.bench_disclosure", str(SIZES[-1])]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    print(
        f"\nmemory, {SIZES[-1]:,} rows: {told['gib']:.2f} GiB at most, {told['read']:.2f} GiB of it after reading"
    )
    what = f"recoding {SIZES[-1]:,} rows, GiB"
    bars.check(Bar(what=what, ours=f"{told['gib']:.2f}", theirs="", ratio=told["gib"], most=MEMORY_GIB))


def _gib() -> float:
    # Not getrusage: its peak is inherited from the process that started this one.
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(peak.split()[1]) / 1024**2


def alone(rows: int) -> None:
    """Recode with all thresholds in a process of its own, and say how much memory it took."""
    made = read_table(sample(rows), sample_policy(STRICT))
    sample.cache_clear()
    read = _gib()
    recode(made, STRICT, Method.FAST)
    optimum(made, STRICT)
    print(json.dumps({"gib": _gib(), "read": read}))


if __name__ == "__main__":
    alone(int(sys.argv[1]))
