"""Tables for the engine's tests: the published samples, invented small ones, and a plain second count of classes."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from anonymiser.engine.hierarchies import Hierarchy, define, read
from anonymiser.engine.model import Column, Count, Policy, Role, Thresholds
from anonymiser.engine.recoding import Recoding

SAMPLES = Path(__file__).parents[2] / "data" / "anonymisation"
NAMES = ("age", "sex", "ethnicity", "lsoa", "month", "practice", "need")
ROWS = Thresholds(k=10, l=1, t=1, count=Count.ROWS)


@cache
def expected() -> dict[str, Any]:
    """What other tools made of the samples."""
    found: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text())
    return found


@cache
def sample(rows: int) -> pl.DataFrame:
    return pl.read_parquet(SAMPLES / f"ref_{rows}.parquet")


def sample_policy(thresholds: Thresholds) -> Policy:
    quasi = [(name, read(SAMPLES / f"h_{name}.csv", name)) for name in NAMES]
    return Policy(
        columns=(
            *(Column(name=name, role=Role.QUASI_IDENTIFIER, hierarchy=tree) for name, tree in quasi),
            Column(name="nhs", role=Role.PERSON),
            Column(name="outcome", role=Role.SENSITIVE),
            Column(name="wb_before", role=Role.DROPPED),
            Column(name="wb_after", role=Role.DROPPED),
        ),
        thresholds=thresholds,
    )


PLACE = define(
    "place",
    [(f"street {n}", f"ward {n // 3}", "east" if n < 6 else "west", "*") for n in range(12)],
)
BAND = define("band", [(str(n), "young" if n < 3 else "old", "*") for n in range(6)])
KIND = define("kind", [(letter, "*") for letter in "abc"])
TREES = (PLACE, BAND, KIND)
# Not in the order of their spelling.
SCORES = ("low", "fair", "good", "best")


def small_policy(thresholds: Thresholds) -> Policy:
    return Policy(
        columns=(
            *(Column(name=tree.name, role=Role.QUASI_IDENTIFIER, hierarchy=tree) for tree in TREES),
            Column(name="person", role=Role.PERSON),
            Column(name="outcome", role=Role.SENSITIVE),
            Column(name="score", role=Role.SENSITIVE, order=SCORES),
        ),
        thresholds=thresholds,
    )


@st.composite
def small_frames(draw: st.DrawFn, most: int = 90) -> pl.DataFrame:
    """Lopsided tables, in which some people have many rows and some places have nearly none."""
    rows = draw(st.integers(0, most))
    chance = random.Random(draw(st.integers(0, 2**32)))
    people = draw(st.integers(1, max(rows, 1)))

    def leaning(values: Sequence[str]) -> list[str]:
        return [values[int(len(values) * chance.random() ** 2)] for _ in range(rows)]

    return pl.DataFrame(
        {
            **{tree.name: leaning(tree.leaves) for tree in TREES},
            "person": [chance.randrange(people) for _ in range(rows)],
            "outcome": leaning(["better", "same", "worse", "left"]),
            "score": leaning(SCORES),
        },
        schema={
            **{tree.name: pl.String for tree in TREES},
            "person": pl.UInt32,
            "outcome": pl.String,
            "score": pl.String,
        },
    )


thresholds = st.builds(
    Thresholds,
    k=st.integers(1, 6),
    l=st.integers(1, 3),
    t=st.sampled_from([0.2, 0.4, 0.5, 1.0]),
    suppressed=st.sampled_from([0.0, 0.1, 0.4]),
    count=st.sampled_from(Count),
)


@dataclass(frozen=True)
class Released:
    """A row that came out: its labels beside what was in the extract."""

    labels: tuple[str, ...]
    row: Mapping[str, Any]


def released(frame: pl.DataFrame, recoding: Recoding) -> list[Released]:
    kept = frame.filter(pl.Series(~recoding.suppressed, dtype=pl.Boolean))
    return [
        Released(labels, row)
        for labels, row in zip(recoding.labels().iter_rows(), kept.iter_rows(named=True), strict=True)
    ]


def unsafe_classes(rows: list[Released], limits: Thresholds) -> list[str]:
    """What a plain count finds wrong, class by class; distances are to all of these rows."""
    classes: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for each in rows:
        classes[each.labels].append(each.row)
    found = []
    everybody = [each.row for each in rows]
    for labels, members in classes.items():
        crowd = len(members) if limits.count is Count.ROWS else len({row["person"] for row in members})
        if crowd < limits.k:
            found.append(f"{labels}: {crowd} of {limits.k}")
        for column in ("outcome", "score"):
            values = len({row[column] for row in members})
            far = _distance(members, everybody, column)
            if values < limits.l:
                found.append(f"{labels}: {values} values of {column}")
            if far > limits.t + 1e-9:
                found.append(f"{labels}: {column} is {far} away")
    return found


def _distance(
    members: Sequence[Mapping[str, Any]], everybody: Sequence[Mapping[str, Any]], column: str
) -> float:
    rank = SCORES.index if column == "score" else str
    here, all_values = Counter(row[column] for row in members), Counter(row[column] for row in everybody)
    apart = [
        here[value] / len(members) - all_values[value] / len(everybody)
        for value in sorted(all_values, key=rank)
    ]
    if column == "outcome":
        return sum(map(abs, apart)) / 2
    return sum(abs(sum(apart[: place + 1])) for place in range(len(apart))) / max(len(apart) - 1, 1)


def covers(tree: Hierarchy, label: str, leaf: str) -> bool:
    """Whether a label is a value of the published hierarchy over this exact value."""
    return any(row[0] == leaf and label in row for row in tree.rows)
