"""Blockages are counted once however often a form is sent, and it is told how many organisations wrote them."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.watching import blockages
from app.store.session import Database
from tests.application import application_of
from tests.factories import MadePlace, make_place
from tests.integration.web.conftest import Visitor

NO_BUS = {"theme": "transport", "words": "No bus goes there after six.", "area": "E8"}


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


def visitor(app: Flask, username: str) -> Visitor:
    return Visitor(app.test_client()).sign_in(username)


def test_form_that_is_sent_again_makes_no_second_report(app: Flask, place: MadePlace) -> None:
    worker, steward = visitor(app, "link-worker"), visitor(app, "steward")
    for words in (NO_BUS["words"], "No bus  goes there\r\nafter six. "):
        assert worker.send("/blockages/new", NO_BUS | {"words": words}).status_code == 303
    page = steward.get("/blockages")
    assert "To look at (1)" in page.text
    assert "What came up more than once" not in page.text
    worker.send("/blockages/new", NO_BUS | {"area": "E9"})
    assert "To look at (2)" in steward.get("/blockages").text


def test_pattern_tells_how_many_organisations_wrote_it(app: Flask, place: MadePlace) -> None:
    provider, worker = visitor(app, "provider-0"), visitor(app, "link-worker")
    for number in range(4):
        provider.send("/blockages/new", NO_BUS | {"words": f"No bus on line {'abcd'[number]}."})
    worker.send("/blockages/new", NO_BUS)
    assert (
        "Transport: getting there, E8: 5 reports by 2 organisations"
        in visitor(app, "steward").get("/blockages").text
    )


def test_what_was_looked_at_can_be_reported_again(app: Flask, runtime: Runtime, place: MadePlace) -> None:
    worker, steward = visitor(app, "link-worker"), place.actor(Role.STEWARD.value)
    worker.send("/blockages/new", NO_BUS)
    (first,) = blockages.find_patterns(runtime.db, steward).to_look_at
    blockages.look_at(runtime.db, steward, first.id, "The council was asked.")
    worker.send("/blockages/new", NO_BUS)
    found = blockages.find_patterns(runtime.db, steward)
    assert (len(found.looked_at), len(found.to_look_at)) == (1, 1)
