"""A person's own care and support plan: what matters, goals and actions, in their words, changed one part at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID

from app.domain.errors import FieldProblem, NotFound
from app.domain.wording import worded, worded_all

LONGEST_MATTERS: Final = 2000  # characters
LONGEST_WORDS: Final = 500
LONGEST_NAME: Final = 100
MOST_GOALS: Final = 10
MOST_ACTIONS: Final = 30
LEAST_IMPORTANT, MOST_IMPORTANT = 1, 10
_Part = TypeVar("_Part", "Goal", "Action")

# Who does an action, as the person reads it.
WHO: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "person": "Me",
            "link-worker": "My link worker",
            "provider": "A group that helps me",
            "other": "Somebody else",
        }
    )
)
# How a version came about.
HOW: Mapping[str, str] = MappingProxyType(
    {
        "with": "Together with the person",
        "for": "For the person, from what they told us",
        "own-link": "By the person, on their own page",
    }
)
WRITTEN_BY_TEAM: Final = ("with", "for")


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody wants; `importance` from 1 to 10 as they say; `measured`: progress is asked about this one."""

    id: UUID
    words: str
    importance: int | None = None
    since: date | None = None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody does about it: `who` is of WHO, `name` says which group or person; done on a day, or not yet."""

    id: UUID
    what: str
    who: str
    name: str = ""
    by: date | None = None
    done_on: date | None = None
    goal_id: UUID | None = None

    @property
    def is_theirs(self) -> bool:
        """Whether the person does it themselves."""
        return self.who == "person"

    @property
    def whose(self) -> str:
        """Who does it, with the name where one was given."""
        return worded("%(who)s: %(name)s", who=WHO[self.who], name=self.name) if self.name else WHO[self.who]


@dataclass(frozen=True, slots=True)
class CarePlan:
    """The whole plan as it stands in one version."""

    matters: str = ""
    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written yet."""
        return self == CarePlan()

    @property
    def measured(self) -> Goal | None:
        """The goal that progress is asked about; none while none was chosen."""
        return next((each for each in self.goals if each.measured), None)

    def goal(self, goal_id: UUID) -> Goal:
        """Return one goal; raises NotFound."""
        return _one(self.goals, goal_id)

    def action(self, action_id: UUID) -> Action:
        """Return one action; raises NotFound."""
        return _one(self.actions, action_id)

    def actions_of(self, goal_id: UUID | None) -> tuple[Action, ...]:
        """Return the actions for one goal; for None those that belong to no goal."""
        return tuple(each for each in self.actions if each.goal_id == goal_id)

    def due(self, today: date) -> tuple[Action, ...]:
        """Return what was to be done by now and is not, the longest due first."""
        late = [each for each in self.actions if each.done_on is None and each.by and each.by <= today]
        return tuple(sorted(late, key=lambda each: each.by or today))


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """One version of a plan: its number from 1, how and when it was written; number 0 before the first."""

    plan: CarePlan = CarePlan()
    version: int = 0
    how: str = "with"
    recorded_at: datetime | None = None


def with_goal(plan: CarePlan, goal: Goal) -> CarePlan:
    """Return the plan with a goal added, or put in the place of the one of its id; one alone is measured."""
    others = [replace(each, measured=False) if goal.measured else each for each in plan.goals]
    return replace(plan, goals=_put(others, goal))


def without_goal(plan: CarePlan, goal_id: UUID) -> CarePlan:
    """Return the plan without a goal; what was to be done for it stays, for no goal. Raises NotFound."""
    plan.goal(goal_id)
    left = tuple(each for each in plan.goals if each.id != goal_id)
    freed = tuple(replace(each, goal_id=None) if each.goal_id == goal_id else each for each in plan.actions)
    return replace(plan, goals=left, actions=freed)


def with_action(plan: CarePlan, action: Action) -> CarePlan:
    """Return the plan with an action added, or put in the place of the one of its id."""
    return replace(plan, actions=_put(list(plan.actions), action))


def without_action(plan: CarePlan, action_id: UUID) -> CarePlan:
    """Return the plan without an action; raises NotFound."""
    plan.action(action_id)
    return replace(plan, actions=tuple(each for each in plan.actions if each.id != action_id))


def with_done(plan: CarePlan, action_id: UUID, done_on: date | None) -> CarePlan:
    """Return the plan with an action done on a day, or not done for None; raises NotFound."""
    return with_action(plan, replace(plan.action(action_id), done_on=done_on))


def problems(plan: CarePlan) -> list[FieldProblem]:
    """Return what is wrong with the whole of a plan, by the field of the form in which it is typed."""
    found = []
    if len(plan.matters) > LONGEST_MATTERS:
        found.append(FieldProblem("matters", f"Keep it to {LONGEST_MATTERS} characters."))
    if len(plan.goals) > MOST_GOALS:
        found.append(FieldProblem("words", f"A plan has room for {MOST_GOALS} goals. Take one out first."))
    if len(plan.actions) > MOST_ACTIONS:
        found.append(
            FieldProblem("what", f"A plan has room for {MOST_ACTIONS} actions. Take out what is done first.")
        )
    for goal in plan.goals:
        found += _goal_problems(goal)
    for action in plan.actions:
        found += _action_problems(plan, action)
    return found


def _goal_problems(goal: Goal) -> list[FieldProblem]:
    found = []
    if not goal.words.strip():
        found.append(FieldProblem("words", "Write the goal in the person's own words.", "required"))
    elif len(goal.words) > LONGEST_WORDS:
        found.append(FieldProblem("words", f"Keep the goal to {LONGEST_WORDS} characters."))
    if goal.importance is not None and not LEAST_IMPORTANT <= goal.importance <= MOST_IMPORTANT:
        found.append(FieldProblem("importance", "Give a number from 1 to 10, or leave it out."))
    return found


def _action_problems(plan: CarePlan, action: Action) -> list[FieldProblem]:
    found = []
    if not action.what.strip():
        found.append(FieldProblem("what", "Write what somebody is going to do.", "required"))
    elif len(action.what) > LONGEST_WORDS:
        found.append(FieldProblem("what", f"Keep it to {LONGEST_WORDS} characters."))
    if action.who not in WHO:
        found.append(FieldProblem("who", "Choose who does it.", "required"))
    if len(action.name) > LONGEST_NAME:
        found.append(FieldProblem("name", f"Keep the name to {LONGEST_NAME} characters."))
    if action.goal_id is not None and action.goal_id not in {each.id for each in plan.goals}:
        found.append(FieldProblem("goal_id", "Choose a goal of this plan, or none."))
    return found


def _one(parts: Sequence[_Part], part_id: UUID) -> _Part:
    found = next((each for each in parts if each.id == part_id), None)
    if found is None:
        raise NotFound
    return found


def _put(parts: Sequence[_Part], part: _Part) -> tuple[_Part, ...]:
    found = [part if each.id == part.id else each for each in parts]
    if part.id not in {each.id for each in parts}:
        found.append(part)
    return tuple(found)
