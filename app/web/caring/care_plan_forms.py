"""The forms of a plan: reads goals and actions as they were typed, and fills them in again from what is kept."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from app.domain.care_plan import (
    HOW,
    LONGEST_MATTERS,
    LONGEST_NAME,
    LONGEST_WORDS,
    WHO,
    WRITTEN_BY_TEAM,
    Action,
    CarePlan,
    Goal,
)
from app.domain.errors import FieldProblem, Invalid
from app.web.frame.forms import Form, FormSchema, choice, number, words

_BAD_DAY = "Enter the day as numbers, for example 12 3 2026, or leave it empty."
_PARTS = ("day", "month", "year")


class _Written(FormSchema):
    """How it was written, and on which version the form was opened."""

    how = choice({code: HOW[code] for code in WRITTEN_BY_TEAM}, "Choose how you wrote it.")
    plan_version = fields.Integer(load_default=0, validate=validate.Range(0, 99_999))


class MattersForm(_Written):
    """What matters to the person."""

    matters = words("What matters", longest=LONGEST_MATTERS)


class GoalForm(_Written):
    """One goal."""

    words = words("The goal", longest=LONGEST_WORDS, missing="Write the goal in the person's own words.")
    importance = number(1, 10, "How much it matters")
    since_day = fields.String(load_default="")
    since_month = fields.String(load_default="")
    since_year = fields.String(load_default="")
    measured = fields.String(load_default="")


class ActionForm(_Written):
    """One action."""

    what = words("What is done", longest=LONGEST_WORDS, missing="Write what somebody is going to do.")
    who = choice(WHO, "Choose who does it.")
    name = words("The name", longest=LONGEST_NAME)
    goal_id = fields.UUID(load_default=None, error_messages={"invalid_uuid": "Choose a goal of this plan."})
    by_day = fields.String(load_default="")
    by_month = fields.String(load_default="")
    by_year = fields.String(load_default="")


class SharedForm(FormSchema):
    """The goals that a provider may read, and that the person agreed."""

    goals = fields.List(
        fields.UUID(error_messages={"invalid_uuid": "Choose goals of this plan."}), load_default=list
    )
    agreed = fields.String(load_default="")


def goal_of(goal_id: UUID, typed: dict[str, Any]) -> Goal:
    """Return the goal that was typed; raises Invalid for a day that is none."""
    return Goal(
        goal_id,
        typed["words"],
        typed["importance"],
        _day(typed, "since"),
        measured=typed["measured"] == "yes",
    )


def action_of(action_id: UUID, typed: dict[str, Any], plan: CarePlan) -> Action:
    """Return the action that was typed; whether it is done stays as it is in the plan. Raises Invalid."""
    before = next((each for each in plan.actions if each.id == action_id), None)
    done_on = before.done_on if before else None
    by = _day(typed, "by")
    return Action(action_id, typed["what"], typed["who"], typed["name"], by, done_on, typed["goal_id"])


def typed_goal(goal: Goal | None, today: date) -> Form:
    """Return the form as if the kept goal had been typed; a new one is from today."""
    if goal is None:
        return Form(MultiDict(_parts("since", today)))
    importance = "" if goal.importance is None else str(goal.importance)
    told = {"words": goal.words, "importance": importance, "measured": "yes" if goal.measured else ""}
    return Form(MultiDict(told | _parts("since", goal.since)))


def typed_action(action: Action | None) -> Form:
    """Return the form as if the kept action had been typed; empty for a new one."""
    if action is None:
        return Form()
    goal_id = str(action.goal_id or "")
    told = {"what": action.what, "who": action.who, "name": action.name, "goal_id": goal_id}
    return Form(MultiDict(told | _parts("by", action.by)))


def _parts(name: str, day: date | None) -> dict[str, str]:
    values = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}_{part}": str(value) for part, value in zip(_PARTS, values, strict=True)}


def _day(typed: dict[str, Any], name: str) -> date | None:
    given = [typed[f"{name}_{part}"].strip() for part in _PARTS]
    if not any(given):
        return None
    try:
        day, month, year = (int(each) for each in given)
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise Invalid([FieldProblem(f"{name}_day", _BAD_DAY)]) from None
