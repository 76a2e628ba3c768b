"""Measures: scored as their authors say, never more than the answers tell."""

from datetime import date

import pytest

from app.domain.outcomes import MEASURES, ONS4, UCLA3, Phase, Taken, check_answers, display, scores

DAY = date(2026, 3, 2)


def taken(measure: str, **answers: int) -> Taken:
    return Taken(
        measure, Phase.BEFORE, {code.replace("_", "-"): value for code, value in answers.items()}, DAY
    )


@pytest.mark.parametrize(("each", "total"), [(1, 3), (2, 6), (3, 9)])
def test_ucla3_total_runs_from_3_to_9(each: int, total: int) -> None:
    found = scores(taken("ucla3", companionship=each, left_out=each, isolated=each))
    assert found == {"companionship": each, "left-out": each, "isolated": each, "loneliness": total}


@pytest.mark.parametrize("missing", ["companionship", "left-out", "isolated"])
def test_missing_item_gives_no_total(missing: str) -> None:
    answers = {item.code: 2 for item in UCLA3.items if item.code != missing}
    assert scores(Taken("ucla3", Phase.AFTER, answers, DAY)) == answers


def test_ons4_items_are_never_summed() -> None:
    answers = {item.code: 5 for item in ONS4.items}
    assert scores(Taken("ons4", Phase.AFTER, answers, DAY)) == answers


def test_anxiety_and_loneliness_run_the_other_way() -> None:
    better_when_lower = {
        item.code for measure in MEASURES.values() for item in measure.items if not item.higher_is_better
    }
    assert better_when_lower == {"anxious", "companionship", "left-out", "isolated"}


def test_item_of_another_measure_is_left_out_of_the_scores() -> None:
    assert scores(taken("ons4", happy=4, companionship=1)) == {"happy": 4}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.code)
def test_lowest_and_highest_answers_are_taken_and_those_beyond_refused(measure: object) -> None:
    for item in MEASURES[measure.code].items:  # type: ignore[attr-defined]
        code = measure.code  # type: ignore[attr-defined]
        assert check_answers(code, {item.code: item.low}, "m") == []
        assert check_answers(code, {item.code: item.high}, "m") == []
        for beyond in (item.low - 1, item.high + 1):
            (problem,) = check_answers(code, {item.code: beyond}, "m")
            assert problem.field == f"m.{item.code}"
            assert f"from {item.low} to {item.high}" in problem.sentence


def test_every_wrong_answer_is_told_at_once() -> None:
    problems = check_answers("ons4", {"happy": 11, "anxious": -1, "cheerful": 3}, "measures.0.answers")
    assert [problem.field for problem in problems] == [
        "measures.0.answers.happy",
        "measures.0.answers.anxious",
        "measures.0.answers",
    ]


def test_unknown_measure_is_refused_with_the_known_ones() -> None:
    (problem,) = check_answers("phq9", {"q1": 1}, "measures.0")
    assert "ons4, ucla3" in problem.sentence


def test_total_is_shown_by_the_name_of_its_measure() -> None:
    assert display("ucla3", "loneliness") == "UCLA loneliness (three items)"
    assert display("ons4", "happy") == "Overall, how happy did you feel yesterday?"
