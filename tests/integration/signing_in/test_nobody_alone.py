"""One steward takes over nobody's account: what would lead into it needs a second word, and its owner hears of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.access import system
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, staff
from app.store.accounts import Account
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import MailBox, acts, give_password, invited, set_up_app
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
GOOD = "three blue kettles whistle"
ELSEWHERE = "somebody@elsewhere.example"


def new_steward(runtime: Runtime, place: MadePlace, name: str) -> Account:
    made = accounts.new_account(
        place.place.id, Role.STEWARD, name, f"Steward {name}", hash_password(PASSWORD)
    )
    with runtime.db.transaction(system("test")) as tx:
        accounts.add_account(tx, made)
        staff.record_email(tx, made.id, f"{name}@example.org")
    return made


@pytest.fixture
def guardian(runtime: Runtime, addressed: MadePlace) -> Account:
    """Another steward, who signs in."""
    return new_steward(runtime, addressed, "guardian")


@pytest.fixture
def third(runtime: Runtime, addressed: MadePlace) -> Account:
    """A third one."""
    return new_steward(runtime, addressed, "third")


def waiting(visitor: Visitor) -> list[str]:
    """What waits for a second word, as this steward sees it."""
    return sorted({path for path in visitor.get("/people").posts if path.startswith("/people/grants/")})


def member(runtime: Runtime, account: Account) -> staff.StaffMember:
    with runtime.db.transaction(system("test")) as tx:
        return staff.get_member(tx, account.id)


def move(steward: Visitor, account: Account, role: str) -> None:
    """Ask for another address of an account."""
    page = f"/people/{account.id}"
    assert steward.send(page, {"email": ELSEWHERE, "role": role}).status_code == 303


def test_one_steward_does_not_become_two(
    sign_in: SignIn, guardian: Account, mail_box: MailBox, runtime: Runtime, clock: Clock, visitor: Visitor
) -> None:
    theirs = sign_in("guardian")
    set_up_app(theirs, clock)
    mail_box.open()
    alone, page = sign_in("steward"), f"/people/{guardian.id}"
    move(alone, guardian, "steward")
    alone.send(f"{page}/reset-steps", at=page)
    alone.send(f"{page}/send-link", at=page)
    alone.send(f"{page}/end")
    alone.send(f"{page}/take-back", at=page)
    for path in waiting(alone):
        alone.send(path, {"granted": "yes"}, at="/people")
    assert {letter.to for letter in mail_box.open()} == {"guardian@example.org"}
    still = member(runtime, guardian)
    assert (still.email, still.active, still.role) == ("guardian@example.org", True, Role.STEWARD)
    assert give_password(visitor, "guardian").startswith("/sign-in/code"), (
        "the second step is still asked for"
    )


def test_second_steward_lets_the_address_change_and_both_addresses_hear(
    sign_in: SignIn, guardian: Account, third: Account, mail_box: MailBox, runtime: Runtime
) -> None:
    theirs = sign_in("guardian")
    one, two = sign_in("steward"), sign_in("third")
    page = f"/people/{guardian.id}"
    one.send(f"{page}/send-link", at=page)
    link = mail_box.link()
    move(one, guardian, "steward")
    (told,) = mail_box.open()
    assert (told.to, ELSEWHERE in told.text) == ("guardian@example.org", False)
    assert ELSEWHERE in two.get("/people").text, "who says yes sees to what"
    (asked,) = waiting(two)
    assert two.send(asked, {"granted": "yes"}, at="/people").status_code == 303
    assert member(runtime, guardian).email == ELSEWHERE
    assert {letter.to for letter in mail_box.open()} == {"guardian@example.org", ELSEWHERE}
    assert theirs.client.get("/attention").status_code == 302, "signed out"
    assert theirs.client.get(link).status_code == 404, "the link that was on its way has ended"
    assert acts(runtime, "change address") == 1


def test_steps_switched_off_after_a_changed_address_are_told_to_the_one_before(
    sign_in: SignIn, guardian: Account, third: Account, mail_box: MailBox, clock: Clock
) -> None:
    one, two, page = sign_in("steward"), sign_in("third"), f"/people/{guardian.id}"
    move(one, guardian, "steward")
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    one.send(f"{page}/reset-steps", at=page)
    mail_box.open()
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    assert {letter.to for letter in mail_box.open()} == {"guardian@example.org", ELSEWHERE}
    clock.advance(days=31)
    one, two = sign_in("steward"), sign_in("third")
    one.send(f"{page}/reset-steps", at=page)
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    assert {letter.to for letter in mail_box.open()} == {ELSEWHERE}, "not for ever"


def test_steward_cannot_lead_a_link_workers_letters_elsewhere(
    sign_in: SignIn, addressed: MadePlace, mail_box: MailBox, runtime: Runtime
) -> None:
    worker, page = addressed.accounts["link-worker"], f"/people/{addressed.accounts['link-worker'].id}"
    steward = sign_in("steward")
    move(steward, worker, "link-worker")
    steward.send(f"{page}/end")
    steward.send(page, {"email": ELSEWHERE, "role": "link-worker"})
    steward.send(f"{page}/take-back", at=page)
    steward.send(page, {"email": ELSEWHERE, "role": "link-worker"})
    steward.send(f"{page}/send-link", at=page)
    assert ELSEWHERE not in {letter.to for letter in mail_box.open()}
    assert member(runtime, worker).email == "link-worker@example.org"


@pytest.mark.parametrize(("said", "address"), [("yes", ELSEWHERE), ("no", "link-worker@example.org")])
def test_owner_says_yes_or_no_to_a_new_address_themselves(
    said: str, address: str, sign_in: SignIn, addressed: MadePlace, runtime: Runtime, mail_box: MailBox
) -> None:
    worker, foreign = sign_in("link-worker"), sign_in("provider-0")
    move(sign_in("steward"), addressed.accounts["link-worker"], "link-worker")
    page = worker.get("/account")
    assert ELSEWHERE in page.text
    (path,) = {each for each in page.posts if each.startswith("/account/changes/")}
    assert foreign.send(path, {"granted": "yes"}, at="/account").status_code == 404
    assert worker.send(path, {"granted": said}, at="/account").location == "/account"
    assert member(runtime, addressed.accounts["link-worker"]).email == address
    assert worker.client.get("/account").status_code == 200, "where they said so they stay signed in"
    assert worker.send(path, {"granted": "yes"}, at="/account").location == "/account"
    assert member(runtime, addressed.accounts["link-worker"]).email == address, "said once"


def test_nobody_says_yes_to_becoming_a_steward_themselves(
    sign_in: SignIn, addressed: MadePlace, runtime: Runtime
) -> None:
    analyst, made = sign_in("analyst"), addressed.accounts["analyst"]
    steward = sign_in("steward")
    steward.send(f"/people/{made.id}", {"email": "analyst@example.org", "role": "steward"})
    (grant,) = waiting(steward)
    assert "/account/changes/" not in analyst.get("/account").html
    own = grant.replace("/people/grants/", "/account/changes/")
    assert analyst.send(own, {"granted": "yes"}, at="/account").status_code == 404
    assert member(runtime, made).role is Role.ANALYST


@pytest.mark.parametrize("by", ["guardian", "third"])
def test_end_of_a_steward_waits_and_signs_them_out_meanwhile(
    by: str, sign_in: SignIn, guardian: Account, third: Account, runtime: Runtime, mail_box: MailBox
) -> None:
    before = sign_in("guardian")
    one = sign_in("steward")
    assert one.send(f"/people/{guardian.id}/end").location == "/people"
    assert before.client.get("/attention").status_code == 302, "a browser that was stolen opens nothing"
    assert member(runtime, guardian).active
    assert [letter.to for letter in mail_box.open()] == ["guardian@example.org"]
    two = sign_in(by)
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    assert not member(runtime, guardian).active


def test_invitation_to_a_wrong_address_is_put_right_by_one(
    sign_in: SignIn, addressed: MadePlace, mail_box: MailBox, runtime: Runtime, visitor: Visitor
) -> None:
    steward = sign_in("steward")
    told = {"full_name": "Ada Lane", "email": "aad@example.org", "role": "link-worker"}
    steward.send("/people/invite", {**told, "organisation_id": addressed.team.id})
    wrong = mail_box.link()
    ada = invited(runtime)
    move(steward, ada, "link-worker")
    assert member(runtime, ada).email == ELSEWHERE
    assert {letter.to for letter in mail_box.open()} == {"aad@example.org", ELSEWHERE}, "both hear of it"
    assert visitor.client.get(wrong).status_code == 404
    steward.send(f"/people/{ada.id}/send-link", at=f"/people/{ada.id}")
    visitor.send(mail_box.link(), {"password": GOOD, "again": GOOD})
    assert give_password(visitor, ada.username, GOOD) == "/referrals"


def test_address_that_was_changed_while_a_steward_waits_is_asked_for_anew(
    sign_in: SignIn, guardian: Account, addressed: MadePlace, mail_box: MailBox, runtime: Runtime
) -> None:
    one, two = sign_in("steward"), sign_in("guardian")
    told = {"full_name": "Ada Lane", "email": "ada@example.org", "role": "steward"}
    one.send("/people/invite", {**told, "organisation_id": addressed.place.id})
    (grant,) = waiting(two)
    assert "ada@example.org" in two.get("/people").text
    ada = invited(runtime)
    move(one, ada, "steward")
    two.send(grant, {"granted": "yes"}, at="/people")
    assert not member(runtime, ada).active, "the yes was to another address"
    assert not [letter for letter in mail_box.open() if "/set-password/" in letter.text]
