"""Whoever chooses the questions learns nothing of one person from which of them are answered."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.desk import Desk, Rows
from anonymiser.tables.ledger import open_ledger
from anonymiser.tables.queries import Allowed, QueryRefused
from tests.unit.anonymiser_tables.referrals import KEY

MONTHS = [f"2026-{month:02}" for month in range(1, 7)]
OUTCOMES = ["better", "no-change", "worse"]
Question = dict[str, Any]


def world(outcome: str) -> pl.DataFrame:
    """Of one practice: of each outcome 46 people of the first five months, and one person alone in the last."""
    rows = [
        (each, MONTHS[at % 5], "FM"[at % 2], 1000 * number + at)
        for number, each in enumerate(OUTCOMES, start=1)
        for at in range(46)
    ]
    schema = {"outcome": pl.String, "month": pl.String, "sex": pl.String, "person": pl.Int64}
    return pl.DataFrame([*rows, (outcome, MONTHS[5], "F", 1)], schema=schema, orient="row")


def told(
    frame: pl.DataFrame, questions: Sequence[Question], folder: Path
) -> list[list[tuple[Any, ...]] | None]:
    """What a desk answers, question after question; None where it is refused."""
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    values = {name: frozenset(frame[name]) for name in words} | {"month": frozenset(MONTHS)}
    folder.mkdir()
    answers: list[list[tuple[Any, ...]] | None] = []
    with open_ledger(folder / "ledger", KEY) as ledger:
        allowed = Allowed(columns=values, numbers=frozenset({"weeks"}) & {*frame.columns})
        desk = Desk(Rows("r1", frame, partial(aggregates_by_polars, frame)), allowed, ledger)
        for question in questions:
            try:
                answers.append(desk.answer(question).cells.rows())
            except QueryRefused:
                answers.append(None)
    return answers


def trackers() -> dict[str, list[Question]]:
    """Ways to ask once with the one person and once without, by each outcome."""
    one = [{"filters": {"outcome": [each]}} for each in OUTCOMES]
    others = [{"filters": {"outcome": [each], "month": MONTHS[:5]}} for each in OUTCOMES]
    parts = [{**each, "dimensions": ["sex"]} for each in others]
    by_outcome = {"dimensions": ["outcome"], "filters": {"month": MONTHS[:5]}}
    return {
        "all, then all but one": [*one, *others],
        "all but one, then all": [*others, *one],
        "all, then the parts of all but one": [*one, *parts],
        "the parts of all but one, then all": [*parts, *one],
        "by outcome, of all but one and of all": [by_outcome, {"dimensions": ["outcome"]}],
        "by outcome and month": [{"dimensions": ["outcome", "month"]}, *one],
        "the other months": [{"filters": {"month": [MONTHS[5], MONTHS[0]]}, "dimensions": ["outcome"]}, *one],
    }


@pytest.mark.parametrize("way", trackers())
def test_which_questions_are_answered_is_the_same_whatever_came_of_one_person(
    way: str, tmp_path: Path
) -> None:
    """46 people and 47 both print as 45, so that any difference is in what is told, and not in a number."""
    first, second, third = (told(world(each), trackers()[way], tmp_path / each) for each in OUTCOMES)
    assert first == second == third
    assert any(first)


def test_same_people_in_the_same_words_otherwise_put_are_told_again(tmp_path: Path) -> None:
    """A filter of one value is that value's group: nothing follows from being told both."""
    asked: list[Question] = [
        {"dimensions": ["outcome", "sex"]},
        {"dimensions": ["sex"], "filters": {"outcome": ["better"]}},
    ]
    both, one = told(world("better"), asked, tmp_path / "same")
    assert both is not None
    assert one == [line[1:] for line in both if line[0] == "better"]


# A practice's men: eleven people with a housing referral each, of whom one has a second, for food, of 47 weeks.
WEEKS = [2, 3, 5, 1, 2, 8, 3, 5, 2, 3, 1]


def men(*, food_comes_first: bool) -> pl.DataFrame:
    rows = [("housing", weeks, person) for person, weeks in enumerate(WEEKS)]
    rows = [("food", 47, 0), *rows] if food_comes_first else [*rows, ("food", 47, 0)]
    others = [("debt", 4, 100 + at) for at in range(60)]
    schema = {"need": pl.String, "weeks": pl.Int64, "person": pl.Int64}
    return pl.DataFrame([*rows, *others], schema=schema, orient="row")


MEAN: Question = {"measure": {"mean": "weeks"}}
OF_ALL: Question = {**MEAN, "filters": {"need": ["food", "housing"]}}
WITHOUT: Question = {**MEAN, "filters": {"need": ["housing"]}}
ITSELF: Question = {**MEAN, "filters": {"need": ["food"]}}


@pytest.mark.parametrize("food_comes_first", [True, False])
@pytest.mark.parametrize("questions", [[OF_ALL, WITHOUT, ITSELF], [WITHOUT, OF_ALL, ITSELF]])
def test_two_means_give_no_persons_second_referral_away(
    questions: list[Question], food_comes_first: bool, tmp_path: Path
) -> None:
    first, second, food = told(men(food_comes_first=food_comes_first), questions, tmp_path / "desk")
    assert (second, food) == (None, None)
    assert first is None or len(first) == 1


def test_two_means_of_all_referrals_would_give_it_away() -> None:
    """The control: twelve times the mean of all less eleven times that of the others is the one referral."""
    frame = men(food_comes_first=False).filter(pl.col("need") != "debt")
    of_all, without = (
        round(frame.filter(pl.col("need").is_in(needs))["weeks"].sum() / rows, 1)
        for needs, rows in ((["food", "housing"], 12), (["housing"], 11))
    )
    assert abs(12 * of_all - 11 * without - 47) < 2


def test_mean_of_a_need_is_no_danger_to_its_count_and_tells_no_number_of_people(tmp_path: Path) -> None:
    asked: list[Question] = [{"dimensions": ["need"]}, {**MEAN, "dimensions": ["need"]}]
    counts, means = told(men(food_comes_first=False), asked, tmp_path / "desk")
    assert counts == [("debt", 60), ("housing", 10)]
    assert means == [("debt", 4.0), ("housing", round(sum(WEEKS) / 11, 1))]
