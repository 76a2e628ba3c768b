"""The public directory: found, rung and printed by anybody, without signing in, without a third party."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app import create_app
from app.config import Settings
from app.domain.access import system
from app.domain.directory_words import ServiceStatus
from app.runtime import build_runtime
from app.services.directory import finding
from app.store import directory, listings
from app.store.session import Database
from tests.integration.web.pages import Page, read_page


@pytest.fixture
def client(brook_vale: Database, settings: Settings, app_engine: Engine) -> FlaskClient:
    return app_on(brook_vale, settings, app_engine).test_client()


def app_on(db: Database, settings: Settings, engine: Engine) -> Flask:
    return create_app(runtime=build_runtime(settings, clock=db.clock, wake=db.wake, engine=engine))


def open_page(client: FlaskClient, path: str, status: int = 200) -> Page:
    response = client.get(path)
    assert response.status_code == status, response.text[:2000]
    return read_page(response)


def services_on(page: Page) -> list[str]:
    return [link for link in page.links if re.fullmatch(r"/directory/[0-9a-f-]{36}", link)]


def path_of(db: Database, name: str) -> str:
    with db.transaction(finding.VISITOR) as tx:
        return f"/directory/{next(one.id for one in directory.list_services(tx, beside=None) if one.name == name)}"


def test_the_list_opens_for_strangers_and_search_engines_and_has_a_second_page(client: FlaskClient) -> None:
    first, second = open_page(client, "/directory"), open_page(client, "/directory?page=2")
    assert len(services_on(first)) == len(services_on(second)) == finding.ON_A_PAGE
    assert set(services_on(first)).isdisjoint(services_on(second))
    assert "/directory?page=2" in first.links
    assert client.get("/directory").headers["X-Robots-Tag"] == "all"


def test_what_is_asked_for_is_carried_to_the_next_page(client: FlaskClient) -> None:
    times = "&".join(f"times={each}" for each in ("morning", "afternoon", "evening"))
    page = open_page(client, f"/directory?q=&near=BV1+1AB&days=monday&days=friday&{times}")
    again = open_page(client, "/directory?need=social-connection&q=&page=1")
    assert "/directory?page=2&need=social-connection" in again.links
    assert 'value="BV1 1AB"' in page.html
    assert page.html.count("checked") == 5


def test_the_telephone_number_stands_first_and_can_be_rung(brook_vale: Database, client: FlaskClient) -> None:
    page = open_page(client, path_of(brook_vale, "Thursday tea table"))
    assert "tel:01632960001" in page.links
    told = page.text[page.text.index("Thursday tea table Telephone") :]
    facts = (
        "01632 960001",
        "Has places now",
        "Help with",
        "Thursdays, 2pm to 4pm",
        "Mill End Library",
        "BV1 1AC",
    )
    assert sorted(facts, key=told.index) == list(facts)


def test_a_page_tells_who_can_come_what_it_costs_and_who_runs_it(
    brook_vale: Database, client: FlaskClient
) -> None:
    text = open_page(client, path_of(brook_vale, "Sunday lunch club")).text
    for said in (
        "People aged 60 and over",
        "3 pounds for lunch",
        "BV3",
        "Faith group, run by and for",
        "Hearing loop",
    ):
        assert said.lower() in text.lower()
    assert "For women" in open_page(client, path_of(brook_vale, "Women's swimming")).text


def test_a_stale_entry_warns_in_the_list_and_on_its_page(brook_vale: Database, client: FlaskClient) -> None:
    assert "Check before you go" in open_page(client, path_of(brook_vale, "Saturday dads")).text
    assert "Check before you go" in open_page(client, "/directory?q=dads").text
    assert "Check before you go" not in open_page(client, path_of(brook_vale, "Thursday tea table")).text


def test_nothing_found_says_what_to_do_next(client: FlaskClient) -> None:
    page = open_page(client, "/directory?q=xylophonequartet")
    assert "Nothing found" in page.text
    assert "the whole list" in page.text
    assert services_on(page) == []


def test_a_page_beyond_the_last_leads_back(client: FlaskClient) -> None:
    page = open_page(client, "/directory?page=99&q=lonely")
    assert "/directory?page=1&q=lonely" in page.links


def test_a_mended_slip_and_loosened_words_are_said(client: FlaskClient) -> None:
    assert (
        "Nothing is listed for “choer”. These are for choir" in open_page(client, "/directory?q=choer").text
    )
    assert "Nothing has all of your words" in open_page(client, "/directory?q=chess+kiln").text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("near=nowhere", "Give a postcode"),
        ("within=3", "Give a postcode"),
        ("need=gold", "Choose a need"),
        ("days=someday", "Choose days"),
        ("language=xx", "Choose a language"),
        ("within=7&near=BV1", "Choose a distance"),
        ("q=" + "a" * 101, "100 characters or fewer"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_its_field(client: FlaskClient, asked: str, said: str) -> None:
    page = open_page(client, f"/directory?{asked}", 400)
    assert "There is a problem" in page.text
    assert said in page.text


def test_distance_and_an_unknown_place_are_said(client: FlaskClient) -> None:
    assert re.search(r"\d\.\d miles away", open_page(client, "/directory?near=bv44gj&q=choir").text)
    assert "We do not know where ZE1 0AA is" in open_page(client, "/directory?near=ze1+0aa").text


def test_an_address_that_must_not_be_found_out_is_on_no_page(
    brook_vale: Database, client: FlaskClient
) -> None:
    text = open_page(client, path_of(brook_vale, "Sewing and stories")).text
    assert "Address given when a place is agreed" in text
    assert not re.search(r"BV\d \d[A-Z]{2}", text)


def test_pages_have_no_third_party_and_need_no_script(brook_vale: Database, client: FlaskClient) -> None:
    for path in ("/directory", path_of(brook_vale, "Clay for calm")):
        page = open_page(client, path)
        assert not [link for link in page.links if link.startswith("http")]
        assert page.posts == []


def test_an_unknown_service_is_not_there(client: FlaskClient) -> None:
    page = open_page(client, "/directory/6d1f5b0e-5b7e-4a55-9a7c-0d4c1a5b7e10", 404)
    assert page.headings == ["Page not found"]


def test_the_address_of_a_service_that_has_ended_still_answers(
    borough: Database, settings: Settings, app_engine: Engine
) -> None:
    path = path_of(borough, "Clay for calm")
    with borough.transaction(system("tests")) as tx:
        one = next(each for each in directory.list_services(tx, beside=None) if each.name == "Clay for calm")
        listings.record_service(tx, replace(one, status=ServiceStatus.INACTIVE))
    client = app_on(borough, settings, app_engine).test_client()
    assert "Does not run any more" in open_page(client, path).text
