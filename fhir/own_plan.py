"""Writes a person's own care and support plan, for their own file alone: goals as Goal, the plan as CarePlan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fhir.own_record import Whose
from fhir.views import resource, to
from fhir.writing import Json, concept, element

_TITLE: Final = "Personalised care and support plan"


@dataclass(frozen=True, slots=True)
class GoalSaid:
    """One goal in the person's words; `importance` from 1 to 10."""

    id: str
    words: str
    importance: int | None
    since: date | None


@dataclass(frozen=True, slots=True)
class ActionSaid:
    """One action: what, who in words, by when or done on which day, for which goal of the plan."""

    what: str
    who: str
    by: date | None
    done_on: date | None
    goal_id: str | None


@dataclass(frozen=True, slots=True)
class PlanSaid:
    """The newest version of one plan."""

    id: str
    version: int
    recorded_at: datetime
    matters: str
    goals: Sequence[GoalSaid]
    actions: Sequence[ActionSaid]


def own_plan(whose: Whose, told: PlanSaid) -> list[Json]:
    """Return the CarePlan and its Goals; what matters to the person is its description."""
    return [_plan(whose, told), *(_goal(whose, each) for each in told.goals)]


def _plan(whose: Whose, told: PlanSaid) -> Json:
    head = resource("CarePlan", told.id, version=str(told.version), updated=told.recorded_at)
    return head | element(
        status="active",
        intent="plan",
        category=[concept(text=_TITLE)],
        title=_TITLE,
        description=f"What matters to me: {told.matters}" if told.matters else None,
        subject=to("Patient", whose.person_id),
        created=told.recorded_at.isoformat(),
        supportingInfo=[to("ServiceRequest", whose.referral_id)],
        goal=[to("Goal", each.id) for each in told.goals],
        activity=[{"detail": _activity(each)} for each in told.actions],
    )


def _activity(told: ActionSaid) -> Json:
    day = told.done_on or told.by
    return element(
        status="completed" if told.done_on else "not-started",
        goal=[to("Goal", told.goal_id)] if told.goal_id else None,
        scheduledPeriod=element(end=day.isoformat()) if day else None,
        performer=[{"display": told.who}],
        description=told.what,
    )


def _goal(whose: Whose, told: GoalSaid) -> Json:
    matters = f"How much it matters, from 1 to 10: {told.importance}" if told.importance else None
    return resource("Goal", told.id, version=None, updated=None) | element(
        lifecycleStatus="active",
        description=concept(text=told.words),
        subject=to("Patient", whose.person_id),
        startDate=told.since.isoformat() if told.since else None,
        note=[{"text": matters}] if matters else None,
    )
