"""Who of a group gets links: added by the group or the steward, verified by the steward alone, removed, switched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.safe_links import MOST_HELPERS
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.safe_links.conftest import AddHelper, Post
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
TOLD = {
    "name": "Sam Lee",
    "link_to": "sam@befrienders.example",
    "code_kind": "text",
    "code_phone": "07700 900 123",
    "code_email": "",
}


@pytest.fixture
def path(place: MadePlace) -> str:
    return f"/organisations/{place.providers[0].id}/safe-links"


def on(clock: Clock) -> dict[str, object]:
    return {"on_day": clock.today.day, "on_month": clock.today.month, "on_year": clock.today.year}


def verify_path(visitor: Visitor, path: str) -> str:
    return next(link for link in visitor.get(path).links if link.endswith("/verify"))


def test_helper_that_a_group_adds_gets_nothing_until_the_steward_verified_both_addresses(
    path: str, sign_in: SignIn, post: Post, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    group, steward = sign_in("provider-0"), sign_in("steward")
    assert "appears here" in group.get(path).text
    assert group.send(path, TOLD).status_code == 303
    assert "The steward makes sure first" in group.get(path).text
    make_referral(runtime.db, place)
    assert post.take() == []
    assert "named a helper" in steward.get("/attention").text
    assert "Sam Lee" in steward.get("/safe-links").text
    verify = verify_path(steward, path)
    assert group.client.get(verify).status_code == 403
    assert steward.send(verify, {"how": "rang", **on(clock)}).status_code == 303
    page = steward.get(path).text
    assert "by Invented steward" in page
    assert "I rang a number that we knew before" in page
    assert "+447700900123" in page
    assert "named a helper" not in steward.get("/attention").text
    make_referral(runtime.db, place)
    assert [letter.to for letter in post.take()] == ["sam@befrienders.example"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"name": ""}, "Give a name"),
        ({"link_to": "nobody"}, "Give an e-mail address such as hello@example.org"),
        ({"code_phone": "020 7946 0001"}, "Give a mobile number"),
        ({"code_kind": "email", "code_email": "SAM@befrienders.example"}, "Give another e-mail address"),
        ({"code_kind": "email", "code_email": ""}, "Give an e-mail address such as sam@example.org"),
        ({"code_kind": ""}, "Choose how the six digits reach them"),
    ],
)
def test_one_channel_is_not_two(told: dict[str, str], problem: str, path: str, sign_in: SignIn) -> None:
    answer = sign_in("provider-0").send(path, {**TOLD, **told})
    assert answer.status_code == 400
    assert problem in answer.text
    assert 'value="Sam Lee"' in answer.text or told.get("name") == ""


def test_verifying_asks_how_and_on_a_day_that_can_be(
    path: str, sign_in: SignIn, clock: Clock, add_helper: AddHelper
) -> None:
    add_helper(verified=False)
    steward = sign_in("steward")
    verify = verify_path(steward, path)
    assert steward.send(verify, {"how": "guessed", **on(clock)}).status_code == 400
    assert steward.send(verify, {"how": "rang", "on_day": "31", "on_month": "2"}).status_code == 400
    assert steward.send(verify, {"how": "rang", **on(clock), "on_year": "2030"}).status_code == 400
    assert steward.send(verify, {"how": "rang", **on(clock)}).status_code == 303
    assert steward.send(verify, {"how": "rang", **on(clock)}).status_code == 409


@pytest.mark.parametrize("username", ["provider-1", "link-worker", "practice-0", "analyst"])
def test_helpers_are_nobody_elses(
    username: str, path: str, sign_in: SignIn, add_helper: AddHelper, place: MadePlace
) -> None:
    helper_id = add_helper()
    visitor = sign_in(username)
    for each in (path, f"{path}/{helper_id}/remove"):
        assert visitor.client.get(each).status_code in (403, 404)
    if username == "provider-1":
        own = f"/organisations/{place.providers[1].id}/safe-links"
        assert visitor.send(f"{path}/off", at=own).status_code == 404
        assert visitor.send(f"{own}/{helper_id}/remove", at=own).status_code == 404


def test_whoever_enters_for_a_group_does_not_name_its_helpers(
    path: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    worker = sign_in("link-worker")
    worker.send(f"/referrals/{made.id}/offers/{made.placement_id}/enter", {"told_by": "Pat Ng"})
    assert worker.client.get(path).status_code == 404


def test_removing_is_asked_first_and_ends_links(
    path: str, sign_in: SignIn, add_helper: AddHelper, post: Post, runtime: Runtime, place: MadePlace
) -> None:
    helper_id = add_helper()
    make_referral(runtime.db, place)
    link = post.link()
    group = sign_in("provider-0")
    assert "Remove Sam Lee?" in group.get(f"{path}/{helper_id}/remove").text
    assert group.send(f"{path}/{helper_id}/remove").status_code == 303
    assert (
        group.client.post(
            f"{path}/{helper_id}/remove", data={"csrf_token": group.get(path).token}
        ).status_code
        == 404
    )
    assert group.client.get(link).status_code == 404


def test_switched_off_nothing_is_sent_and_on_again_the_next_offer_is(
    path: str, sign_in: SignIn, add_helper: AddHelper, post: Post, runtime: Runtime, place: MadePlace
) -> None:
    add_helper()
    group = sign_in("provider-0")
    assert group.send(f"{path}/off", at=path).status_code == 303
    assert group.send(f"{path}/off", at=path).status_code == 303  # twice is once
    make_referral(runtime.db, place)
    assert post.take() == []
    assert "Safe links are off" in group.get(path).text
    assert group.send(f"{path}/on", at=path).status_code == 303
    make_referral(runtime.db, place)
    assert len(post.take()) == 1


def test_team_sends_a_link_again_and_is_told_when_nobody_can_have_one(
    sign_in: SignIn, add_helper: AddHelper, post: Post, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    worker, enter = sign_in("link-worker"), f"/referrals/{made.id}/offers/{made.placement_id}/enter"
    send = f"/referrals/{made.id}/offers/{made.placement_id}/safe-link"
    assert "Nobody of the group can have a link now" in worker.get(enter).text
    assert worker.send(send, at=enter).status_code == 409
    add_helper()
    assert "Sam Lee" in worker.get(enter).text
    assert worker.send(send, at=enter).status_code == 303
    (letter,) = post.take()
    assert letter.subject.startswith("Your link, ref ")
    other = sign_in("other-link-worker")
    token = other.get("/referrals").token
    assert other.client.post(send, data={"csrf_token": token}).status_code == 404


def test_helpers_of_one_group_are_not_endless(path: str, sign_in: SignIn, add_helper: AddHelper) -> None:
    for number in range(MOST_HELPERS):
        add_helper(
            f"Helper {number}", f"h{number}@befrienders.example", f"+4477009001{number:02d}", verified=False
        )
    answer = sign_in("provider-0").send(path, TOLD)
    assert answer.status_code == 400
    assert "helpers are the most" in answer.text
