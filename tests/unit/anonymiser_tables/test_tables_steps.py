"""Each mean is told with its step, and a mean in steps too wide to say anything is not listed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.desk import Answer, Desk, Rows
from anonymiser.tables.ledger import Cell, Ledger, open_ledger
from anonymiser.tables.queries import Allowed, QueryRefused
from anonymiser.tables.rules import DEFAULT
from anonymiser.tables.steps import fewest_told, step_of, steps_told
from tests.unit.anonymiser_tables.referrals import KEY, referrals

MEAN = {"dimensions": ["need"], "measure": {"mean": "weeks"}}
WEEKS, WIDEST = [1.0, 2.0, 3.0, 5.0], 52.0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger", KEY) as opened:
        yield opened


def asked(groups: dict[str, int], ledger: Ledger, *, coarsest: float | None = 1.0) -> Answer:
    frame = referrals({(need,): people for need, people in groups.items()}, "need")
    frame = frame.with_columns(weeks=pl.Series([WEEKS[at % len(WEEKS)] for at in range(frame.height)]))
    allowed = Allowed(
        columns={"need": frozenset(groups)},
        numbers=frozenset({"weeks"}),
        widest={"weeks": WIDEST},
        coarsest={} if coarsest is None else {"weeks": coarsest},
    )
    return Desk(Rows("r1", frame, partial(aggregates_by_polars, frame)), allowed, ledger).answer(MEAN)


def test_each_mean_is_told_with_the_step_that_it_was_told_in(ledger: Ledger) -> None:
    answer = asked({"money": 600, "debt": 120, "food": 60}, ledger)
    assert answer.cells["need"].to_list() == ["debt", "food", "money"]
    assert answer.steps == (0.5, 1.0, 0.1)
    for mean, each in zip(answer.cells["mean"], answer.steps, strict=True):
        assert abs(mean - sum(WEEKS) / len(WEEKS)) <= each / 2 + 1e-9


def test_a_mean_in_steps_too_wide_to_say_anything_is_not_listed(ledger: Ledger) -> None:
    answer = asked({"money": 600, "food": 20, "debt": 52}, ledger)
    assert answer.cells["need"].to_list() == ["money"]
    assert len(answer.steps) == 1
    assert answer.most_unlisted == 52


def test_the_control_a_mean_without_such_a_bound_is_far_off(ledger: Ledger) -> None:
    answer = asked({"money": 600, "food": 20}, ledger, coarsest=None)
    assert dict(answer.cells.rows())["food"] == 5.0
    assert answer.steps == (5.0, 0.1)


def test_where_every_line_is_so_the_refusal_says_of_how_many_people(ledger: Ledger) -> None:
    with pytest.raises(QueryRefused, match="52 people or fewer"):
        asked({"food": 20, "debt": 30}, ledger)


@pytest.mark.parametrize("others", [[0.0] * 30, [50.0] * 30, [0.0, 50.0] * 15])
def test_whether_a_mean_is_listed_is_for_the_people_alone_never_for_their_numbers(
    others: list[float], ledger: Ledger
) -> None:
    frame = referrals({("money",): 600, ("food",): 30}, "need")
    frame = frame.with_columns(weeks=pl.Series([3.0] * 600 + others))
    allowed = Allowed(
        columns={"need": frozenset({"money", "food"})},
        numbers=frozenset({"weeks"}),
        widest={"weeks": WIDEST},
        coarsest={"weeks": 1.0},
    )
    answer = Desk(Rows("r1", frame, partial(aggregates_by_polars, frame)), allowed, ledger).answer(MEAN)
    assert answer.cells["need"].to_list() == ["money"]


def test_the_fewest_people_are_those_of_the_first_step_that_is_fine_enough() -> None:
    fewest = fewest_told(DEFAULT, WIDEST, 1.0)
    assert step_of(fewest, DEFAULT, WIDEST) <= 1.0 < step_of(fewest - 1, DEFAULT, WIDEST)
    assert fewest_told(DEFAULT, 0.0, 1.0) == DEFAULT.smallest


def after(*releases: Cell) -> float:
    told = steps_told([[cell] for cell in releases], lambda people: step_of(people, DEFAULT, WIDEST))
    return told[("food",)]


def test_a_few_people_more_or_fewer_do_not_change_the_step() -> None:
    first, few, ten = (Cell(("food",), people, 4.0) for people in (53, 50, 43))
    assert after(first) == 1.0
    assert after(first, few) == 1.0
    assert after(first, few, ten) == 2.0
    assert after(first, few, ten, Cell(("food",), 53, 4.0)) == 1.0


def test_a_mean_that_is_held_back_keeps_the_step_of_its_own_people() -> None:
    assert after(Cell(("food",), 53, 4.0), Cell(("food",), 20, 4.0, held_back=True)) == 1.0
