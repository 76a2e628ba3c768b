"""A link worker writes a plan and the person reads it in a browser without JavaScript, every page checked."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app import create_app
from app.domain.access import system
from app.domain.own_codes import Wish
from app.runtime import Runtime
from app.services.helping import delivery
from app.services.own import person_links
from app.store import referrals
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.journeys.test_loop_in_a_browser import DESKTOP, SMALL_PHONE, Person, Screens


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place where somebody signs in for every role."""
    return make_place(runtime.db)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that a group said yes to."""
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    return made


@pytest.fixture
def site(runtime: Runtime) -> Iterator[str]:
    """The application behind a real socket; yields its address."""
    server = make_server("127.0.0.1", 0, create_app(runtime=runtime), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(params=[DESKTOP, SMALL_PHONE])
def screens(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Screens]:
    """Screens of a desktop and of a small old phone."""
    opened: list = []
    yield Screens(browser, site, request.param, opened)
    for context in opened:
        context.close()


def open_own_page(screens: Screens, runtime: Runtime, made: MadeReferral) -> tuple[Person, str]:
    """The person opens their own page in a browser of their own; its path."""
    with runtime.db.transaction(system("test")) as tx:
        link = person_links.make_page(tx, referrals.get(tx, made.id, audit="test"), Wish(30))
    path = link.address.removeprefix("http://localhost")
    size = {"width": screens.width, "height": 800}
    plain = screens.browser.new_context(viewport=size, java_script_enabled=False, base_url=screens.site)
    eyes = screens.browser.new_context(viewport=size, bypass_csp=True)
    screens.opened += [plain, eyes]
    checker = eyes.new_page()
    checker.goto(f"{screens.site}/privacy")
    person = Person(plain.new_page(), checker)
    person.page.goto(path)
    for label, value in (("Day", "4"), ("Month", "3"), ("Year", "1951")):
        person.checked().get_by_label(label, exact=True).fill(value)
    person.click("Open")
    person.checked().get_by_label("Your six digits").fill(link.digits)
    person.click("Open")
    return person, path


def write_plan(worker: Person, made: MadeReferral) -> None:
    """The link worker writes a goal and an action, and shares the goal."""
    worker.page.goto(f"/referrals/{made.id}/plan")
    worker.checked()
    worker.click("Write what matters")
    worker.page.get_by_label("What matters to me").fill("My garden, and seeing Ann")
    worker.page.get_by_label("Together with the person").check()
    worker.click("Save")
    worker.click("Add a goal")
    worker.click("Save the goal")
    assert worker.page.title().startswith("Error: ")
    worker.page.get_by_label("The goal, in the person’s own words").fill("Go out once a week")
    worker.page.get_by_label("Together with the person").check()
    worker.click("Save the goal")
    worker.click("Add an action")
    worker.page.get_by_label("What is done").fill("Find my walking shoes")
    worker.page.get_by_label("Me", exact=True).check()
    worker.page.get_by_label("Together with the person").check()
    worker.click("Save the action")
    worker.click("Choose what Dalston Befrienders service may read")
    worker.page.get_by_label("Go out once a week").check()
    worker.page.get_by_label("I asked the person.").check()
    worker.click("Save")
    worker.page.goto(f"/referrals/{made.id}/plan/versions")
    worker.checked()
    worker.click("Version 1")


def test_a_plan_goes_from_the_link_worker_to_the_person_and_back(
    screens: Screens, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    worker = screens.sign_in("link-worker")
    write_plan(worker, made)
    person, _ = open_own_page(screens, runtime, made)
    person.click("My plan")
    assert "Go out once a week" in person.page.content()
    person.page.get_by_role("button", name="I have done this").click()
    assert "Done on" in person.checked().content()
    person.click("Take this back")
    person.click("Take my goals back")
    worker.page.goto(f"/referrals/{made.id}/plan")
    assert "nothing of the plan" in worker.checked().content()


def test_every_page_of_the_persons_own_holds_in_usual_and_in_larger_print(
    screens: Screens, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    person, path = open_own_page(screens, runtime, made)
    for how in ("usual", "large"):
        for part in ("progress", "plan", "seen", "change", "stop", "comment", "about-you", "answers", "data"):
            person.page.goto(f"{path}/{part}?print={how}")
            person.checked()


def test_the_quick_way_out_leaves_nothing_to_go_back_to(
    browser: Browser, site: str, runtime: Runtime, made: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=30)
    context = browser.new_context(base_url=site)
    context.route("**/leave", lambda route: route.fulfill(body="<title>Weather</title>"))  # no network here
    page = context.new_page()
    page.goto("/privacy")
    page.goto(address.removeprefix("http://localhost"))
    page.get_by_role("link", name="Leave this page now").click()
    page.wait_for_url("**/leave")
    page.go_back()
    assert page.url == f"{site}/privacy"
    context.close()
