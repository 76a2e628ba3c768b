"""Every word that residents and holders of safe links see can be translated: none of ours is outside of brackets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.measures import Library
from app.runtime import Runtime
from app.services.directory import dials, entry_checks
from app.services.helping import delivery
from app.services.messages import links
from app.services.own import person_links
from tests import by_link
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import Helper, Post
from tests.integration.web.conftest import Visitor
from tests.pseudo import speaking_nothing, unmarked

BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}
DOORS = ["/privacy", "/accessibility", "/self-referral", "/nothing-here", "/by-link", "/by-link/sent"]
DOORS += [
    "/by-link/over",
    "/my",
    "/my/not-opened",
    "/my/nobody",
    "/offer-link/nobody",
    "/dial/nobody",
    "/still-right/nobody",
]
OWN = [
    "progress",
    "plan",
    "seen",
    "change",
    "stop",
    "comment",
    "data",
    "about-you",
    "answers",
    "answers/stop",
]
ASKED = ["", "/decline", "/question", "/waiting-list"]
HELPING = ["", "/contact", "/outcome", "/end-early", "/pause", "/onward", "/measures", "/milestones"]


@pytest.fixture
def stranger(app: Flask, tmp_path: Path) -> Iterator[Visitor]:
    """Somebody who asks for the language that nobody speaks."""
    with speaking_nothing(app, tmp_path):
        visitor = Visitor(app.test_client())
        visitor.client.get("/privacy?lang=cy")
        yield visitor


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    by_link.add_helper(runtime.db, place)
    return make_referral(runtime.db, place)


@pytest.fixture
def theirs(place: MadePlace, made: MadeReferral, runtime: Runtime) -> set[str]:
    """Names, what the person wrote, and the questionnaires, which are asked as whoever owns them wrote them."""
    named = (*place.providers, *place.services, *place.practices, place.team, place.place)
    person = {"Adaeze Okonkwo", "Cardamom Row", "E8 1EA", "Sam Lee", "Invented."}
    return {each.name for each in named} | person | asked_as_written(runtime.db.measures)


def asked_as_written(library: Library) -> set[str]:
    told: set[str] = set()
    for measure in library.measures:
        told |= {measure.name, measure.introduction, measure.attribution}
        for item in measure.items:
            told |= {item.wording, *(each.words for each in item.answers)}
    return {each for each in told if each}


@pytest.mark.parametrize("path", DOORS)
def test_page_without_a_key(path: str, stranger: Visitor, theirs: set[str]) -> None:
    assert unmarked(stranger.client.get(path).text, theirs) == []


@pytest.mark.parametrize("part", OWN)
def test_page_of_the_persons_own(
    part: str, runtime: Runtime, stranger: Visitor, made: MadeReferral, place: MadePlace, theirs: set[str]
) -> None:
    begin(runtime, place, made)
    path = open_link(runtime, stranger, made)
    assert unmarked(stranger.client.get(f"{path}/{part}").text, theirs) == []


def test_what_is_wrong_with_a_form(
    runtime: Runtime, stranger: Visitor, made: MadeReferral, theirs: set[str]
) -> None:
    path = open_link(runtime, stranger, made)
    for form, at in (
        (f"{path}/comment",) * 2,
        (f"{path}/change/share", f"{path}/change"),
        ("/self-referral",) * 2,
    ):
        answer = stranger.send(form, {"words": "x" * 3000, "step": "check"}, at=at)
        assert answer.status_code == 400
        left = unmarked(answer.text, {*theirs, "x" * 3000})
        assert left == []


def test_what_was_done(runtime: Runtime, stranger: Visitor, made: MadeReferral, theirs: set[str]) -> None:
    path = open_link(runtime, stranger, made)
    stranger.send(f"{path}/change/dataset", {"answer": "no"}, at=f"{path}/change")
    assert unmarked(stranger.client.get(f"{path}/change").text, theirs) == []


@pytest.mark.parametrize("part", ASKED)
def test_offer_by_a_safe_link(
    part: str, runtime: Runtime, stranger: Visitor, made: MadeReferral, theirs: set[str]
) -> None:
    come_in(runtime, stranger)
    answer = stranger.client.get(f"/offers/{made.placement_id}{part}")
    assert answer.status_code == 200
    assert unmarked(answer.text, theirs) == []


@pytest.mark.parametrize("part", HELPING)
def test_help_that_goes_on_by_a_safe_link(
    part: str, runtime: Runtime, stranger: Visitor, place: MadePlace, made: MadeReferral, theirs: set[str]
) -> None:
    come_in(runtime, stranger)
    begin(runtime, place, made)
    answer = stranger.client.get(f"/offers/{made.placement_id}{part}")
    assert answer.status_code == 200
    assert unmarked(answer.text, theirs) == []


@pytest.mark.parametrize("part", ["/decline", "/question", "/waiting-list"])
def test_form_of_an_offer_that_was_refused(
    part: str, runtime: Runtime, stranger: Visitor, made: MadeReferral, theirs: set[str]
) -> None:
    come_in(runtime, stranger)
    answer = stranger.send(f"/offers/{made.placement_id}{part}", {"wait_weeks": "many"})
    assert answer.status_code == 400
    assert unmarked(answer.text, theirs) == []


@pytest.mark.parametrize("purpose", [dials.DIAL, entry_checks.STILL_RIGHT])
def test_service_by_the_link_of_an_email(
    purpose: str, runtime: Runtime, stranger: Visitor, place: MadePlace, theirs: set[str]
) -> None:
    service = place.services[0]
    with runtime.db.transaction(system("test")) as tx:
        address = links.make_link(
            tx, purpose=purpose, subject_id=service.id, organisation_id=service.provider_id, days=14
        )
    answer = stranger.client.get(address.removeprefix("http://localhost"))
    assert answer.status_code == 200
    assert unmarked(answer.text, theirs) == []


def begin(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    provider = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)


def come_in(runtime: Runtime, stranger: Visitor) -> None:
    post = Post(runtime)
    Helper(stranger.client, post).come_in(post.link())


def open_link(runtime: Runtime, stranger: Visitor, made: MadeReferral) -> str:
    with runtime.db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=30
        )
    path = address.removeprefix("http://localhost")
    assert stranger.send(path, BORN).status_code == 303
    return path
