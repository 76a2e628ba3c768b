"""A person's plan: parts put in and taken out, one goal measured, and what is wrong with it."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from app.domain.care_plan import (
    LONGEST_WORDS,
    MOST_GOALS,
    Action,
    CarePlan,
    Goal,
    problems,
    with_action,
    with_done,
    with_goal,
    without_action,
    without_goal,
)
from app.domain.errors import NotFound

WALK, TALK = UUID(int=1), UUID(int=2)
PLAN = CarePlan(
    "My garden",
    (Goal(WALK, "Walk to the shop", 8, measured=True), Goal(TALK, "Talk to somebody")),
    (Action(UUID(int=3), "Buy shoes", "person", by=date(2026, 3, 2), goal_id=WALK),),
)


def test_putting_a_goal_of_the_same_id_changes_it_where_it_stands() -> None:
    changed = with_goal(PLAN, Goal(WALK, "Walk to the park", 9, measured=True))
    assert [each.words for each in changed.goals] == ["Walk to the park", "Talk to somebody"]


def test_measuring_another_goal_ends_measuring_the_first() -> None:
    changed = with_goal(PLAN, Goal(TALK, "Talk to somebody", measured=True))
    assert [each.measured for each in changed.goals] == [False, True]
    assert changed.measured == changed.goals[1]


def test_taking_a_goal_out_keeps_what_was_to_be_done_for_it() -> None:
    changed = without_goal(PLAN, WALK)
    assert [each.words for each in changed.goals] == ["Talk to somebody"]
    assert [each.what for each in changed.actions_of(None)] == ["Buy shoes"]


def test_what_is_not_there_cannot_be_taken_out_or_done() -> None:
    for attempt in (without_goal, without_action):
        with pytest.raises(NotFound):
            attempt(PLAN, uuid4())
    with pytest.raises(NotFound):
        with_done(PLAN, uuid4(), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("today", "count"), [(date(2026, 3, 1), 0), (date(2026, 3, 2), 1), (date(2026, 4, 1), 1)]
)
def test_an_action_is_due_from_its_day_on(today: date, count: int) -> None:
    assert len(PLAN.due(today)) == count


def test_what_is_done_or_has_no_day_is_not_due() -> None:
    done = with_done(PLAN, UUID(int=3), date(2026, 3, 1))
    assert done.due(date(2027, 1, 1)) == ()
    assert with_action(done, Action(uuid4(), "Ring her", "person")).due(date(2027, 1, 1)) == ()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (CarePlan("x" * 2001), "matters"),
        (with_goal(PLAN, Goal(uuid4(), "  ")), "words"),
        (with_goal(PLAN, Goal(uuid4(), "x" * (LONGEST_WORDS + 1))), "words"),
        (with_goal(PLAN, Goal(uuid4(), "Sleep", 11)), "importance"),
        (with_goal(PLAN, Goal(uuid4(), "Sleep", 0)), "importance"),
        (CarePlan(goals=tuple(Goal(uuid4(), "Sleep") for _ in range(MOST_GOALS + 1))), "words"),
        (with_action(PLAN, Action(uuid4(), "", "person")), "what"),
        (with_action(PLAN, Action(uuid4(), "Go", "the cat")), "who"),
        (with_action(PLAN, Action(uuid4(), "Go", "other", name="x" * 101)), "name"),
        (with_action(PLAN, Action(uuid4(), "Go", "person", goal_id=uuid4())), "goal_id"),
    ],
)
def test_what_cannot_be_kept_is_told_by_its_field(changed: CarePlan, field: str) -> None:
    assert [each.field for each in problems(changed)] == [field]


def test_a_good_plan_has_no_problem() -> None:
    assert problems(PLAN) == []
