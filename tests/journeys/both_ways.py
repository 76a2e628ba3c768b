"""Screens for journeys that are walked twice: on a desktop with JavaScript, and on a small old phone without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.test_loop_in_a_browser import DESKTOP, SMALL_PHONE, Screens


@pytest.fixture(
    params=[(DESKTOP, True), (SMALL_PHONE, False)], ids=["desktop with scripts", "phone without scripts"]
)
def screens(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Screens]:
    """A desktop with JavaScript, then a small old phone without."""
    width, scripts = request.param
    made = Screens(browser, site, width, [], scripts)
    yield made
    for context in made.opened:
        context.close()
