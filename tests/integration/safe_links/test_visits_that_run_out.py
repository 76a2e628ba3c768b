"""A visit by a safe link ends after half an hour without a step, and what was being typed is there again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.runtime import Runtime
from app.services.caring import triage
from tests.by_link import LINK_TO, path_in
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import AddHelper, Helper, Post

NewHelper = Callable[[], Helper]
TYPED = "Is there a lift, and a toilet?"
BACK = "What you typed before is still here"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace, add_helper: AddHelper) -> MadeReferral:
    add_helper()
    return make_referral(runtime.db, place)


@pytest.fixture
def inside(made: MadeReferral, post: Post, helper: NewHelper) -> Helper:
    """Somebody of the group who has opened the offer."""
    return helper().come_in(post.link())


def token_at(who: Helper, page: str) -> str:
    """Open a page with a form; return the token that stands in it."""
    return who.get(page).token


def ask(who: Helper, made: MadeReferral, token: str) -> str:
    """Send a question from the page that was opened with a token; return where that leads."""
    page = question_of(made)
    form = {"question": TYPED, "csrf_token": token}
    return who.client.post(page, data=form, headers={"Referer": f"http://localhost{page}"}).location


def question_of(made: MadeReferral) -> str:
    return f"/offers/{made.placement_id}/question"


def kept(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.scalar(text("select count(*) from kept_link_form")) or 0)


def test_visit_goes_on_with_each_step_and_ends_after_two_hours(
    made: MadeReferral, inside: Helper, clock: Clock
) -> None:
    own = f"/offers/{made.placement_id}"
    for _ in range(5):
        clock.advance(minutes=23)
        assert inside.client.get(own).status_code == 200
    clock.advance(minutes=6)
    assert inside.client.get(own).location == "/by-link/over"


def test_page_tells_when_the_visit_ends(made: MadeReferral, inside: Helper) -> None:
    page = inside.get(f"/offers/{made.placement_id}")
    assert "after half an hour without a step" in page.text
    assert "at the latest" in page.text


def test_what_was_typed_is_back_in_the_next_visit(
    made: MadeReferral, inside: Helper, clock: Clock, post: Post, helper: NewHelper, admin: Engine
) -> None:
    token = token_at(inside, question_of(made))
    clock.advance(minutes=31)
    assert ask(inside, made, token) == "/by-link/over"
    assert "is kept for twelve hours" in inside.get("/by-link/over").text
    inside.send("/by-link/new", at="/by-link/over")
    again = helper().come_in(post.link())
    page = again.get(question_of(made))
    assert TYPED in page.html
    assert BACK in page.text
    assert BACK not in again.get(f"/offers/{made.placement_id}/decline").text
    assert again.send(question_of(made), {"question": TYPED}).status_code == 303
    assert kept(admin) == 0


def test_another_helper_of_the_group_does_not_see_it(
    runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, helper: NewHelper, clock: Clock
) -> None:
    add_helper()
    add_helper("Bo Day", "bo@befrienders.example", "+447700900456")
    made = make_referral(runtime.db, place)
    links = {each.to: path_in(each.text) for each in post.take()}
    first = helper().come_in(links[LINK_TO])
    token = token_at(first, question_of(made))
    clock.advance(minutes=31)
    ask(first, made, token)
    other = helper().come_in(links["bo@befrienders.example"], named="Bo Day", code_to="+447700900456")
    assert TYPED not in other.get(question_of(made)).html


def test_nothing_is_kept_of_a_visit_that_was_finished(
    made: MadeReferral, inside: Helper, admin: Engine
) -> None:
    page = question_of(made)
    token_at(inside, page)
    cookie = inside.client.get_cookie("offer")
    assert cookie is not None
    inside.send("/by-link/end", at=page)
    inside.client.set_cookie("offer", cookie.value)
    form = {"question": TYPED, "csrf_token": token_at(inside, "/by-link/over")}
    answer = inside.client.post(page, data=form, headers={"Referer": f"http://localhost{page}"})
    assert answer.status_code == 409
    assert TYPED in answer.text, "in their own hands, and nowhere else"
    assert kept(admin) == 0
    assert "is kept for twelve hours" not in inside.get("/by-link/over").text


def test_what_is_kept_is_sealed_and_goes_after_twelve_hours(
    made: MadeReferral, inside: Helper, clock: Clock, post: Post, helper: NewHelper, admin: Engine
) -> None:
    token = token_at(inside, question_of(made))
    clock.advance(minutes=31)
    ask(inside, made, token)
    with admin.connect() as connection:
        body = bytes(connection.scalar(text("select body from kept_link_form")))
    assert TYPED.encode() not in body
    clock.advance(hours=12)
    inside.send("/by-link/new", at="/by-link/over")
    again = helper().come_in(post.link())
    assert TYPED not in again.get(question_of(made)).html


def test_what_was_typed_after_the_offer_was_taken_back_is_shown_to_be_copied_and_not_kept(
    runtime: Runtime, place: MadePlace, made: MadeReferral, inside: Helper, admin: Engine
) -> None:
    page = question_of(made)
    form = {"question": TYPED, "csrf_token": token_at(inside, page)}
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="other")
    answer = inside.client.post(page, data=form, headers={"Referer": f"http://localhost{page}"})
    assert answer.status_code == 409
    assert "Your visit is over" in answer.text
    assert TYPED in answer.text
    assert kept(admin) == 0


def test_what_was_typed_in_another_tab_than_the_one_that_finished_is_shown_to_be_copied(
    made: MadeReferral, inside: Helper, admin: Engine
) -> None:
    page = question_of(made)
    form = {"question": TYPED, "csrf_token": token_at(inside, page)}
    assert inside.send("/by-link/end", at=f"/offers/{made.placement_id}").status_code == 303
    answer = inside.client.post(page, data=form, headers={"Referer": f"http://localhost{page}"})
    assert TYPED in answer.text
    assert "It was not saved." in answer.text
    assert kept(admin) == 0
