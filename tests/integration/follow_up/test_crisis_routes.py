"""Where an answer can be one that cannot wait: whom to ring at once, on paper, in the letter, and on every own page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from app.domain.crisis import ROUTES
from app.domain.lifecycle import ReferralStatus
from app.domain.measures import About, Item, Library, Measure, library_of
from app.runtime import Runtime
from app.store.follow_ups import FollowUp
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.follow_up.conftest import sweep
from tests.integration.follow_up.test_own_answers import opened
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

Later = Callable[[], Sequence[FollowUp]]
SignIn = Callable[[str], Visitor]
NUMBERS = tuple(route.number for route in ROUTES)
TOLD = "One of your answers tells us"


def measure(code: str, *, alerts_above: int | None) -> Measure:
    item = Item("q", "Hard?", 0, 3, False, alerts_above=alerts_above)
    return Measure(code, "1", code, About.HEALTH, (item,), (), "Invented", "None")


@pytest.fixture
def grave(runtime: Runtime) -> Library:
    """The first of two questionnaires asks what cannot wait."""
    asked = library_of((measure("ons4", alerts_above=0), measure("ucla3", alerts_above=None)))
    runtime.db.measures = asked
    return asked


@pytest.fixture
def on_the_day(runtime: Runtime, clock: Clock, later: Later, grave: Library) -> FollowUp:
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    assert grave.measures
    return later()[0]


def missing(text: str) -> list[str]:
    return [number for number in NUMBERS if number not in text]


def test_paper_and_letter_tell_whom_to_ring(
    sign_in: SignIn, made: MadeReferral, on_the_day: FollowUp
) -> None:
    worker = sign_in("link-worker")
    for address in (f"/follow-ups/{on_the_day.id}/letter", f"/referrals/{made.id}/paper"):
        printed = text_of(worker.client.get(address).data)
        assert missing(printed) == [], address
        assert printed.count("If you need help now") == 1  # beside the one that asks it, not the other


def test_paper_that_asks_nothing_of_the_kind_is_as_it_was(sign_in: SignIn, made: MadeReferral) -> None:
    printed = text_of(sign_in("link-worker").client.get(f"/referrals/{made.id}/paper").data)
    assert "If you need help now" not in printed


def test_the_question_itself_names_them_before_it_is_answered(
    runtime: Runtime, visitor: Visitor, made: MadeReferral, on_the_day: FollowUp
) -> None:
    path = opened(runtime.db, visitor, made)
    page = visitor.get(f"{path}/ons4")
    assert missing(page.text) == []
    assert TOLD not in page.text
    assert "116 123" not in visitor.get(f"{path}/ucla3").text
    assert on_the_day.is_open


def test_after_the_answer_every_page_of_the_link_names_them_also_when_they_stop(
    runtime: Runtime, visitor: Visitor, made: MadeReferral, on_the_day: FollowUp
) -> None:
    path = opened(runtime.db, visitor, made)
    sent = visitor.send(f"{path}/ons4", {"ons4-follow-up-q": "1"})
    assert sent.headers["Location"] == f"{path}/ucla3"
    pages = [f"{path}/ucla3", f"{path}/ons4", path, f"{path}/stop", f"{path}/done"]
    told = {page: visitor.get(page) for page in pages}
    assert [page for page in pages if TOLD not in told[page].text or missing(told[page].text)] == []
    assert all(len(re.findall(r'id="now"', page.html)) == 1 for page in told.values())
    visitor.send(f"{path}/stop")
    assert TOLD in visitor.get(f"{path}/stop").text
    assert TOLD in visitor.get(path).text
    assert on_the_day.is_open


def test_the_persons_own_page_names_them_too(
    runtime: Runtime, visitor: Visitor, place: MadePlace, grave: Library
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    path = opened(runtime.db, visitor, made, purpose="progress")
    own = path.removesuffix("/answers")
    pages = [f"{own}/progress", f"{own}/data", f"{own}/comment", f"{own}/about-you"]
    assert [page for page in pages if TOLD in visitor.get(page).text] == []
    visitor.send(f"{path}/ons4", {"ons4-before-q": "3"})
    assert [page for page in pages if missing(visitor.get(page).text)] == []
    assert grave.measures
