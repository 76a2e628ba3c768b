"""What two people agree on: who asked never says the second word, and a yes counts for what was asked alone."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.store.accounts import Account
from tests.factories import MadePlace
from tests.integration.signing_in.conftest import MailBox
from tests.integration.signing_in.conftest import invited as account_of
from tests.integration.signing_in.test_nobody_alone import (
    ELSEWHERE,
    SignIn,
    guardian,
    member,
    move,
    third,
    waiting,
)
from tests.integration.web.conftest import Visitor

__all__ = ["guardian", "third"]
ADA = {"full_name": "Ada Lane", "email": "ada@example.org"}


def invite(steward: Visitor, runtime: Runtime, place: MadePlace, role: Role) -> Account:
    """Invite somebody to the place's own organisation."""
    sent = steward.send("/people/invite", {**ADA, "role": role, "organisation_id": place.place.id})
    assert sent.location == "/people"
    return account_of(runtime)


def ask_for_everything(steward: Visitor, guardian: Account, place: MadePlace) -> list[str]:
    """Ask for each thing that two people decide; return the addresses where the second word is said."""
    page = f"/people/{guardian.id}"
    steward.send(page, {"email": ELSEWHERE, "role": "analyst"})
    steward.send(f"{page}/reset-steps", at=page)
    steward.send(f"{page}/end", at=page)
    steward.send(
        f"/people/{place.accounts['analyst'].id}", {"email": "analyst@example.org", "role": "steward"}
    )
    return waiting(steward)


def test_who_asked_is_told_that_another_has_to_say_yes_whatever_it_is(
    sign_in: SignIn, guardian: Account, addressed: MadePlace, runtime: Runtime
) -> None:
    steward = sign_in("steward")
    asked = ask_for_everything(steward, guardian, addressed)
    assert len(asked) == 5, "a new steward, an address, a second step, a role, an end"
    for path in asked:
        answer = steward.send(path, {"granted": "yes"}, at="/people")
        assert (answer.status_code, answer.location) == (303, "/people")
        assert "Another steward has to say yes: two people agree." in steward.get("/people").text
    assert waiting(steward) == asked, "each of them waits still"
    still = member(runtime, guardian)
    assert (still.email, still.active, still.role) == ("guardian@example.org", True, Role.STEWARD)
    assert member(runtime, addressed.accounts["analyst"]).role is Role.ANALYST


def test_database_itself_takes_no_yes_of_who_asked(
    sign_in: SignIn, guardian: Account, addressed: MadePlace, admin: Engine
) -> None:
    ask_for_everything(sign_in("steward"), guardian, addressed)
    alone = "update steward_grant set decided_by = asked_by, decided_at = now(), granted = true"
    with admin.connect() as connection, pytest.raises(Exception, match="two_people"):
        connection.execute(text(alone))


def test_who_asked_takes_it_back_alone(sign_in: SignIn, guardian: Account, addressed: MadePlace) -> None:
    steward = sign_in("steward")
    for path in ask_for_everything(steward, guardian, addressed):
        steward.send(path, {"granted": "no"}, at="/people")
    assert waiting(steward) == []


def test_end_of_a_steward_ends_what_else_was_asked_of_the_account(
    sign_in: SignIn, guardian: Account, third: Account, mail_box: MailBox, runtime: Runtime
) -> None:
    one, two = sign_in("steward"), sign_in("third")
    move(one, guardian, "steward")
    (address,) = waiting(two)
    one.send(f"/people/{guardian.id}/end")
    (end,) = set(waiting(two)) - {address}
    two.send(end, {"granted": "yes"}, at="/people")
    assert waiting(two) == []
    mail_box.open()
    two.send(address, {"granted": "yes"}, at="/people")
    ended = member(runtime, guardian)
    assert (ended.active, ended.email) == (False, "guardian@example.org")
    assert mail_box.open() == [], "nothing more is done to an account that has ended"


def test_new_steward_who_has_set_no_password_yet_is_led_nowhere_else_by_one(
    sign_in: SignIn, guardian: Account, addressed: MadePlace, mail_box: MailBox, runtime: Runtime
) -> None:
    one, two = sign_in("steward"), sign_in("guardian")
    invited = invite(one, runtime, addressed, Role.STEWARD)
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    move(one, invited, "steward")
    one.send(f"/people/{invited.id}/send-link", at=f"/people/{invited.id}")
    assert {letter.to for letter in mail_box.open()} == {"ada@example.org"}
    assert member(runtime, invited).email == "ada@example.org"
    two.send(waiting(two)[0], {"granted": "yes"}, at="/people")
    assert member(runtime, invited).email == ELSEWHERE, "the second steward lets it change"


def test_yes_to_a_steward_to_be_is_a_yes_to_the_address_it_was_asked_with(
    sign_in: SignIn, guardian: Account, addressed: MadePlace, mail_box: MailBox, runtime: Runtime
) -> None:
    one, two = sign_in("steward"), sign_in("guardian")
    invited = invite(one, runtime, addressed, Role.ANALYST)  # whose account it is nobody has shown yet
    one.send(f"/people/{invited.id}", {"email": ADA["email"], "role": "steward"})
    (asked,) = waiting(two)
    move(one, invited, "steward")
    (anew,) = waiting(two)
    two.send(asked, {"granted": "yes"}, at="/people")
    found = member(runtime, invited)
    assert (found.role, found.email) == (Role.ANALYST, ELSEWHERE)
    assert ELSEWHERE in two.get("/people").text, "what is said yes to now"
    two.send(anew, {"granted": "yes"}, at="/people")
    assert member(runtime, invited).role is Role.STEWARD
