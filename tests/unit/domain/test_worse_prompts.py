"""When an answer is worse than before: a person should look, and not at every point of a scale."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.measures import About, Item, Library, Measure, Scoring, Total
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.domain.worse import has_worsened, is_worse

DAY = date(2026, 5, 4)
_ITEMS = (Item("a", "A?", 0, 5), Item("b", "B?", 0, 5))
_TOTAL = Total("sum", "Sum", Scoring.SUM, 0, 10, ("a", "b"), change_that_matters=3)
UP = Measure("up", "1", "Up", About.HEALTH, _ITEMS, (_TOTAL,), "Invented", "None")
DOWN = Measure(
    "down", "1", "Down", About.HEALTH, (Item("d", "D?", 0, 9, False, change_that_matters=2),), (), "", ""
)
BARE = Measure("bare", "1", "Bare", About.HEALTH, (Item("x", "X?", 0, 10),), (), "Invented", "None")
GOAL = Measure("goal", "1", "Goal", About.GOAL, (Item("g", "G?", 0, 10),), (), "Invented", "None")
LIBRARY = Library((UP, DOWN, BARE, GOAL))


def taken(measure: str, phase: Phase, **answers: int) -> Taken:
    return Taken(measure, phase, answers, DAY, months=3 if phase is Phase.FOLLOW_UP else None)


@pytest.mark.parametrize(("now", "worse"), [({"a": 1, "b": 2}, True), ({"a": 2, "b": 2}, False)])
def test_a_total_counts_from_the_change_that_matters(now: dict[str, int], worse: bool) -> None:
    before = taken("up", Phase.BEFORE, a=3, b=3)
    assert has_worsened(LIBRARY, [before], taken("up", Phase.AFTER, **now)) is worse


def test_a_scale_that_runs_the_other_way_is_turned_round() -> None:
    before = taken("down", Phase.BEFORE, d=4)
    assert has_worsened(LIBRARY, [before], taken("down", Phase.AFTER, d=6))
    assert not has_worsened(LIBRARY, [before], taken("down", Phase.AFTER, d=1))


def test_a_scale_whose_authors_publish_no_such_change_says_nothing() -> None:
    assert not has_worsened(LIBRARY, [taken("bare", Phase.BEFORE, x=9)], taken("bare", Phase.AFTER, x=2))


def test_a_goal_that_is_further_away_always_counts() -> None:
    assert has_worsened(LIBRARY, [taken("goal", Phase.BEFORE, g=5)], taken("goal", Phase.AFTER, g=4))


def test_falling_back_since_the_end_counts_though_it_is_no_worse_than_the_start() -> None:
    earlier = [taken("down", Phase.BEFORE, d=7), taken("down", Phase.AFTER, d=3)]
    assert has_worsened(LIBRARY, earlier, taken("down", Phase.FOLLOW_UP, d=6))


def test_a_first_answer_and_one_that_was_left_out_are_never_worse() -> None:
    earlier = [taken("goal", Phase.BEFORE, g=5)]
    assert not has_worsened(LIBRARY, earlier, taken("goal", Phase.BEFORE, g=1))
    assert not has_worsened(LIBRARY, [], taken("goal", Phase.AFTER, g=1))
    assert not has_worsened(LIBRARY, earlier, Taken("goal", Phase.AFTER, {}, DAY, skipped="declined"))


def test_an_outcome_is_worse_by_its_state_or_by_its_goal() -> None:
    assert is_worse(Outcome(OutcomeState.WORSE, "", ""))
    assert is_worse(Outcome(OutcomeState.NO_CHANGE, "", "", goal_before=5, goal_after=4))
    assert not is_worse(Outcome(OutcomeState.BETTER, "", "", goal_before=4, goal_after=4))
    assert not is_worse(Outcome(OutcomeState.DID_NOT_ENGAGE, "", "", goal_before=4))
