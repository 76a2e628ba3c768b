"""Which of a person's goals an outcome is about: the choice on the forms of an end, and the words it stands for."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.errors import FieldProblem, Invalid
from app.domain.wording import worded

FIELD = "goal"
_GONE = worded("Choose a goal from the list, or none: the list has changed.")


def options(goals: Mapping[str, str]) -> dict[str, str]:
    """Return what can be chosen, none first; nothing at all where there is no goal to choose."""
    return {"": worded("No goal in particular"), **goals} if goals else {}


def chosen(goals: Mapping[str, str], picked: str) -> str | None:
    """Return the words of the goal that was picked, None for none; raises Invalid for one that is not of the list."""
    if not picked:
        return None
    if picked not in goals:
        raise Invalid([FieldProblem(FIELD, _GONE)])
    return goals[picked]
