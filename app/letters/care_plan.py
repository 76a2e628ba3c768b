"""A person's care and support plan on paper: their words first, in ordinary or in large print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.care_plan import Action, CarePlan, Goal, KeptPlan
from app.domain.my_page import Asked
from app.letters.typesetting import typeset

TEMPLATE: Final = Path(__file__).with_name("care_plan.typ")
ORDINARY, LARGE = 12, 18  # points
_TITLE: Final = "My plan"  # of the document, seen in tabs and lists: nothing of the person
_LONDON: Final = ZoneInfo("Europe/London")
Section = tuple[str, tuple[str, ...], tuple[str, ...]]  # a heading, its paragraphs, its points


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose plan it is, which team keeps it, who their link worker is (empty: nobody yet), the referral's reference."""

    name: str
    team: str
    link_worker: str
    reference: str


@dataclass(frozen=True, slots=True)
class PlanPaper:
    """Everything that the paper says."""

    title: str
    name: str
    about: str
    points: int
    sections: tuple[Section, ...]


def plan_pdf(
    kept: KeptPlan, whose: Whose, progress: Sequence[Asked], *, written_at: datetime, large: bool
) -> bytes:
    """Return the plan as a PDF/UA file, the same bytes for the same plan, progress and time."""
    worker = f" My link worker is {whose.link_worker}." if whose.link_worker else ""
    written = f" Written on {_moment(kept.recorded_at)}." if kept.recorded_at else ""
    paper = PlanPaper(
        title=_TITLE,
        name=whose.name,
        about=f"{whose.team}.{worker} Our reference: {whose.reference}.{written}",
        points=LARGE if large else ORDINARY,
        sections=tuple(_sections(kept.plan, progress)),
    )
    return typeset(paper, written_at=written_at, template=TEMPLATE)


def goal_lines(goal: Goal) -> str:
    """Return how much a goal matters and since when, in a sentence; empty where neither was said."""
    matters = f"How much it matters to me: {goal.importance} of 10." if goal.importance else ""
    since = f"Since {_day(goal.since)}." if goal.since else ""
    return f"{matters} {since}".strip()


def action_line(action: Action) -> str:
    """Return an action in a line: what, who, by when or done on which day."""
    by = f" By {_day(action.by)}." if action.by else ""
    when = f" Done on {_day(action.done_on)}." if action.done_on else by
    return f"{action.what} ({action.whose}).{when}"


def _sections(plan: CarePlan, progress: Sequence[Asked]) -> Iterable[Section]:
    yield "What matters to me", (plan.matters or "Nothing is written here yet.",), ()
    for number, goal in enumerate(plan.goals, start=1):
        asked = tuple(f"{each.sentence} {each.direction}" for each in progress) if goal.measured else ()
        told = tuple(filter(None, (goal.words, goal_lines(goal), *asked)))
        yield f"Goal {number}", told, tuple(map(action_line, plan.actions_of(goal.id)))
    if not plan.goals:
        yield "My goals", ("No goal is written here yet.",), ()
    if rest := plan.actions_of(None):
        yield "Who does what", (), tuple(map(action_line, rest))
    yield "If something is not right", ("Tell your link worker. The plan is yours: it can change.",), ()


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _moment(value: datetime) -> str:
    return _day(value.astimezone(_LONDON).date())
