"""The loop as three people walk it in a browser without JavaScript, every page of it checked for accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from app import create_app
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.shown import views
from tests.factories import PASSWORD, MadePlace, MadeReferral, make_place, make_referral

DESKTOP, SMALL_PHONE = 1280, 320


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place where somebody signs in for every role."""
    return make_place(runtime.db)


@pytest.fixture
def site(runtime: Runtime) -> Iterator[str]:
    """The application behind a real socket; yields its address."""
    server = make_server("127.0.0.1", 0, create_app(runtime=runtime), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@dataclass
class Person:
    """Somebody at a screen without JavaScript, and a second pair of eyes that checks what they see."""

    page: Page
    checker: Page

    def checked(self) -> Page:
        """The page as it stands, after an accessibility check at this width and a look for sideways scrolling."""
        self.page.wait_for_load_state("load")  # a click waits for the answer's first byte alone
        self.checker.set_content(self.page.content(), wait_until="load")
        found = Axe().run(self.checker).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], self.page.url
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not self.checker.evaluate(wide), self.page.url
        return self.page

    def click(self, words: str) -> Page:
        """Press a button or follow a link, by its words."""
        button = self.page.get_by_role("button", name=words, exact=True)
        found = button if button.count() else self.page.get_by_role("link", name=words, exact=True)
        found.first.click()
        return self.checked()


@dataclass
class Screens:
    """Opens a screen of one width for each person."""

    browser: Browser
    site: str
    width: int
    opened: list[BrowserContext]
    scripts: bool = False  # whether people's browsers run JavaScript

    def open(self) -> Person:
        """Somebody without a sign-in, in a browser of their own."""
        size = {"width": self.width, "height": 800}
        told = {"java_script_enabled": self.scripts, "base_url": self.site}
        plain = self.browser.new_context(viewport=size, **told)
        eyes = self.browser.new_context(viewport=size, bypass_csp=True)
        self.opened += [plain, eyes]
        checker = eyes.new_page()
        checker.goto(f"{self.site}/privacy")  # so that style sheets of the page under check are found
        return Person(plain.new_page(), checker)

    def sign_in(self, username: str) -> Person:
        """Somebody signs in in a browser of their own."""
        person = self.open()
        person.page.goto("/")
        person.checked().get_by_label("User name").fill(username)
        person.page.get_by_label("Password", exact=True).fill(PASSWORD)
        person.click("Sign in")
        return person


@pytest.fixture(params=[DESKTOP, SMALL_PHONE])
def screens(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Screens]:
    """Screens of a desktop and of a small old phone."""
    opened: list[BrowserContext] = []
    yield Screens(browser, site, request.param, opened)
    for context in opened:
        context.close()


@pytest.fixture
def new(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that came in a moment ago."""
    return make_referral(runtime.db, place, ReferralStatus.RECEIVED)


def test_loop_goes_round_from_the_link_worker_to_the_record(
    screens: Screens, runtime: Runtime, place: MadePlace, new: MadeReferral
) -> None:
    link_worker = screens.sign_in("link-worker")
    link_worker.click("Adaeze Okonkwo")
    link_worker.click("Take this referral on")
    link_worker.click("Find help")
    link_worker.click("Ask the chosen services")
    assert "Choose at least one service." in link_worker.page.content()
    link_worker.page.get_by_label("Dalston Befrienders service", exact=True).check()
    link_worker.page.get_by_label("What the provider will be told").fill("Would like company at lunch.")
    link_worker.click("Ask the chosen services")
    assert "The provider has been asked. If they say no, it comes back to you." in link_worker.page.content()

    provider = screens.sign_in("provider-0")
    provider.click("Adaeze Okonkwo")
    assert "Would like company at lunch." in provider.page.content()
    provider.click("Yes, we can help")
    provider.click("Write down a contact")
    provider.page.get_by_label("Phone call").check()
    provider.page.get_by_label("Yes", exact=True).check()
    provider.click("Save the contact")
    provider.click("Write the outcome")
    provider.click("Send the outcome")
    assert provider.page.title().startswith("Error: ")
    provider.page.get_by_label("Things are better for the person").check()
    provider.page.get_by_label("What was done").fill("Came to the lunch club eight times.")
    provider.click("Send the outcome")

    practice = screens.sign_in("practice-0")
    practice.click("Adaeze Okonkwo")
    assert "Came to the lunch club eight times." in practice.page.content()
    practice.click("Filed in the record")
    assert "the loop is closed" in practice.page.content()
    assert views.get_referral(runtime.db, place.link_worker, new.id).referral.status == ReferralStatus.CLOSED

    link_worker.page.reload()
    assert "Whoever asked has the outcome." in link_worker.checked().content()
    steward = screens.sign_in("steward")
    assert "100%" in steward.page.content()


def test_no_leads_to_the_next_provider(screens: Screens, runtime: Runtime, place: MadePlace) -> None:
    make_referral(runtime.db, place, services=(0, 1))
    first = screens.sign_in("provider-0")
    first.click("Adaeze Okonkwo")
    first.click("No, not this time")
    first.page.get_by_label("No capacity").check()
    first.click("Say no")
    assert "Adaeze Okonkwo" not in first.page.content()
    second = screens.sign_in("provider-1")
    assert "Please answer (1)" in second.page.content()


def test_pages_load_without_a_complaint_in_the_console(
    browser: Browser, site: str, runtime: Runtime, place: MadePlace
) -> None:
    make_referral(runtime.db, place)
    complaints: list[str] = []
    with closing(browser.new_context(base_url=site)) as context:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.goto("/sign-in")
        page.get_by_label("User name").fill("provider-0")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name="Adaeze Okonkwo").click()
        page.wait_for_load_state("load")  # a click waits for the answer's first byte alone
        assert page.evaluate("document.body.classList.contains('nhsuk-frontend-supported')")
    assert complaints == []
