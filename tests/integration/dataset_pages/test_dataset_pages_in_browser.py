"""The dataset's pages in a real browser, wide and narrow: accessible, and nothing runs out of the screen."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.factories import PASSWORD
from tests.integration.dataset_api.conftest import EVERY_COLUMN
from tests.integration.projects.conftest import Bench
from tests.journeys.browser import launch

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
DRAWN = "[...document.images].every(each => each.complete && each.naturalWidth > 0)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, closing(launch(playwright)) as browser:
        yield browser


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.usefixtures("desk", "open_view")
@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(
    width: int, browser: Browser, site: str, bench: Bench, newest: Path, box: Path
) -> None:
    bench.approved(fields=EVERY_COLUMN)
    wait_for(box / "desk.json")
    context = browser.new_context(viewport={"width": width, "height": 800}, base_url=site, bypass_csp=True)
    page = context.new_page()
    sign_in(page)
    figures = f"/dataset/figures/{newest.name}"
    for number, path in enumerate(
        (
            "/dataset",
            f"/dataset/releases/{newest.name}",
            f"/dataset/releases/{newest.name}/papers/dictionary",
            f"/dataset/releases/{newest.name}/papers/risk-report",
            "/dataset/figures",
            f"{figures}/weeks_to_start-by-need",
            f"{figures}/people-by-month",
            f"{figures}/uptake-by-month?show=share",
            f"{figures}/all/uptake",
            f"{figures}/equity/uptake",
            "/dataset/figures/overview",
            # a measure by a column that no table has: what would lead to a figure says so instead
            "/dataset/figures/pick?release=latest&measure=people&by=nothing",
            "/dataset/questions",
            "/open-data",
            "/open-data/overview",
            f"/open-data/{newest.name}/people-by-month",
            f"/open-data/{newest.name}/all/uptake",
            f"/open-data/{newest.name}/equity/uptake",
            "/open-data/pick?release=latest&measure=people&by=nothing",
        )
    ):
        page.goto(path)
        look_at(page, f"{number}-{width}")
    page.goto(f"{figures}/weeks_to_start-by-need")
    assert page.evaluate(DRAWN)
    context.close()


@pytest.mark.usefixtures("desk", "newest")
@pytest.mark.parametrize("width", [1280, 320])
def test_an_answer_is_accessible_and_fits(
    width: int, browser: Browser, site: str, bench: Bench, box: Path
) -> None:
    bench.approved(fields=EVERY_COLUMN)
    wait_for(box / "desk.json")
    with closing(
        browser.new_context(viewport={"width": width, "height": 800}, base_url=site, bypass_csp=True)
    ) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/dataset/questions")
        page.locator("input[name=dimensions][value=need]").check()
        page.get_by_role("button", name="Ask").click()
        for _ in range(300):
            if not page.get_by_text("No answer yet").count():
                break
            time.sleep(0.1)
            page.reload()
        assert page.locator("table tbody tr").count() > 2
        look_at(page, f"answer-{width}")


def look_at(page: Page, name: str) -> None:
    """Whether everybody can read a page, on a screen of its width; leave a picture where SCREENSHOTS says."""
    page.evaluate("for (const each of document.images) each.loading = 'eager'")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], page.url
    assert not page.evaluate(WIDE), page.url
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path.name} did not come")
