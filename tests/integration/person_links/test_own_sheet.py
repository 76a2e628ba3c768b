"""A person's own page on paper and on the screen: whom to ring, every goal, and the answers in one row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.directory import Profile
from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime
from app.store import outcomes, places
from app.store.outcomes import About
from app.web.frame import linked
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

HOUSE, TEAM = "01632 960100", "01632 960555"
DAY = date(2026, 3, 2)
ANSWERS = Taken("ons4", Phase.BEFORE, {"life-satisfaction": 4, "anxious": 8}, DAY)
FIRST, SECOND = "Walk to the market again", "Cook for my sister"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def numbers(runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked, "help_phone", lambda: HOUSE)
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.team.id, phone=TEAM))


@pytest.fixture
def worker(app: Flask, place: MadePlace) -> Visitor:
    return Visitor(app.test_client()).sign_in("link-worker")


def answer(runtime: Runtime, made: MadeReferral) -> None:
    with runtime.db.transaction(system("test")) as tx:
        outcomes.add_measure(tx, About(made.id, made.person_id), ANSWERS, audit="test")


def write_goals(worker: Visitor, made: MadeReferral, *goals: str) -> None:
    for version, words in enumerate(goals):
        form = {"how": "with", "plan_version": str(version), "words": words}
        said = worker.send(f"/referrals/{made.id}/plan/goals/{uuid4()}", form)
        assert said.status_code == 303, said.text[:2000]


@pytest.mark.usefixtures("numbers")
def test_paper_has_the_numbers_of_the_screen(
    visitor: Visitor, opened: str, worker: Visitor, made: MadeReferral
) -> None:
    own = text_of(visitor.client.get(f"{opened}/progress.pdf").data)
    posted = text_of(worker.client.get(f"/referrals/{made.id}/sheet.pdf").data)
    for number in (TEAM, HOUSE):
        assert number in visitor.get(f"{opened}/progress").text
        assert number in own
        assert number in posted


def test_paper_names_no_number_where_there_is_none(
    visitor: Visitor, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked, "help_phone", lambda: None)
    assert "How to reach us" not in text_of(visitor.client.get(f"{opened}/progress.pdf").data)


def test_picture_stands_behind_all_answers(
    visitor: Visitor, opened: str, runtime: Runtime, made: MadeReferral
) -> None:
    answer(runtime, made)
    text = visitor.get(f"{opened}/progress").text
    assert text.index("In words") < text.index("Overall, how satisfied") < text.index("In a picture")
    paper = text_of(visitor.client.get(f"{opened}/progress.pdf").data)
    assert paper.index("My answers") < paper.index("Overall, how anxious") < paper.index("In a picture")


def test_no_heading_stands_over_nothing(
    visitor: Visitor, opened: str, runtime: Runtime, made: MadeReferral
) -> None:
    rated = Taken("goal-progress", Phase.BEFORE, {"goal": 4}, DAY)
    with runtime.db.transaction(system("test")) as tx:
        outcomes.add_measure(tx, About(made.id, made.person_id), rated, audit="test")
    text = visitor.get(f"{opened}/progress").text
    assert "In a picture" in text
    assert "In words" not in text


def test_every_goal_of_the_plan_is_on_the_first_page_and_on_paper(
    visitor: Visitor, open_page: Callable[[MadeReferral], str], worker: Visitor, made: MadeReferral
) -> None:
    write_goals(worker, made, FIRST, SECOND)
    path = open_page(made)
    shown = visitor.get(f"{path}/progress").text
    paper = text_of(visitor.client.get(f"{path}/progress.pdf").data)
    for text in (shown, paper):
        assert text.count(FIRST) == text.count(SECOND) == 1
    assert "Your own goal is not written down yet." not in shown
