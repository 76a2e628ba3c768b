"""What checking a million rows costs, beside one polars group-by of the same columns and beside pycanon."""

import json
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymiser.checking.cells import Rule
from anonymiser.checking.classes import measure
from anonymiser.checking.columns import Layout, code
from anonymiser.checking.findings import Limits
from anonymiser.checking.review import Inside, review
from anonymiser.checking.table_audit import Table, audit_table
from tests.bench.bars import Bar, Bars
from tests.unit.anonymiser_checking.releases import LAYOUT, QUASI, at_levels, crowded, hierarchies, referrals

PEERS = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
ROWS = 1_000_000
LEVELS = (2, 0, 1, 2, 1, 2, 1)  # the optimum of ARX for these rows
KNOWN = ("age", "sex", "lsoa", "practice", "month")


@pytest.fixture(scope="module")
def recoded() -> pl.DataFrame:
    return at_levels(referrals(ROWS), LEVELS).select(*QUASI, "outcome", "person", "row")


def best(*works: Callable[[], object], times: int = 5) -> list[float]:
    """The quickest run of each, taken in turns, so that a busy machine is equally unfair to all."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, mine in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            mine.append(time.perf_counter() - begun)
    return [min(mine) for mine in taken]


def group_by(frame: pl.DataFrame) -> object:
    return frame.group_by(*QUASI).len()


def check(frame: pl.DataFrame) -> object:
    return measure(code(frame, LAYOUT))


def test_a_check_costs_no_more_than_two_and_a_half_group_bys(recoded: pl.DataFrame, bars: Bars) -> None:
    categories = recoded.with_columns(pl.col(*QUASI, "outcome").cast(pl.Categorical))
    ratio, took = {}, {}
    for held, frame in (("words", recoded), ("categories", categories)):
        floor, ours = best(partial(group_by, frame), partial(check, frame), times=9)
        ratio[held], took[held] = ours / floor, (f"{ours:.3f}", f"{floor:.3f}")
        print(
            f"\ncheck of {ROWS:,} rows held as {held}: {ours:.3f} s, {ratio[held]:.2f} x a group-by ({floor:.3f} s)"
        )
    (mine, floors), what = (
        took["words"],
        "check k, l, t beside one polars group-by, s",
    )  # words, as a release is read
    bars.check(Bar(what=what, ours=mine, theirs=floors, ratio=ratio["words"], most=2.5))


@pytest.mark.skipif(
    not PEERS.is_file(), reason="the environment of the peers is not there: see tests/bench/peers.in"
)
@pytest.mark.timeout(1800)
def test_a_check_is_pycanons_answer_at_least_150_times_as_fast(tmp_path: Path, bars: Bars) -> None:
    recoded = at_levels(referrals(ROWS), LEVELS).select(*QUASI, "outcome", "person", "row")
    path = tmp_path / "recoded.parquet"
    recoded.drop("person", "row").write_parquet(path)
    command = [
        str(PEERS),
        str(Path(__file__).with_name("pycanon_answers.py")),
        str(path),
        ",".join(QUASI),
        "outcome",
    ]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    # The same question as theirs, and beside it ours: with the people counted too.
    same = Layout(quasi=QUASI, sensitive=("outcome",), person=None)
    ours = least_work(lambda: measure(code(recoded, same)))
    with_people = least_work(partial(check, recoded))
    found = measure(code(recoded, same))
    outcome = found.diversity["outcome"]
    assert (found.k_rows, outcome.l_distinct) == (theirs["k"], theirs["outcome"]["l"])
    assert outcome.t == pytest.approx(theirs["outcome"]["t"], abs=1e-9)
    print(
        f"\nprocessor seconds for k, l, t of {ROWS:,} rows: pycanon {theirs['seconds']:.1f}, ours {ours:.3f}",
        end="",
    )
    print(
        f" ({theirs['seconds'] / ours:.0f} x), with people {with_people:.3f} ({theirs['seconds'] / with_people:.0f} x)"
    )
    faster, spent = theirs["seconds"] / ours, f"{theirs['seconds']:.1f}"
    what = "check k, l, t: pycanon's processor seconds over ours"
    bars.check(Bar(what=what, ours=f"{ours:.3f}", theirs=spent, ratio=faster, least=150))


def least_work(work: Callable[[], object], times: int = 7) -> float:
    """Processor seconds, all threads together, which a busy machine changes less than those on the clock."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def test_a_whole_review_with_two_attacks_and_their_controls(recoded: pl.DataFrame) -> None:
    release, exact = crowded(recoded, 10), referrals(ROWS)
    inside = Inside(exact=exact, knowledge={"a neighbour": KNOWN, "somebody who knows all": QUASI})
    begun = time.perf_counter()
    found = review(release, LAYOUT, hierarchies(), inside, Limits(distinct=1, distance=1))
    print(f"\nreview of {release.height:,} rows: {time.perf_counter() - begun:.2f} s")
    assert found.findings == ()
    assert all(not each.is_held_off(10) for each in found.assessment.controls.values())


def test_an_audit_of_a_table_with_exact_totals() -> None:
    counts = np.random.default_rng(5).poisson(20, size=(150, 24))
    cells = [[int(count) if count == 0 or count >= 8 else None for count in row] for row in counts]
    table = Table(
        cells=cells, row_totals=counts.sum(axis=1).tolist(), column_totals=counts.sum(axis=0).tolist()
    )
    [taken] = best(lambda: audit_table(table, Rule(threshold=8, base=1)), times=2)
    found = audit_table(table, Rule(threshold=8, base=1))
    print(
        f"\naudit of 150 x 24 cells: {taken:.2f} s, {len(found.narrow)} of {found.suppressed} given away by totals"
    )
    assert found.narrow
