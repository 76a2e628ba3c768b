"""The door of a safe link: looking leaves it whole, it opens once, its digits run out, and it opens one offer alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.domain.safe_links import MOST_CODES, MOST_LINKS_A_DAY, MOST_TRIES
from app.runtime import Runtime
from app.services.by_link import safe_contacts
from app.services.caring import triage
from app.services.helping import delivery
from app.services.rights import consent
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import CODE_TO, LINK_TO, AddHelper, Helper, Post
from tests.integration.web.conftest import Visitor

NewHelper = Callable[[], Helper]
SignIn = Callable[[str], Visitor]
PERSONAL = ("Okonkwo", "Adaeze", "Cardamom", "07700 900461", "Lives alone", "Dalston")
GONE = "This link does not work"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace, add_helper: AddHelper) -> MadeReferral:
    """An offer to the first provider, who has one helper."""
    add_helper()
    return make_referral(runtime.db, place)


def test_offer_sends_a_link_that_says_nothing_of_the_person(made: MadeReferral, post: Post) -> None:
    (letter,) = post.take()
    assert letter.to == LINK_TO
    assert re.fullmatch(r"New referral, ref [A-Z0-9-]+", letter.subject)
    assert not [word for word in (*PERSONAL, "loneliness", "befriend") if word in letter.text]
    assert len(re.findall(r"/offer-link/([\w-]+)", letter.text)[0]) == 43  # 256 random bits


def test_looking_a_hundred_times_leaves_the_link_unused(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    path, scanner = post.link(), helper()
    for _ in range(50):
        assert scanner.client.get(path).status_code == 200
        assert scanner.client.head(path).status_code == 200
    assert post.take() == []
    assert "Adaeze Okonkwo" in helper().come_in(path).get(f"/offers/{made.placement_id}").text


def test_neutral_page_is_the_same_for_everybody_and_names_nobody(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    page = helper().get(post.link())
    assert not [word for word in PERSONAL if word in page.text]
    assert not re.search(r"referr|offer|befriend", page.text, re.IGNORECASE)
    assert page.posts != []


def test_code_leaves_the_address_and_no_other_site_hears_of_it(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    path, somebody = post.link(), helper()
    answer = somebody.send(path)
    assert answer.location == "/by-link"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert somebody.get("/by-link").posts == ["/by-link", "/by-link/again"]


def test_link_that_was_used_leads_to_the_gone_page(made: MadeReferral, post: Post, helper: NewHelper) -> None:
    path = post.link()
    helper().come_in(path)
    replayed = helper()
    assert GONE in replayed.get(path, status=404).text
    assert GONE in replayed.get("/offer-link/" + "x" * 43, status=404).text


def test_digits_go_to_the_other_channel_and_not_with_the_link(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    path = post.link()
    helper().knock(path)
    (letter,) = post.take()
    assert letter.to == CODE_TO
    assert "offer-link" not in letter.text


def test_another_offers_address_is_absent(
    made: MadeReferral, post: Post, helper: NewHelper, runtime: Runtime, place: MadePlace
) -> None:
    path = post.link()
    other = make_referral(runtime.db, place)  # of the same provider
    inside = helper().come_in(path)
    foreign = inside.get(f"/offers/{other.placement_id}", status=404)
    absent = inside.get(f"/offers/{uuid4()}", status=404)
    assert foreign.text == absent.text
    own = f"/offers/{made.placement_id}"
    assert inside.send(f"/offers/{other.placement_id}/accept", at=own).status_code == 404
    for closed in (
        "/offers",
        "/offers.csv",
        "/services",
        "/evaluation",
        "/register",
        "/waiting",
        "/blockages",
    ):
        assert inside.client.get(closed).status_code == 404, closed
    group = f"/organisations/{place.providers[0].id}/safe-links"
    assert inside.client.get(group).status_code == 404


def test_wrong_digits_lock_the_helper_and_the_steward_is_told(
    made: MadeReferral, post: Post, helper: NewHelper, sign_in: SignIn, place: MadePlace
) -> None:
    path, guesser = post.link(), helper()
    guesser.knock(path)
    right = post.digits()
    wrong = [f"{(int(right) + step) % 10**6:06d}" for step in range(1, MOST_TRIES + 1)]
    assert [guesser.type(each) for each in wrong] == [400] * (MOST_TRIES - 1) + [404]
    page = guesser.client.post("/by-link", data={"digits": right, "named": "Sam"})
    assert page.status_code in (400, 404)
    assert guesser.client.get(f"/offers/{made.placement_id}").status_code == 302
    steward = sign_in("steward")
    assert "links are locked" in steward.get("/attention").text
    assert "Locked since" in steward.get("/safe-links").text
    guesser.client.post(f"{path}/new", data={"csrf_token": guesser.get(path, status=404).token})
    assert post.take() == []
    group = f"/organisations/{place.providers[0].id}/safe-links"
    unlock = next(each for each in steward.get(group).posts if each.endswith("/unlock"))
    assert steward.send(unlock, at=group).status_code == 303
    assert "links are locked" not in steward.get("/attention").text


def test_digits_run_out_after_ten_minutes_and_others_can_be_sent(
    made: MadeReferral, post: Post, helper: NewHelper, clock: Clock
) -> None:
    somebody = helper()
    somebody.knock(post.link())
    old = post.digits()
    clock.advance(minutes=11)
    assert somebody.type(old) == 400
    assert somebody.send("/by-link/again", at="/by-link").status_code == 303
    assert somebody.type(post.digits()) == 303


def test_codes_of_one_visit_are_few(made: MadeReferral, post: Post, helper: NewHelper) -> None:
    somebody = helper()
    somebody.knock(post.link())
    answers = [somebody.send("/by-link/again", at="/by-link").status_code for _ in range(MOST_CODES)]
    assert answers == [303] * (MOST_CODES - 1) + [429]


def test_visit_ends_after_half_an_hour_without_a_step(
    made: MadeReferral, post: Post, helper: NewHelper, clock: Clock
) -> None:
    inside = helper().come_in(post.link())
    clock.advance(minutes=29)
    inside.get(f"/offers/{made.placement_id}")
    clock.advance(minutes=31)
    answer = inside.client.get(f"/offers/{made.placement_id}")
    assert (answer.status_code, answer.location) == (302, "/by-link/over")
    over = inside.get("/by-link/over").text
    assert "Your visit is over" in over
    assert not [word for word in PERSONAL if word in over]


def test_link_runs_out_after_seven_days(
    made: MadeReferral, post: Post, helper: NewHelper, clock: Clock
) -> None:
    path = post.link()
    clock.advance(days=7, minutes=1)
    assert GONE in helper().get(path, status=404).text


def test_new_link_goes_to_the_known_address_and_tells_nobody_whether_it_did(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    path, somebody = post.link(), helper()
    helper().come_in(path)
    post.take()
    page = somebody.get(path, status=404)
    token = {"csrf_token": page.token}
    known = somebody.client.post(f"{path}/new", data=token)
    unknown = somebody.client.post("/offer-link/" + "y" * 43 + "/new", data=token)
    assert [(each.status_code, each.location) for each in (known, unknown)] == [(303, "/by-link/sent")] * 2
    assert known.headers.getlist("Set-Cookie") == unknown.headers.getlist("Set-Cookie") == []
    assert "Look at your e-mail" in somebody.get("/by-link/sent").text
    (letter,) = post.take()
    assert letter.to == LINK_TO
    for _ in range(MOST_LINKS_A_DAY):
        somebody.client.post(f"{path}/new", data=token)
    assert len(post.take()) == MOST_LINKS_A_DAY - 2


@pytest.mark.parametrize("how", ["declined", "withdrawn", "no consent", "switched off", "helper removed"])
def test_whatever_ends_it_ends_the_link_and_the_open_visit(
    how: str,
    made: MadeReferral,
    post: Post,
    helper: NewHelper,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    first = post.link()
    inside = helper().come_in(first)
    if how == "withdrawn":
        triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="sent-by-mistake")
    if how == "declined":
        delivery.decline(runtime.db, place.actor("provider-0"), made.placement_id, reason="21")
    if how == "no consent":
        consent.record(runtime.db, place.link_worker, made.id, given=False)
    if how == "switched off":
        safe_contacts.switch(runtime.db, place.actor("steward"), place.providers[0].id, off=True)
    if how == "helper removed":
        steward, group = place.actor("steward"), place.providers[0].id
        (known,) = safe_contacts.list_helpers(runtime.db, steward, group).helpers
        safe_contacts.remove_helper(runtime.db, steward, group, known.id)
    answer = inside.client.get(f"/offers/{made.placement_id}", follow_redirects=True)
    assert "Your visit is over" in answer.text
    assert not [word for word in PERSONAL if word in answer.text]
    post.take()
    somebody = helper()
    token = somebody.get(first, status=404).token
    assert somebody.client.post(f"{first}/new", data={"csrf_token": token}).status_code == 303
    assert post.take() == []


def test_help_that_has_begun_cannot_be_seen_by_link_after_a_no(
    made: MadeReferral, post: Post, helper: NewHelper, runtime: Runtime, place: MadePlace
) -> None:
    inside = helper().come_in(post.link())
    own = f"/offers/{made.placement_id}"
    inside.send(f"{own}/accept", at=own)
    inside.send(f"{own}/start", at=own)
    consent.record(runtime.db, place.link_worker, made.id, given=False)
    assert "Your visit is over" in inside.client.get(own, follow_redirects=True).text


def test_links_that_ended_stay_ended_when_links_are_switched_on_again(
    made: MadeReferral, post: Post, helper: NewHelper, runtime: Runtime, place: MadePlace
) -> None:
    path, group = post.link(), place.providers[0].id
    inside = helper().come_in(path)
    for off in (True, False):
        safe_contacts.switch(runtime.db, place.actor("provider-0"), group, off=off)
    assert (
        "Your visit is over" in inside.client.get(f"/offers/{made.placement_id}", follow_redirects=True).text
    )


@pytest.mark.parametrize("status", [ReferralStatus.CLOSED, ReferralStatus.COMPLETED])
def test_link_of_a_closed_referral_shows_nothing(
    status: ReferralStatus,
    add_helper: AddHelper,
    post: Post,
    helper: NewHelper,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    add_helper()
    make_referral(runtime.db, place, status)
    page = helper().get(post.link(), status=404)
    assert GONE in page.text
    assert not [word for word in PERSONAL if word in page.text]


def test_nothing_that_opens_anything_is_kept_in_plain(
    made: MadeReferral, post: Post, helper: NewHelper, admin: Engine
) -> None:
    path, somebody = post.link(), helper()
    somebody.knock(path)
    digits, cookie = post.digits(), somebody.client.get_cookie("offer")
    assert cookie is not None
    with admin.connect() as connection:
        tables = ("one_tap_link", "link_visit", "audit_event", "mail_message")
        rows = [connection.execute(text(f"select t::text from {each} t")).scalars() for each in tables]  # noqa: S608 - ours
        everything = "".join(line for found in rows for line in found)
    assert path.rsplit("/", 1)[1] not in everything
    assert cookie.value not in everything
    assert not re.search(rf"\b{digits}\b", everything)
