"""Categories of other directories become needs: by their names, by the steward's word, at once and undone likewise."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, text

from app import cli_categories, cli_directory
from app.domain.access import system
from app.runtime import Runtime
from app.services.feeds.directory_import import Feed, import_directory
from app.services.feeds.import_report import Report, render
from app.store.session import Database
from tests.application import application_of
from tests.factories import MadePlace, make_place
from tests.integration.web.conftest import Visitor

SOURCE, KEY = "Council feed", "esd:811"
ONE = f"/directory-categories/one?key={KEY}"


def row(number: int, *names: str) -> dict[str, Any]:
    codes = {"Garden things": "811", "Food Banks": "812", "Benefits & Housing Advice": "813", "Advice": "814"}
    return {
        "id": f"s-{number}",
        "name": f"Service {number}",
        "status": "active",
        "organization": {"id": "o-1", "name": "Growers"},
        "attributes": [
            {"taxonomy_term": {"code": codes[name], "name": name, "taxonomy": "esd"}} for name in names
        ],
    }


ROWS = [
    row(1, "Garden things"),
    row(2, "Garden things", "Food Banks"),
    row(3, "Benefits & Housing Advice"),
    row(4, "Garden things"),
]


def take(db: Database, *rows: dict[str, Any], apply: bool = True) -> Report:
    return import_directory(db, system("test"), Feed(SOURCE, rows), apply=apply)


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    return lambda username: Visitor(app.test_client()).sign_in(username)


def needs(admin: Engine) -> dict[str, list[str]]:
    with admin.connect() as connection:
        found = connection.execute(
            text("select external_id, needs from service where source = :source"), {"source": SOURCE}
        )
        return {external_id: list(theirs) for external_id, theirs in found}


def test_categories_whose_names_leave_no_doubt_become_needs_and_the_report_names_the_others(
    database: Database, admin: Engine
) -> None:
    report = take(database, *ROWS, apply=False)
    assert any("Garden things (esd:811; 3 services)" in line for line in render(report))
    assert not any("Food Banks (" in line for line in render(report))
    take(database, *ROWS)
    assert needs(admin) == {
        "s-1": ["other"],
        "s-2": ["food"],
        "s-3": ["money-advice", "housing"],
        "s-4": ["other"],
    }


def test_steward_says_what_a_category_means_and_it_counts_at_once_and_can_be_taken_back(
    database: Database, admin: Engine, sign_in: Callable[[str], Visitor]
) -> None:
    take(database, *ROWS)
    visitor = sign_in("steward")
    page = visitor.get("/directory-categories")
    assert re.search(r"Garden things .{0,20}esd .{0,30}2 of 3 ", " ".join(page.text.split()))
    with admin.connect() as connection:  # what somebody corrected here
        connection.execute(text("update service set needs = '{caring}' where external_id = 's-4'"))
        connection.commit()
    assert visitor.send(ONE, {}).status_code == 400
    assert visitor.send(ONE, {"needs": ["none", "food"]}).status_code == 400
    visitor.send(ONE, {"needs": ["arts-and-nature", "volunteering"]})
    assert "1 service" not in visitor.get("/directory-categories").text.split("What the others mean")[0]
    assert needs(admin)["s-1"] == ["arts-and-nature", "volunteering"]
    assert set(needs(admin)["s-2"]) == {"food", "arts-and-nature", "volunteering"}
    assert needs(admin)["s-4"] == ["caring"]
    take(database, *ROWS)
    assert needs(admin)["s-1"] == ["arts-and-nature", "volunteering"]
    assert needs(admin)["s-4"] == ["caring"]
    visitor.send(f"/directory-categories/one/take-back?key={KEY}", at=ONE)
    assert needs(admin) == {
        "s-1": ["other"],
        "s-2": ["food"],
        "s-3": ["money-advice", "housing"],
        "s-4": ["caring"],
    }
    with admin.connect() as connection:
        said = "select count(*) from audit_event where act = 'say what a category means'"
        assert connection.scalar(text(said)) == 2


def test_category_that_is_none_of_ours_waits_no_more(
    database: Database, sign_in: Callable[[str], Visitor]
) -> None:
    take(database, row(1, "Advice"))
    visitor = sign_in("steward")
    visitor.send("/directory-categories/one?key=esd:814", {"needs": "none"})
    page = visitor.get("/directory-categories").text
    assert "None of ours" in page
    assert not any("Nobody has said" in line for line in render(take(database, row(1, "Advice"))))
    visitor.get("/directory-categories/one?key=esd:999", status=404)


@pytest.mark.parametrize("username", ["link-worker", "provider-0", "practice-0"])
def test_only_the_steward_says_what_categories_mean(username: str, sign_in: Callable[[str], Visitor]) -> None:
    page = sign_in(username).get("/directory-categories", status=403)
    assert page.headings == ["You cannot open this page"]


def test_command_lists_what_waits_and_says_what_it_means(
    database: Database, admin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_categories, "_database", lambda: database)
    take(database, *ROWS)
    run = CliRunner().invoke
    listed = run(cli_directory.directory, ["categories"]).output
    assert "esd:811  Garden things: not known; 2 of 3 services wait on it" in listed
    assert "Food Banks" not in listed
    assert (
        "esd:812  Food Banks: food (by its name)"
        in run(cli_directory.directory, ["categories", "--all"]).output
    )
    said = run(cli_directory.directory, ["category", KEY, "--need", "arts-and-nature"])
    assert "3 services have new needs" in said.output
    assert needs(admin)["s-1"] == ["arts-and-nature"]
    assert run(cli_directory.directory, ["category", "esd:999", "--none"]).exit_code == 1
    assert run(cli_directory.directory, ["category", KEY]).exit_code == 2
    assert "3 services" in run(cli_directory.directory, ["category", KEY, "--undo"]).output
