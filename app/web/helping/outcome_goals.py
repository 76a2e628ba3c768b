"""Which of a person's goals an outcome is about: the choice on the forms of an end, and the words it stands for."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.errors import FieldProblem, Invalid
from app.domain.wording import worded

FIELD, BESIDE = "goal", "goal_before"
_GONE = worded("Choose a goal from the list, or none: the list has changed.")

_NOT_SHARED = worded(
    "The person shares their goal with you no longer. Send this again, or take the numbers away."
)


def options(goals: Mapping[str, str]) -> dict[str, str]:
    """Return what can be chosen, none first; nothing at all where there is no goal to choose."""
    return {"": worded("No goal in particular"), **goals} if goals else {}


def only(goals: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the goal, by id and words, where there is one to choose and no more: a form can name it without asking."""
    return next(iter(goals.items())) if len(goals) == 1 else None


def named(goals: Mapping[str, str], goal_id: str) -> str:
    """Return the words of the goal that a form named; raises Invalid when it is shared no longer."""
    if goal_id not in goals:
        raise Invalid([FieldProblem(BESIDE, _NOT_SHARED)])
    return goals[goal_id]


def chosen(goals: Mapping[str, str], picked: str) -> str | None:
    """Return the words of the goal that was picked, None for none; raises Invalid for one that is not of the list."""
    if not picked:
        return None
    if picked not in goals:
        raise Invalid([FieldProblem(FIELD, _GONE)])
    return goals[picked]
