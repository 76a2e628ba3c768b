"""A table of 150 practices by 24 needs beside the tools of others, and an intruder with linear programming."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_duckdb, aggregates_by_polars
from anonymiser.tables.auditing import Audit
from anonymiser.tables.cell_keys import perturbed_counts, ptable_10_5, record_keys
from anonymiser.tables.complementary import printed_bounds
from anonymiser.tables.counting import count
from anonymiser.tables.narrowing import freedom, values_left
from anonymiser.tables.publishing import Table, Why, publish
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import DEFAULT, HES, HES_GUARDED, OPENSAFELY, UNBOUNDED, Ints, Rule, Totals
from tests.bench.bars import Bar, Bars

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
SAMPLE = ROOT / "tests" / "data" / "anonymisation" / "ref_100000.parquet"
FASTER = 300
TRIED, MANY = 24, 50  # cells put to HiGHS, which takes its time; values counted of each

needs_peers = pytest.mark.skipif(not PEERS.exists(), reason="the peers' environment is not there")

_ACRO = """
import contextlib, io, logging, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from acro import ACRO
logging.disable(logging.CRITICAL)
rows = pd.read_parquet(sys.argv[1], columns=["practice", "need"])
with contextlib.redirect_stdout(io.StringIO()):
    acro = ACRO(suppress=True)
taken = []
for _ in range(2):
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        made = acro.crosstab(rows["practice"], rows["need"], margins=True)
    taken.append(time.perf_counter() - begun)
print(min(taken))
"""

# Rows and columns with totals last; what is printed says [low, high] of each entry, and every line adds up.
_INTRUDER = """
import json, sys
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix
told = json.load(sys.stdin)
low, high = np.array(told["low"]), np.array(told["high"], dtype=float)
high[high > 1e9] = np.inf
height, width = low.shape
number = np.arange(height * width).reshape(height, width)
sums = lil_matrix((height + width, height * width))
for row in range(height):
    sums[row, number[row, :-1]] = 1
    sums[row, number[row, -1]] = -1
for column in range(width):
    sums[height + column, number[:-1, column]] = 1
    sums[height + column, number[-1, column]] = -1
sums, nothing = sums.tocsr(), np.zeros(height + width)
bounds = np.column_stack([low.ravel(), high.ravel()])
left = []
for row, column in told["withheld"]:
    ends = []
    for sign in (-1, 1):
        goal = np.zeros(height * width)
        goal[number[row, column]] = sign
        found = linprog(goal, A_eq=sums, b_eq=nothing, bounds=bounds, method="highs")
        ends.append(np.inf if found.status == 3 else abs(found.fun))
    left.append(ends[0] - ends[1] + 1 if np.isfinite(ends[0] - ends[1]) else None)
print(json.dumps(left))
"""

_ONS = """
import json, sys
import numpy as np, pandas as pd
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from cell_key_perturbation.utils.generate_test_ptable import generate_ptable_10_5_rule
told = json.load(sys.stdin)
ptable = generate_ptable_10_5_rule()
if told["noise"] is not None:
    ptable["pvalue"] = np.array(told["noise"]).ravel()
by = told["by"]
made = create_perturbed_table(pd.DataFrame(told["rows"]), ptable, by[:1], by[1:], "record_key")
counts = [None if pd.isna(each) else int(each) for each in made["count"]]
print(json.dumps(sorted([*labels, each] for *labels, each in zip(*(made[name] for name in by), counts))))
"""


def peers(script: str, *arguments: str, told: object = None) -> str:
    command = [str(PEERS), "-c", script, *arguments]
    made = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=True)
    return made.stdout.strip().splitlines()[-1]


def seconds(work: Callable[[], object], times: int = 9) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def rows() -> pl.DataFrame:
    frame = pl.read_parquet(SAMPLE)
    return frame.with_columns(person=pl.col("nhs").rank("dense").cast(pl.UInt32))


def one_cell_each() -> pl.DataFrame:
    """Every referral as a person of its own, so that each total is the sum of its cells."""
    return rows().with_columns(person=pl.int_range(pl.len(), dtype=pl.UInt32))


@needs_peers
def test_a_table_of_practices_by_needs_beside_acro(bars: Bars) -> None:
    frame = rows()
    ours = seconds(lambda: publish(count(frame, ["practice"], ["need"]), DEFAULT))
    guarded = seconds(lambda: publish(count(frame, ["practice"], ["need"]), HES_GUARDED), times=3)
    acro = float(peers(_ACRO, str(SAMPLE)))
    floor = seconds(lambda: frame.group_by("practice", "need").agg(pl.col("person").n_unique()))
    print(
        f"\n150 x 24 at 100,000 rows: acro {acro:.2f} s; ours {ours * 1000:.1f} ms ({acro / ours:.0f}x faster), "
        f"one polars group-by of people {floor * 1000:.1f} ms; with further cells withheld {guarded:.2f} s"
    )
    what = "table of 150 x 24, 100,000 rows: acro's seconds over ours"
    bars.check(Bar(what=what, ours=f"{ours:.4f}", theirs=f"{acro:.2f}", ratio=acro / ours, least=FASTER))


@needs_peers
@pytest.mark.parametrize("rule", [DEFAULT, OPENSAFELY, HES, HES_GUARDED], ids=lambda rule: rule.name)
def test_linear_programming_narrows_no_withheld_cell_to_fewer_than_five_values(
    rule: Rule, bars: Bars
) -> None:
    """Every cell by our own arithmetic; by HiGHS the narrowest of those, which have to come out the same."""
    table = publish(count(one_cell_each(), ["practice"], ["need"]), rule)
    low, high = _as_printed(table)
    ours = freedom(table.grid.people, low, high)
    withheld = [(int(row), int(column)) for row, column in np.argwhere(~table.printed)]
    values = {at: values_left(ours, *at, enough=MANY) for at in withheld}
    narrowest = sorted(withheld, key=values.__getitem__)[:TRIED]
    told = {"low": low.tolist(), "high": high.tolist(), "withheld": narrowest}
    theirs = json.loads(peers(_INTRUDER, told=told))
    print(f"\n{rule.name}: {len(withheld)} withheld, the narrowest has {min(values.values())} values left")
    assert [round(each) for each in theirs if each] == [values[at] for at in narrowest]
    fewest, what = (
        min(values.values()),
        f"table under {rule.name}: fewest values linear programming leaves of a cell",
    )
    bars.check(Bar(what=what, ours=f"{fewest}", theirs="", ratio=fewest, least=5))


def _as_printed(table: Table) -> tuple[Ints, Ints]:
    """Each entry's bounds as a reader knows them, who is even told which cells were withheld as small."""
    low, high = printed_bounds(table.grid.people, table.why == Why.FURTHER, table.rule)
    if table.rule.totals is Totals.OF_SHOWN:  # such totals speak of the printed cells, not of the people
        for line in (np.s_[-1], np.s_[:, -1]):
            low[line], high[line] = 0, UNBOUNDED
    return low, high


@needs_peers
def test_cell_keys_give_what_onss_own_package_gives() -> None:
    frame = rows().unique("person", keep="first", maintain_order=True)
    frame = frame.with_columns(record_keys(frame["person"], bytes(32)))
    noise = np.random.default_rng(3).integers(-4, 5, (750, 256))
    for by, ptable in ((["practice", "need"], None), (["sex", "need"], noise)):
        told = {
            "by": by,
            "noise": None if ptable is None else ptable.tolist(),
            "rows": {name: frame[name].to_list() for name in [*by, "record_key"]},
        }
        ours = perturbed_counts(frame, by, ptable_10_5() if ptable is None else ptable)
        assert [list(row) for row in sorted(ours.rows())] == json.loads(peers(_ONS, told=told))


def test_a_question_through_duckdb_and_through_polars(tmp_path: Path) -> None:
    frame, path, query = rows(), tmp_path / "rows.parquet", Query(("practice", "need"), mean_of="wb_after")
    frame.write_parquet(path)
    assert aggregates_by_polars(frame, query).equals(aggregates_by_duckdb(path, query))
    polars = seconds(lambda: aggregates_by_polars(frame, query))
    duckdb = seconds(lambda: aggregates_by_duckdb(path, query))
    audit = Audit(frame, DEFAULT)
    for dimensions in (("need",), ("practice",), ("sex", "need"), ("practice", "need")):
        audit.remember(Query(dimensions))
    audited = seconds(lambda: audit.to_withhold(Query(("practice",), {"sex": ("F",)})), times=3)
    print(
        f"\na mean by practice and need: polars {polars * 1000:.0f} ms, DuckDB {duckdb * 1000:.0f} ms; "
        f"audit against four answers {audited * 1000:.0f} ms"
    )
