"""Every page that somebody can reach by links from their home: in a browser as narrow as an old phone, checked."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.application import application_of
from tests.factories import MadePlace, make_place, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page
from tests.journeys.html_validity import faults_of

SMALL_PHONE = {"width": 320, "height": 700}
MOST_OF_A_KIND = 2  # pages of one route: a list that is empty for one person may be full for another
FEWEST_KINDS = {"link-worker": 20, "provider-0": 12, "practice-0": 5, "steward": 12, "analyst": 3}
_NEEDS_MORE = 403  # what an analyst is told who has no project yet
MOST_BYTES = 100 * 1024  # of a page's HTML as it is sent, without the files that browsers keep
MOST_KEPT_BYTES = (
    100 * 1024
)  # of the style sheets and scripts that a page names, packed: fetched once, kept for a year
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place where a referral stands at each point of its way."""
    made = make_place(runtime.db)
    for status in ReferralStatus:
        make_referral(runtime.db, made, status, services=(0, 1))
    return made


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The application."""
    return application_of(runtime)


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application behind a real socket, for style sheets and pictures; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def checker(browser: Browser, site: str) -> Iterator[Page]:
    """A small screen into which a page is put to be looked at."""
    with closing(browser.new_context(viewport=SMALL_PHONE, bypass_csp=True)) as context:
        page = context.new_page()
        page.goto(f"{site}/privacy")
        yield page


@pytest.mark.timeout(600)
@pytest.mark.parametrize("username", list(FEWEST_KINDS))
def test_every_page_can_be_read_by_everybody_on_a_small_phone(
    username: str, app: Flask, place: MadePlace, checker: Page
) -> None:
    visitor = Visitor(app.test_client()).sign_in(username)
    wrong: list[tuple[str, object]] = []
    pages: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for path, html in reachable(visitor, app, seen):
        pages[path] = html
        checker.set_content(html, wait_until="load")
        found = Axe().run(checker).response["violations"]
        wrong += [(path, (each["id"], each["nodes"][0]["html"])) for each in found]
        if checker.evaluate(WIDE):
            wrong.append((path, "has to be moved sideways"))
        if len(html.encode()) > MOST_BYTES:
            wrong.append((path, f"weighs {len(html.encode())} bytes"))
    assert wrong == []
    assert faults_of(pages) == []
    assert len(seen) >= FEWEST_KINDS[username], sorted(seen)


def test_what_is_not_html_is_found() -> None:
    page = "<!DOCTYPE html><html lang=en><head><title>A page</title></head><body>{}</body></html>"
    bad = {
        "/list": page.format("<ul><p>No item</p></ul>"),
        "/twice": page.format("<p id=a>1</p><p id=a>2</p>"),
    }
    assert faults_of({"/good": page.format("<h1>Good</h1>")}) == []
    assert {fault.split(":")[0] for fault in faults_of(bad)} == {"/list", "/twice"}


def test_a_first_visit_fetches_little_beside_the_page(app: Flask) -> None:
    client = app.test_client()
    page = read_page(client.get("/sign-in"))
    asked = {path: client.get(path, headers={"Accept-Encoding": "gzip"}) for path in page.assets}
    weights = {path: len(answer.data) for path, answer in asked.items()}
    assert any(path.endswith(".css") for path in weights)
    assert {answer.status_code for answer in asked.values()} == {200}
    assert sum(weights.values()) <= MOST_KEPT_BYTES, weights


def reachable(visitor: Visitor, app: Flask, seen: Counter[str]) -> Iterator[tuple[str, str]]:
    """The pages that links lead to from a person's home, a few of each route, each keeping the rules of every page."""
    waiting = deque([visitor.client.get("/").location])
    known = set(waiting)
    while waiting:
        path = waiting.popleft()
        route = route_of(app, path)
        if route is None or seen[route] >= MOST_OF_A_KIND:
            continue
        answer = visitor.client.get(path)
        assert answer.status_code < 400 or answer.status_code == _NEEDS_MORE, (path, answer.status_code)
        if answer.mimetype != "text/html" or answer.status_code in range(300, 400):
            continue
        seen[route] += 1
        page = read_page(answer)
        for link in page.links:
            target = urlsplit(link)
            if link.startswith("/") and (found := target._replace(fragment="").geturl()) not in known:
                known.add(found)
                waiting.append(found)
        yield path, page.html


def route_of(app: Flask, path: str) -> str | None:
    """The route that an address belongs to, None for what is no page of this application."""
    try:
        rule, _ = app.url_map.bind("localhost").match(urlsplit(path).path, return_rule=True)
    except HTTPException:
        return None
    return None if rule.rule.startswith(("/static", "/api", "/FHIR")) else rule.rule
