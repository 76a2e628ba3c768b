"""Measures: scored as their authors say, never more than the answers tell."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.measures import Item, Measure
from app.domain.outcomes import Phase, Taken
from app.services.measures.measure_library import shipped

DAY = date(2026, 3, 2)
LIBRARY = shipped()
ONS4, UCLA3 = LIBRARY.get("ons4"), LIBRARY.get("ucla3")
ITEMS = [(measure, item) for measure in LIBRARY.measures for item in measure.items]


@pytest.mark.parametrize(("each", "total"), [(1, 3), (2, 6), (3, 9)])
def test_ucla3_total_runs_from_3_to_9(each: int, total: int) -> None:
    answers = {"companionship": each, "left-out": each, "isolated": each}
    assert UCLA3.scores(answers) == answers | {"loneliness": total}


@pytest.mark.parametrize("missing", ["companionship", "left-out", "isolated"])
def test_missing_item_gives_no_total(missing: str) -> None:
    answers = {item.code: 2 for item in UCLA3.items if item.code != missing}
    assert UCLA3.scores(answers) == answers


def test_ons4_items_are_never_summed() -> None:
    answers = {item.code: 5 for item in ONS4.items}
    assert ONS4.scores(answers) == answers


def test_anxiety_and_loneliness_run_the_other_way() -> None:
    better_when_lower = {
        item.code for measure in (ONS4, UCLA3) for item in measure.items if not item.higher_is_better
    }
    assert better_when_lower == {"anxious", "companionship", "left-out", "isolated"}
    assert not UCLA3.higher_is_better("loneliness")


def test_item_of_another_measure_is_left_out_of_the_scores() -> None:
    assert ONS4.scores({"happy": 4, "companionship": 1}) == {"happy": 4}


@pytest.mark.parametrize(
    ("measure", "item"), ITEMS, ids=[f"{measure.code}-{item.code}" for measure, item in ITEMS]
)
def test_lowest_and_highest_answers_are_taken_and_those_beyond_refused(measure: Measure, item: Item) -> None:
    for fine in (item.low, item.high):
        assert LIBRARY.check_answers(measure.code, {item.code: fine}, "m", version=measure.version) == []
    for beyond in (item.low - 1, item.high + 1):
        (problem,) = LIBRARY.check_answers(measure.code, {item.code: beyond}, "m", version=measure.version)
        assert problem.field == f"m.{item.code}"
        assert f"from {item.low} to {item.high}" in problem.sentence


def test_every_wrong_answer_is_told_at_once() -> None:
    told = {"happy": 11, "anxious": -1, "cheerful": 3}
    problems = LIBRARY.check_answers("ons4", told, "measures.0.answers")
    assert [problem.field for problem in problems] == [
        "measures.0.answers.happy",
        "measures.0.answers.anxious",
        "measures.0.answers",
    ]


def test_unknown_measure_is_refused_with_the_known_ones() -> None:
    (problem,) = LIBRARY.check_answers("none-of-these", {"q1": 1}, "measures.0")
    assert "ons4, ucla3" in problem.sentence


def test_total_is_shown_by_the_name_of_its_measure() -> None:
    assert LIBRARY.display("ucla3", "loneliness") == "UCLA loneliness (three items)"
    assert LIBRARY.display("ons4", "happy") == "Overall, how happy did you feel yesterday?"


def test_answers_of_a_measure_whose_file_is_gone_stay_readable() -> None:
    gone = Taken("gone", Phase.AFTER, {"q1": 4}, DAY, version="7")
    assert LIBRARY.scores(gone) == {"q1": 4}
    assert LIBRARY.display("gone", "q1", "7") == "gone: q1"
