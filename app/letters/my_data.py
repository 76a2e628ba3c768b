"""Everything that is kept of a person, on paper: large print, in the order of the person's own page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.care_plan import CarePlan
from app.domain.my_data import WHY_HELD_BACK, MyData, Part
from app.domain.person_comments import ABOUT, SETTLED, PersonComment
from app.letters.care_plan import action_line, goal_lines
from app.letters.my_sheet import TEMPLATE, Section, Sheet, answered, happened, wanted
from app.letters.typesetting import typeset

_TITLE: Final = "Everything that is kept about me"  # of the document: nothing of the person
_LONDON: Final = ZoneInfo("Europe/London")


def data_pdf(data: MyData, *, written_at: datetime) -> bytes:
    """Return all of it as a PDF/UA file, the same bytes for the same data and time."""
    facts = tuple(f"{label}: {value}" for label, value in data.facts)
    sections = [("About me", facts), ("What is not in this file", (WHY_HELD_BACK,))]
    for part in data.parts:
        sections += [section for section in _sections(part) if section[1]]
    name = next((value for label, value in data.facts if label == "Name"), "")
    whose = f"Kept by {data.team}. Written on {_day(written_at.astimezone(_LONDON).date())}."
    sheet = Sheet(_TITLE, name, whose, tuple(sections), picture="", picture_says="", after=())
    return typeset(sheet, written_at=written_at, template=TEMPLATE)


def _sections(part: Part) -> Iterable[Section]:
    page = part.page
    needs = f"You were referred for help with: {', '.join(page.needs)}." if page.needs else ""
    asked = f"{page.asked_by} asked for you on {_day(page.asked_on)}."
    yield f"Referral {page.reference}", tuple(filter(None, (asked, needs, part.own_words)))
    yield from wanted(page)
    yield "My plan", tuple(_plan(part.plan.plan))
    yield "Contacts", tuple(f"{_day(each.on)}: {each.sentence}" for each in part.contacts)
    yield "Has help arrived?", tuple(f"{_day(each.on)}: {each.sentence}" for each in part.arrived)
    yield "What I agreed to", tuple(f"{_day(each.on)}: {each.sentence}" for each in part.agreed)
    yield answered(page)
    yield from happened(page)
    yield "What I said about my record", tuple(line for each in part.said for line in _said(each))


def _plan(plan: CarePlan) -> Iterable[str]:
    if plan.matters:
        yield f"What matters to me: {plan.matters}"
    yield from (f"Goal: {each.words} {goal_lines(each)}".strip() for each in plan.goals)
    yield from map(action_line, plan.actions)


def _said(each: PersonComment) -> Iterable[str]:
    yield f"{_day(each.made_at.astimezone(_LONDON).date())}, {ABOUT[each.said.about]}: {each.said.words}"
    if each.settled:
        yield f"Answer: {SETTLED[each.settled]} {each.answer}".strip()


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
