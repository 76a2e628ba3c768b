"""Words alone are an answer: kept, told to the person and their team under their own name, and taken along."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.config import Settings
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime
from app.services.measures import measures_taken
from app.services.shown import views
from fhir.checks import resource_problems
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.measures.conftest import CONCERNS
from tests.integration.person_links.test_own_page import START
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

SignIn = Callable[[str], Visitor]
Open = Callable[[MadeReferral], str]
ROADWORDS, SAM = "Crossing the road", "Sam, her son"
FRAMEWORK = """
code = "valley"
version = "1"
name = "What the valley asks"
author = "Valley partnership"
agreed_by = ["People who use the services"]
effective_from = 2026-01-01
core = ["own-concerns", "goal-progress"]
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The run's settings for a place that asks for people's own concerns."""
    found = tmp_path / "measures"
    (found / "frameworks").mkdir(parents=True)
    (found / "concerns.toml").write_text(CONCERNS)
    (found / "frameworks" / "valley.toml").write_text(FRAMEWORK)
    return replace(settings, measures_dir=found)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def kept(runtime: Runtime, place: MadePlace, made: MadeReferral) -> list[Taken]:
    return list(views.get_referral(runtime.db, place.link_worker, made.id).measures)


def bundle(visitor: Visitor, opened: str) -> list[dict[str, Any]]:
    told = json.loads(visitor.client.get(f"{opened}/data.json").data)
    assert resource_problems(told) == ()
    return [entry["resource"] for entry in told["entry"]]


def test_words_without_a_number_are_kept_and_told_to_the_person_and_the_team(
    visitor: Visitor, opened: str, runtime: Runtime, place: MadePlace, made: MadeReferral, sign_in: SignIn
) -> None:
    told = {"own-concerns-before-concern-1-words": ROADWORDS, "helper": SAM}
    assert visitor.send(f"{opened}/answers/own-concerns", told).status_code == 303
    (taken,) = kept(runtime, place, made)
    assert (dict(taken.answers), taken.skipped, taken.words["concern-1"]) == ({}, None, ROADWORDS)
    pages = [visitor.get(f"{opened}/{page}").text for page in ("progress", "data")]
    pages.append(sign_in("link-worker").get(f"/referrals/{made.id}").text)
    for page in pages:
        assert ROADWORDS in page
        assert "Who answered" in page
        assert SAM in page
        assert "concern-1" not in page
    (response,) = [
        each for each in bundle(visitor, opened) if each["resourceType"] == "QuestionnaireResponse"
    ]
    (item,) = response["item"]
    assert item["answer"] == [{"valueString": ROADWORDS}]
    assert response["source"]["display"] == SAM


def test_a_number_stands_under_the_persons_own_name_for_it_and_never_elsewhere(
    visitor: Visitor, opened: str, made: MadeReferral, sign_in: SignIn
) -> None:
    name = "own-concerns-before"
    told = {f"{name}-concern-1": "5", f"{name}-concern-1-words": ROADWORDS, f"{name}-wellbeing": "4"}
    assert visitor.send(f"{opened}/answers/own-concerns", told).status_code == 303
    named = f"Own concerns and wellbeing: “{ROADWORDS}”"
    for page in ("progress", "data"):
        shown = visitor.get(f"{opened}/{page}").text
        assert named in shown
        assert "concern-1" not in shown
    team = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert named in team
    assert "concern-1" not in team
    assert "Crossing" in visitor.client.get(f"{opened}/picture.svg").text
    assert ROADWORDS not in sign_in("practice-0").get(f"/loops/{made.id}").text
    (response,) = [
        each for each in bundle(visitor, opened) if each["resourceType"] == "QuestionnaireResponse"
    ]
    told_there = {each["linkId"]: each["answer"][0] for each in response["item"]}
    assert told_there["concern-1"] == {"valueInteger": 5}
    assert told_there["concern-1-words"] == {"valueString": ROADWORDS}


def test_the_staffs_form_keeps_words_alone(
    runtime: Runtime, place: MadePlace, made: MadeReferral, sign_in: SignIn
) -> None:
    told = {"phase": "before", "said_by": "person", "way": "page"}
    told |= {"own-concerns-before-concern-2-words": ROADWORDS}
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}"
    assert worker.send(f"{path}/measures", told).status_code == 303
    assert [each.words for each in kept(runtime, place, made)] == [{"concern-2": ROADWORDS}]
    assert ROADWORDS in worker.get(path).text


def test_all_of_it_as_fhir_is_all_of_the_page(
    visitor: Visitor, opened: str, made: MadeReferral, sign_in: SignIn
) -> None:
    said = {"kind": "not-right", "about": "goal", "words": "I wanted to go swimming."}
    assert visitor.send(f"{opened}/comment", said).status_code == 303
    assert visitor.send(f"{opened}/about-you", {"carer": "yes", "marital": "widowed"}).status_code == 303
    day = {f"happened_on_{part}": str(getattr(START, part)) for part in ("day", "month", "year")}
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}/milestones"
    reached = {"codes": "came-first-time", "words": "I went alone.", **day}
    page = worker.get(path)
    code = re.findall(r'name="codes"[^>]*value="([a-z-]+)"', page.html)[0]
    assert worker.send(path, reached | {"codes": code}).status_code == 303
    resources = bundle(visitor, opened)
    (comment,) = [each for each in resources if each.get("payload")]
    assert comment["payload"] == [{"contentString": "I wanted to go swimming."}]
    notes = [
        each["note"][0]["text"]
        for each in resources
        if each["resourceType"] == "Observation" and "note" in each
    ]
    assert notes == ["I went alone."]
    facts = {each["code"]["text"]: each["valueString"] for each in resources if "valueString" in each}
    shown = visitor.get(f"{opened}/data").text
    assert len(facts) == 2
    assert all(f"{title} {value}" in shown for title, value in facts.items())


def test_the_way_to_the_questions_is_there_when_something_is_asked_and_only_then(
    visitor: Visitor, open_page: Open, opened: str, runtime: Runtime, place: MadePlace
) -> None:
    link = "Tell us how things are now"
    assert link in visitor.get(f"{opened}/progress").text
    assert "We are not asking you anything" not in visitor.get(f"{opened}/answers").text
    ended = open_page(make_referral(runtime.db, place, ReferralStatus.CLOSED))
    page = visitor.get(f"{ended}/progress").text
    assert "we ask you how things are" in page
    assert link not in page


def test_while_help_goes_on_nothing_is_called_the_end(
    visitor: Visitor, opened: str, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    today = runtime.db.clock().date()
    now = [
        Taken("goal-progress", phase, {"goal": goal}, today, version="1")
        for phase, goal in ((Phase.BEFORE, 4), (Phase.AFTER, 6))
    ]
    measures_taken.record(runtime.db, place.link_worker, made.id, now)
    text = visitor.get(f"{opened}/progress").text
    assert "At the start: 4. When last asked: 6. The last number is higher" in text
    assert "At the end" not in text
    picture = visitor.client.get(f"{opened}/picture.svg").text
    assert "When last asked" in picture


def test_a_day_that_has_passed_is_not_told_as_one_to_come(
    visitor: Visitor, open_page: Open, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    before = visitor.get(f"{open_page(made)}/progress").text
    day = re.findall(r"reads your referral by (\d+ \w+ \d{4})", before)[0]
    clock.advance(days=60)
    after = visitor.get(f"{open_page(made)}/progress").text
    assert f"was to read your referral by {day}" in after
    assert "That day has passed." in after
    assert "reads your referral by" not in after


def test_what_the_person_said_of_being_asked_is_told_in_words(visitor: Visitor, opened: str) -> None:
    assert visitor.send(f"{opened}/answers/stop").status_code == 303
    shown = visitor.get(f"{opened}/data").text
    assert "You did not agree that we ask you later how things are." in shown
    assert "Language English" in shown
    assert "(code)" not in shown


def test_the_sheet_says_that_nothing_was_told(visitor: Visitor, opened: str) -> None:
    sheet = text_of(visitor.client.get(f"{opened}/progress.pdf").data)
    assert "This is what we told them. Nothing was told so far." in sheet
