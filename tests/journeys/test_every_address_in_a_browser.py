"""Every address that shows a page, from the application's own map, as whoever may open it: none is passed over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.every_address import NO_PAGE, Opened, addresses, opened_by, opened_without_account
from tests.journeys.eyes import Eyes, eyes_on
from tests.security.conftest import house_settings, world
from tests.security.knocking import PEOPLE
from tests.security.policy import routes
from tests.security.world import World

__all__ = ["house_settings", "world"]  # the filled house of the matrix serves here too
pytestmark = pytest.mark.timeout(1500)
# Addresses that show no page in this house, and the test that opens them in a browser.
_DATASET = "tests/integration/dataset_pages/test_dataset_pages_in_browser.py"
_SIGNING_IN = "tests/journeys/test_nhs_login_in_a_browser.py: no provider of sign-ins is set up here"
_STEWARDS = "tests/journeys/test_stewards_in_a_browser.py: two stewards have erased a record"
_LATER = "tests/journeys/test_pages_of_later_in_a_browser.py: a state that only comes with time"
ELSEWHERE = {
    "/account/confirm/with/<way>": _SIGNING_IN,
    "/account/sign-ins/<way>/join": _SIGNING_IN,
    "/my/<code>/requests": _SIGNING_IN,
    "/my/sign-in/<way>": _SIGNING_IN,
    "/my/sign-in/<way>/back": _SIGNING_IN,
    "/sign-in/with/<way>": _SIGNING_IN,
    "/sign-in/with/<way>/back": _SIGNING_IN,
    "/dataset/figures/<release_id>/<table>": _DATASET,
    "/dataset/figures/<release_id>/all/<measure>": _DATASET,
    "/dataset/figures/<release_id>/equity/<measure>": _DATASET,
    "/dataset/figures/pick": _DATASET,
    "/dataset/questions": _DATASET,
    "/dataset/questions/<uuid:question_id>": _DATASET,
    "/dataset/releases/<release_id>": _DATASET,
    "/dataset/releases/<release_id>/papers/<paper>": _DATASET,
    "/open-data": _DATASET,
    "/open-data/<release_id>/<table>": _DATASET,
    "/open-data/<release_id>/all/<measure>": _DATASET,
    "/open-data/<release_id>/equity/<measure>": _DATASET,
    "/open-data/overview": _DATASET,
    "/open-data/pick": _DATASET,
    "/directory-categories/one": _LATER,
    "/entering/over": _LATER,
    "/my/<code>/answers/<measure_code>": _LATER,
    "/offers/<uuid:placement_id>/late-outcome": _LATER,
    "/retention/<uuid:review_id>/certificate": _STEWARDS,
    "/services/<uuid:service_id>/entry/sessions/<int:place>": _LATER,
    "/sign-in/code": _LATER,
    "/value": _LATER,
}


@pytest.fixture(scope="module")
def eyes(browser: Browser, world: World) -> Iterator[Eyes]:
    """Eyes that remember which shapes of pages they have seen, whoever was shown them."""
    with eyes_on(browser, world.app) as eyes:
        yield eyes


@pytest.fixture(scope="module")
def shown() -> set[str]:
    """The addresses at which somebody was shown a page."""
    return set()


def listed(wrong: list[tuple[str, object]]) -> str:
    """Every line of what is wrong, for whoever has to mend it."""
    return "\n" + "\n".join(f"{path}: {what}" for path, what in wrong)


def look_at(eyes: Eyes, shown: set[str], opened: Iterator[Opened]) -> list[tuple[str, object]]:
    """Look at each page among the answers; return what is wrong with them."""
    eyes.wrong.clear()
    eyes.pages.clear()
    for each in opened:
        if each.is_page or each.is_file:
            shown.add(each.rule)
        if each.is_page:
            eyes.look(each.path, each.answer.text)
    return eyes.verdict()


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_of_a_role_can_be_read_by_everybody(
    role: str, world: World, eyes: Eyes, shown: set[str]
) -> None:
    wrong = look_at(eyes, shown, opened_by(world, role))
    assert not wrong, listed(wrong)


def test_every_page_without_an_account_can_be_read_by_everybody(
    world: World, eyes: Eyes, shown: set[str]
) -> None:
    wrong = look_at(eyes, shown, opened_without_account(world))
    assert not wrong, listed(wrong)


def test_no_page_was_passed_over(world: World, shown: set[str]) -> None:
    there_are = {row.route for row in addresses(world)}
    unseen, seen = sorted(there_are - shown - ELSEWHERE.keys()), sorted(ELSEWHERE.keys() & shown)
    assert not unseen, "looked at nowhere: name them in ids.py, or the test that opens them\n" + "\n".join(
        unseen
    )
    assert not seen, "looked at here: they need not be named\n" + "\n".join(seen)
    known = {route.rule for route in routes(world.app)}
    assert sorted((ELSEWHERE.keys() | NO_PAGE.keys()) - known) == [], "gone"
