"""No two means, of whatever questions in whatever order, are of people whom one to nine part."""

import itertools
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.answering import ruled, step
from anonymiser.tables.desk import Desk, Rows
from anonymiser.tables.ledger import open_ledger
from anonymiser.tables.queries import Allowed, Query, QueryRefused
from anonymiser.tables.rules import DEFAULT
from tests.unit.anonymiser_tables.referrals import KEY

COLUMNS = {"sex": ("F", "M", "X"), "need": ("debt", "food", "housing"), "month": ("2026-01", "2026-02")}
WIDEST = 52.0
OF_WEEKS = {"mean": "weeks"}
Cell = tuple[frozenset[int], float]


def people() -> pl.DataFrame:
    """Many of each sex, need and month, and three who are alone: with a sex, and with a need in a month."""
    chance = random.Random(7)
    common = itertools.product("FM", ("debt", "housing"), COLUMNS["month"])
    rows = [at for at in common for _ in range(chance.randint(11, 16))]
    rows += [("X", "debt", "2026-01"), ("F", "food", "2026-02"), ("M", "food", "2026-01")]
    schema = dict.fromkeys(COLUMNS, pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    weeks = [chance.randint(0, 30) for _ in rows]
    return frame.with_columns(weeks=pl.Series(weeks), person=pl.int_range(pl.len(), dtype=pl.Int64))


def questions() -> list[dict[str, Any]]:
    """Every one or two values of up to two columns, told by nothing or by a third."""
    some = {
        name: [list(each) for n in (1, 2) for each in itertools.combinations(values, n)]
        for name, values in COLUMNS.items()
    }
    asked: list[dict[str, Any]] = [
        {"dimensions": list(names)} for n in (0, 1, 2) for names in itertools.combinations(COLUMNS, n)
    ]
    for name, chosen in some.items():
        for values, by in itertools.product(chosen, ([], *([other] for other in COLUMNS if other != name))):
            asked.append({"filters": {name: values}, "dimensions": by})
    return [{**each, "measure": OF_WEEKS} for each in asked]


def who(frame: pl.DataFrame, question: dict[str, Any], labels: Sequence[str]) -> frozenset[int]:
    """The people of a line, by a count that knows nothing of the desk."""
    chosen = [pl.col(name).is_in(values) for name, values in question.get("filters", {}).items()]
    chosen += [pl.col(name) == label for name, label in zip(question["dimensions"], labels, strict=True)]
    return frozenset(frame.filter(*chosen)["person"])


def told(frame: pl.DataFrame, asked: Sequence[dict[str, Any]], folder: Path) -> list[Cell]:
    values = {name: frozenset(each) for name, each in COLUMNS.items()}
    allowed = Allowed(columns=values, numbers=frozenset({"weeks"}), widest={"weeks": WIDEST})
    found = []
    with open_ledger(folder / "ledger", KEY) as ledger:
        desk = Desk(Rows("r1", frame, partial(aggregates_by_polars, frame)), allowed, ledger)
        for question in asked:
            try:
                rows = desk.answer(question).cells.rows()
            except QueryRefused:
                continue
            found += [(who(frame, question, labels), mean) for *labels, mean in rows]
    return found


def parted_by_few(found: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
    return ((one, two) for one, two in itertools.combinations(found, 2) if 1 <= len(one[0] ^ two[0]) <= 9)


@pytest.mark.parametrize("seed", range(4))
def test_means_that_the_desk_tells_are_not_parted_by_a_few(seed: int, tmp_path: Path) -> None:
    asked = questions()
    random.Random(seed).shuffle(asked)
    found = told(people(), asked, tmp_path)
    assert len(found) > 10
    assert list(parted_by_few(found)) == []


def bare(frame: pl.DataFrame, widest: float) -> list[Cell]:
    """What would be told with the rule and the steps alone, and nobody to look at two answers."""
    found = []
    for question in questions():
        query = Query(tuple(question["dimensions"]), question.get("filters", {}), "weeks")
        shown = ruled(aggregates_by_polars(frame, query), query, DEFAULT, widest=widest)
        rows = shown.filter(pl.col("mean").is_not_null()).select(*query.dimensions, "mean").rows()
        found += [(who(frame, question, labels), mean) for *labels, mean in rows]
    return found


def test_two_bare_means_that_one_person_parts_would_tell_that_ones_number() -> None:
    """The control, with fine means: told so, one answer less another is somebody's weeks."""
    frame = people()
    weeks = dict(frame.select("person", "weeks").rows())
    worked_out = [
        abs(abs(len(one) * first - len(two) * second) - weeks[next(iter(one ^ two))])
        for (one, first), (two, second) in parted_by_few(bare(frame, 0.0))
        if len(one ^ two) == 1
    ]
    assert worked_out
    assert min(worked_out) < 2


def test_steps_by_themselves_leave_the_whole_scale_between_two_means_that_one_person_parts() -> None:
    """A second guard, where the first should fail: each mean alone leaves its sum open by the whole scale."""
    frame = people()
    pairs = [(one, two) for one, two in parted_by_few(bare(frame, WIDEST)) if len(one[0] ^ two[0]) == 1]
    assert pairs
    for (one, _), (two, _) in pairs:
        assert all(len(each) * step(len(each), WIDEST) >= WIDEST for each in (one, two))
