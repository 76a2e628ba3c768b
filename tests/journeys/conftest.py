"""What every journey needs: a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browser import launch


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for each file of journeys."""
    with sync_playwright() as playwright, closing(launch(playwright)) as browser:
        yield browser
