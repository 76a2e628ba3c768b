"""The person's own plan in the PRSB record: what matters, goals and actions, taken from where they stand."""

from __future__ import annotations

from typing import Any, Final

from app.domain.care_plan import WHO, Action, CarePlan, Goal, KeptPlan
from app.domain.prsb import shortened

Section = dict[str, Any]
_DONE, _OPEN = "Done", "Not done yet"
_WITH: Final = "with"


def about_me(kept: KeptPlan) -> Section:
    """Return the section "About me": what matters to the person; nothing where no plan was written."""
    if not kept.plan.matters:
        return {}
    name = "What is most important to me"
    return {name: {name: kept.plan.matters}}


def goals_of(plan: CarePlan, told: Section) -> list[Section]:
    """Return the goals with their actions; `told` is the goal of the outcome with what was done and came of it.

    It is the plan's measured goal, else the first, unless the outcome names a goal that the plan does not have.
    """
    if not plan.goals:
        rest = [_activity(each) for each in plan.actions]
        return [told | {"Actions and activities": [*told["Actions and activities"], *rest]}]
    words = told["Free text"]
    led = next((each for each in plan.goals if each.words == words), plan.measured or plan.goals[0])
    stands_alone = bool(words) and led.words != words
    found = [told] if stands_alone else []
    for goal in plan.goals:
        own = _goal(plan, goal, with_rest=goal is led)
        if goal is led and not stands_alone:
            own["Actions and activities"] = [*told["Actions and activities"], *own["Actions and activities"]]
            own["Outcomes"] = told["Outcomes"]
        found.append(own)
    return found


def agreed(kept: KeptPlan) -> Section | None:
    """Return that the plan was written together with the person; None where nobody said so."""
    is_theirs = kept.version and kept.how == _WITH
    return {"Person or legitimate representative": True} if is_theirs else None


def _goal(plan: CarePlan, goal: Goal, *, with_rest: bool) -> Section:
    actions = [*plan.actions_of(goal.id), *(plan.actions_of(None) if with_rest else ())]
    return {
        "Free text": goal.words,
        "Goal importance score": goal.importance,
        "Actions and activities": [_activity(each) for each in actions],
    }


def _activity(action: Action) -> Section:
    named = shortened(action.name, 70)
    by = action.done_on or action.by
    return {
        "What": [{"Free text": action.what}],
        "Who": {"Name": named or None, "Team": shortened(_who(action), 35)},
        "When": f"{by:%Y-%m}" if by else None,
        "Status": {"Free text": _DONE if action.done_on else _OPEN},
    }


def _who(action: Action) -> str:
    return "The person" if action.is_theirs else WHO[action.who].replace("My", "The").replace(" me", "")
