"""Accounts looked after: invited, changed, ended, taken back; stewards by two; a group by whoever leads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, ownership, staff
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_referral
from tests.integration.signing_in.conftest import MailBox, acts, give_password, invited
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
GOOD = "three blue kettles whistle"


@pytest.fixture
def second_steward(runtime: Runtime, place: MadePlace) -> str:
    """Another steward."""
    made = accounts.new_account(
        place.place.id, Role.STEWARD, "guardian", "Second Steward", hash_password(PASSWORD)
    )
    with runtime.db.transaction(system("test")) as tx:
        accounts.add_account(tx, made)
    return "guardian"


def invitation(place: MadePlace, role: str = "link-worker", **other: object) -> dict[str, object]:
    home = {"link-worker": place.team, "provider": place.providers[0]}.get(role, place.place)
    told = {"full_name": "Ada Lane", "email": "ada@example.org", "organisation_id": home.id, "role": role}
    return {**told, **other}


def test_steward_invites_somebody_who_sets_their_own_password(
    sign_in: SignIn, place: MadePlace, mail_box: MailBox, visitor: Visitor, runtime: Runtime
) -> None:
    steward = sign_in("steward")
    assert steward.send("/people/invite", invitation(place)).location == "/people"
    (letter,) = mail_box.open()
    assert letter.to == "ada@example.org"
    assert "Ada Lane" not in letter.text + letter.subject
    link = letter.text[letter.text.index("/set-password/") :].split()[0]
    name = invited(runtime).username
    assert visitor.send("/sign-in", {"username": name, "password": ""}).status_code == 400
    assert visitor.send(link, {"password": GOOD, "again": GOOD}).status_code == 303
    assert give_password(visitor, name, GOOD) == "/referrals"
    assert acts(runtime, "invite") == 1
    assert "Ada Lane" in steward.get("/people").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"full_name": ""}, "full_name"),
        ({"role": "practice"}, "role"),
        ({"role": "system"}, "role"),
        ({"organisation_id": ""}, "organisation_id"),
    ],
)
def test_wrong_invitation_keeps_what_was_typed(
    wrong: dict[str, str], field: str, sign_in: SignIn, place: MadePlace, mail_box: MailBox
) -> None:
    answer = sign_in("steward").send("/people/invite", {**invitation(place), **wrong})
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert mail_box.open() == []


def test_two_of_one_name_and_address_are_told_nothing_of_each_other(
    sign_in: SignIn, place: MadePlace, mail_box: MailBox
) -> None:
    steward, leader = sign_in("steward"), sign_in("provider-0")
    steward.send("/people/invite", invitation(place))
    answer = leader.send("/people/invite", invitation(place, "provider"))
    assert answer.location == "/people"
    assert [letter.to for letter in mail_box.open()] == ["ada@example.org"] * 2


def test_user_name_does_not_tell_whether_somebody_of_that_name_is_at_another_group(
    sign_in: SignIn, place: MadePlace
) -> None:
    """Whoever is the first of their name and whoever is the second get names of one form, not to be foretold."""
    told = []
    for leader in ("provider-0", "provider-1"):
        group = place.providers[int(leader[-1])]
        visitor = sign_in(leader)
        visitor.send("/people/invite", invitation(place, "provider", organisation_id=group.id))
        told += re.findall(r"Their user name is ([a-z0-9.]+)\.", visitor.get("/people").text)
    assert [bool(re.fullmatch(r"ada\.lane\.[0-9]{5}", name)) for name in told] == [True, True], told
    assert told[0] != told[1]


def test_steward_needs_two_stewards(
    sign_in: SignIn,
    place: MadePlace,
    mail_box: MailBox,
    second_steward: str,
    visitor: Visitor,
    runtime: Runtime,
) -> None:
    one, two = sign_in("steward"), sign_in(second_steward)
    one.send("/people/invite", invitation(place, "steward"))
    assert mail_box.open() == []
    page = one.get("/people")
    (grant,) = {path for path in page.posts if path.startswith("/people/grants/")}
    one.send(grant, {"granted": "yes"}, at="/people")
    assert mail_box.open() == [], "who asked cannot say yes"
    assert two.send(grant, {"granted": "yes"}, at="/people").status_code == 303
    visitor.send(mail_box.link(), {"password": GOOD, "again": GOOD})
    assert give_password(visitor, invited(runtime).username, GOOD) == "/attention"


def test_refused_steward_gets_nothing_and_nobody_decides_twice(
    sign_in: SignIn, addressed: MadePlace, second_steward: str
) -> None:
    one, two, analyst = sign_in("steward"), sign_in(second_steward), sign_in("analyst")
    path = f"/people/{addressed.accounts['analyst'].id}"
    one.send(path, {"email": "analyst@example.org", "role": "steward"})
    (grant,) = {each for each in two.get("/people").posts if each.startswith("/people/grants/")}
    two.send(grant, {"granted": "no"}, at="/people")
    two.send(grant, {"granted": "yes"}, at="/people")
    assert analyst.client.get("/attention").status_code == 403
    assert analyst.client.get("/dataset").status_code == 200


def test_change_of_role_counts_from_the_next_request_once_a_second_person_agrees(
    sign_in: SignIn, addressed: MadePlace, runtime: Runtime, second_steward: str
) -> None:
    other = sign_in(second_steward)
    (second,) = _ids(runtime, second_steward)
    with runtime.db.transaction(system("test")) as tx:
        staff.record_email(tx, second, "g@example.org")
    one = sign_in("steward")
    sent = one.send(f"/people/{second}", {"email": "g@example.org", "role": "analyst"})
    assert sent.status_code == 303
    (asked,) = {each for each in one.get("/people").posts if each.startswith("/people/grants/")}
    one.send(asked, {"granted": "yes"}, at="/people")
    assert other.client.get("/attention").status_code == 200, "one alone unmakes no steward"
    other.send(asked, {"granted": "yes"}, at="/people")
    assert other.client.get("/attention").status_code == 302, "signed out at once"
    assert give_password(other, second_steward) == "/dataset"


def _ids(runtime: Runtime, username: str) -> list[UUID]:
    with runtime.db.transaction(system("test")) as tx:
        account = accounts.find_account(tx, username)
        return [account.id] if account else []


def test_leaver_is_out_at_once_and_their_cases_go_to_the_duty(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    worker = sign_in("link-worker")
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    path = f"/people/{place.accounts['link-worker'].id}/end"
    answer = sign_in("steward").send(path)
    assert answer.status_code == 303
    assert worker.client.get("/referrals").status_code == 302
    assert worker.send("/sign-in", {"username": "link-worker", "password": PASSWORD}).status_code == 400
    with runtime.db.transaction(place.actor("second-link-worker")) as tx:
        assert ownership.owners_of(tx, [made.id])[made.id] == ownership.DUTY


def test_who_comes_back_needs_a_new_password(
    sign_in: SignIn, addressed: MadePlace, mail_box: MailBox, visitor: Visitor
) -> None:
    steward, person = sign_in("steward"), addressed.accounts["practice-0"].id
    steward.send(f"/people/{person}/end")
    assert steward.send(f"/people/{person}/take-back", at=f"/people/{person}").status_code == 303
    assert visitor.send("/sign-in", {"username": "practice-0", "password": PASSWORD}).status_code == 400
    visitor.send(mail_box.link(), {"password": GOOD, "again": GOOD})
    assert give_password(visitor, "practice-0", GOOD) == "/loops"


def test_nobody_ends_or_changes_their_own_account(sign_in: SignIn, place: MadePlace) -> None:
    steward, me = sign_in("steward"), place.accounts["steward"].id
    for path, form in (
        (f"/people/{me}", {"email": "s@example.org", "role": "analyst"}),
        (f"/people/{me}/end", {}),
        (f"/people/{me}/reset-steps", {}),
    ):
        answer = steward.send(path, form, at="/people")
        assert "Somebody else must do this for you" in answer.text, path


def test_group_leader_invites_helpers_of_their_own_group_and_sees_no_other(
    sign_in: SignIn, place: MadePlace, mail_box: MailBox, visitor: Visitor, runtime: Runtime
) -> None:
    leader = sign_in("provider-0")
    foreign = invitation(place, "provider", organisation_id=place.providers[1].id)
    assert leader.send("/people/invite", foreign).status_code == 404
    assert leader.send("/people/invite", invitation(place, "steward")).status_code in (400, 404)
    assert mail_box.open() == []
    assert leader.send("/people/invite", invitation(place, "provider")).location == "/people"
    visitor.send(mail_box.link(), {"password": GOOD, "again": GOOD})
    assert give_password(visitor, invited(runtime).username, GOOD) == "/offers"
    page = leader.get("/people")
    assert ("Ada Lane" in page.text, "Invented provider-1" in page.text) == (True, False)
    other = place.accounts["provider-1"].id
    for path in (f"/people/{other}", f"/people/{other}/end", f"/people/{uuid4()}"):
        assert leader.client.get(path).status_code == 404
    for act in ("end", "take-back", "send-link"):
        assert leader.send(f"/people/{other}/{act}", at="/people").status_code == 404
    assert leader.send(f"/people/{other}/reset-steps", at="/people").status_code == 403
    assert visitor.client.get("/people").status_code == 403, "a helper leads nothing"


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "analyst", "resident"])
def test_others_have_no_such_page(username: str, sign_in: SignIn) -> None:
    assert sign_in(username).client.get("/people").status_code == 403


def test_every_grant_asks_first_who_it_is(sign_in: SignIn, place: MadePlace, clock: Clock) -> None:
    steward = sign_in("steward")
    clock.advance(minutes=6)
    steward.client.environ_base["HTTP_REFERER"] = "http://localhost/people/invite"
    asked = steward.send("/people/invite", invitation(place))
    assert asked.location == "/account/confirm?next=/people/invite"
    sent = {"password": PASSWORD, "next": "/people/invite"}
    assert steward.send("/account/confirm", sent).location == "/people/invite"
    page = steward.get("/people/invite")
    assert 'value="Ada Lane"' in page.html, "what was typed is there"
    assert "nothing was sent" in page.text
    assert steward.send("/people/invite", invitation(place)).location == "/people"
    assert 'value="Ada Lane"' not in steward.get("/people/invite").html


@pytest.mark.parametrize("username", ["steward", "analyst", "link-worker", "provider-0", "practice-0"])
def test_one_account_is_shown_with_what_can_be_done(username: str, sign_in: SignIn, place: MadePlace) -> None:
    page = sign_in("steward").get(f"/people/{place.accounts[username].id}")
    assert (username == "steward") == ("This is you." in page.text)
    assert (username != "steward") == ("End this account" in page.text)


def test_what_is_wrong_with_a_change_is_said_beside_its_field(sign_in: SignIn, place: MadePlace) -> None:
    path = f"/people/{place.accounts['analyst'].id}"
    answer = sign_in("steward").send(path, {"email": "", "role": "provider"})
    assert answer.status_code == 400
    assert "Write their e-mail address." in answer.text
