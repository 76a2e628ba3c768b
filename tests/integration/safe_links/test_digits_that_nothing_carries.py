"""Where a house sends e-mail and no texts, six digits by text are not promised: whom to ring is said instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.clients.smtp import MailAccount, Mailer
from app.domain.access import system
from app.domain.directory import Profile
from app.runtime import Runtime
from app.store import places
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.safe_links.conftest import CODE_TO, AddHelper, Helper, Post
from tests.integration.safe_links.test_link_helpers import TOLD, on
from tests.integration.web.conftest import Visitor

OTHER = "sam@home.example"
Browser = Callable[[], Helper]


@pytest.fixture
def mailing(runtime: Runtime) -> Runtime:
    """The house with a mail server, and nobody who sends texts."""
    return replace(runtime, mailer=Mailer(MailAccount("mail.example", 587, "no-reply@backstitch.example")))


@pytest.fixture
def browser(mailing: Runtime, post: Post) -> Browser:
    """Somebody of the group in a browser of their own, in that house."""
    return lambda: Helper(application_of(mailing).test_client(), post)


@pytest.fixture
def steward(mailing: Runtime, place: MadePlace) -> Visitor:
    return Visitor(application_of(mailing).test_client()).sign_in("steward")


@pytest.fixture
def path(place: MadePlace) -> str:
    return f"/organisations/{place.providers[0].id}/safe-links"


def test_helper_by_text_is_told_whom_to_ring_and_keeps_the_link(
    runtime: Runtime, mailing: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, helper: Browser
) -> None:
    add_helper()
    make_referral(runtime.db, place)
    link, somebody = post.link(), helper()
    token = somebody.get(link).token  # the page from before
    application_of(mailing)
    page = somebody.get(link, status=409).text
    assert "Please ring us" in page
    assert "Send me the six digits" not in page
    answer = somebody.client.post(link, data={"csrf_token": token})
    assert answer.status_code == 409
    assert "Please ring us" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert post.take() == []
    application_of(runtime)
    somebody.knock(link)  # the same link is good again once somebody carries texts
    assert [each.to for each in post.take()] == [CODE_TO]


def test_number_of_the_helpers_team_stands_there(
    runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, browser: Browser
) -> None:
    add_helper()
    make_referral(runtime.db, place)
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.team.id, phone="020 7946 0777"))
    assert "020 7946 0777" in browser().get(post.link(), status=409).text


def test_other_digits_are_not_promised_either(
    runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, mailing: Runtime, helper: Browser
) -> None:
    add_helper()
    make_referral(runtime.db, place)
    somebody = helper()
    somebody.knock(post.link())
    post.take()
    application_of(mailing)  # texts ended while they had the page open
    assert somebody.send("/by-link/again", at="/by-link").status_code == 409
    assert post.take() == []


def test_helper_with_a_second_mailbox_comes_in(
    runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, browser: Browser
) -> None:
    add_helper(code_to=OTHER)
    made = make_referral(runtime.db, place)
    inside = browser().come_in(post.link(), code_to=OTHER)
    assert "Adaeze Okonkwo" in inside.get(f"/offers/{made.placement_id}").text


def test_way_that_nothing_carries_is_not_offered_and_not_taken(steward: Visitor, path: str) -> None:
    page = steward.get(path)
    assert "This site cannot send texts." in page.text
    assert "By text to a mobile" not in page.text
    refused = steward.send(path, {**TOLD, "code_phone": "none"})
    assert refused.status_code == 400
    assert "This site cannot send the six digits in that way." in refused.text
    assert "Give a mobile number" not in refused.text  # no field is there for it
    by_mail = {**TOLD, "code_kind": "email", "code_email": OTHER}
    assert steward.send(path, by_mail).status_code == 303


def test_helper_whom_nothing_reaches_is_not_verified(
    steward: Visitor, path: str, add_helper: AddHelper, clock: Clock
) -> None:
    helper_id = add_helper(verified=False)
    page = steward.get(path)
    assert "This site cannot send digits there." in page.text
    verify = f"{path}/{helper_id}/verify"
    assert verify not in page.links
    assert steward.send(verify, {"how": "rang", **on(clock)}).status_code == 409
    assert "Not yet. The steward makes sure first." in steward.get(path).text


def test_house_without_any_mail_shows_what_would_have_been_sent(
    runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post, helper: Browser
) -> None:
    add_helper()
    make_referral(runtime.db, place)
    helper().knock(post.link())
    assert [each.to for each in post.take()] == [CODE_TO]
