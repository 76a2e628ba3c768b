"""A person opens their own page by NHS login in a browser without JavaScript, on a desktop and on a small old phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from app import create_app
from app.runtime import Runtime
from tests.factories import MadePlace, MadeReferral, make_place
from tests.integration.nhs_login.conftest import (
    ALG,
    HOME,
    NUMBERS,
    claims_of,
    referral_of,
    residents_account,
)
from tests.integration.openid.conftest import RealProvider, house_with, new_key
from tests.journeys.test_loop_in_a_browser import DESKTOP, SMALL_PHONE, Person, Screens
from tests.serving import free_address


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place where somebody signs in for every role."""
    return make_place(runtime.db)


@pytest.fixture
def site(runtime: Runtime, tmp_path: Path) -> Iterator[str]:
    """The application behind a real socket, and the certified server beside it with NHS login's claims."""
    here = free_address()
    people = {name: claims_of(number) for name, number in NUMBERS.items()}
    back = f"{here}/my/sign-in/nhs-login/back"
    ours, theirs = new_key("ours-512", ALG), [new_key("theirs", ALG)]
    provider = RealProvider(free_address(), ours, theirs, people=people, alg=ALG, backs=[back])
    account = residents_account(tmp_path, issuer=provider.issuer, our_key=ours, token_alg=ALG)
    house = house_with(runtime, account)
    house = replace(house, settings=replace(house.settings, public_url=here))
    runtime.db.public_url = here
    server = make_server("127.0.0.1", int(here.rsplit(":", 1)[1]), create_app(runtime=house), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with provider.serve():
            yield here
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(params=[DESKTOP, SMALL_PHONE])
def screens(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Screens]:
    """Screens of a desktop and of a small old phone."""
    opened: list[BrowserContext] = []
    yield Screens(browser, site, request.param, opened)
    for context in opened:
        context.close()


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Ada has asked for help twice."""
    referral_of(runtime, place, "ada")
    return referral_of(runtime, place, "ada")


def sign_in_there(person: Person, name: str) -> None:
    """Do there what the provider asks; its pages are not ours to check."""
    person.page.get_by_role("button", name="Continue with NHS login", exact=True).click()
    person.page.fill("input[name=login]", name)
    person.page.fill("input[name=password]", "any")
    person.page.click("button[type=submit]")
    person.page.click("button[type=submit]")
    person.page.wait_for_url("**/my/**")


def test_a_person_signs_in_looks_chooses_another_request_and_leaves(
    screens: Screens, made: MadeReferral
) -> None:
    person = screens.open()
    person.page.goto("/my")
    person.checked()
    sign_in_there(person, "ada")
    assert person.page.url == f"{screens.site}{HOME}/progress"
    assert "You, by NHS login" in person.checked().content()
    person.click("Your other requests for help")
    person.page.get_by_role("button", name="See it").click()
    assert person.checked().url == f"{screens.site}{HOME}/progress"
    person.click("See who looked, day by day")
    way_out = person.page.get_by_role("link", name="Leave this page now").get_attribute("href")
    assert way_out == f"{HOME}/leave"
    person.page.request.get(way_out, max_redirects=0)  # to another site, and here is no network
    person.page.goto(f"{HOME}/progress")
    assert "You have left your page" in person.checked().content()


def test_whoever_has_no_page_here_reads_what_they_can_do(screens: Screens, place: MadePlace) -> None:
    person = screens.open()
    person.page.goto("/my")
    sign_in_there(person, "unknown")
    assert person.checked().url == f"{screens.site}/my/not-opened"
    person.click("See all ways to open your page")
    assert person.page.url == f"{screens.site}/my"
