"""The second step: set up by oneself, used once, never replayed, replaced by a recovery code, switched off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain import paces
from app.domain.access import system
from app.domain.sessions import STEP_UP
from app.runtime import Runtime
from app.services.watching import place_rules
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import (
    App,
    MailBox,
    SecureVisitor,
    acts,
    give_password,
    set_up_app,
)
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def enrolled(sign_in: SignIn, clock: Clock, visitor: Visitor) -> tuple[Visitor, App, list[str]]:
    """A link worker who has set an app up, in a browser where they are not signed in; the app; recovery codes."""
    app, codes = set_up_app(sign_in("link-worker"), clock)
    return visitor, app, codes


def test_password_alone_opens_nothing_once_an_app_is_set_up(
    enrolled: tuple[Visitor, App, list[str]],
) -> None:
    visitor, app, _ = enrolled
    assert give_password(visitor, "link-worker").startswith("/sign-in/code")
    before = visitor.client.get_cookie("session")
    assert visitor.client.get("/referrals").location.startswith("/sign-in")
    assert visitor.send("/sign-in/code", {"code": app.next_code()}).location == "/referrals"
    after = visitor.client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value, "the session has a new token"
    assert visitor.get("/referrals").headings


def test_code_works_once_and_the_one_before_it_no_more(enrolled: tuple[Visitor, App, list[str]]) -> None:
    visitor, app, _ = enrolled
    give_password(visitor, "link-worker")
    earlier = app.next_code()
    used = app.next_code()
    assert visitor.send("/sign-in/code", {"code": used}).status_code == 303
    visitor.send("/sign-out", at="/referrals")
    give_password(visitor, "link-worker")
    for code in (used, earlier):
        answer = visitor.send("/sign-in/code", {"code": code})
        assert (answer.status_code, "used already" in answer.text) == (400, True)
    assert visitor.send("/sign-in/code", {"code": app.next_code()}).status_code == 303


def test_code_of_long_ago_is_refused(enrolled: tuple[Visitor, App, list[str]], clock: Clock) -> None:
    visitor, app, _ = enrolled
    old = app.next_code()
    clock.advance(minutes=2)
    give_password(visitor, "link-worker")
    assert visitor.send("/sign-in/code", {"code": old}).status_code == 400


def test_ten_recovery_codes_each_good_once(
    enrolled: tuple[Visitor, App, list[str]], admin: Engine, runtime: Runtime
) -> None:
    visitor, _, codes = enrolled
    assert len(set(codes)) == 10
    give_password(visitor, "link-worker")
    assert visitor.send("/sign-in/code", {"code": codes[0].upper().replace("-", " ")}).status_code == 303
    assert "9 are left" in visitor.get("/account/app").text
    visitor.send("/sign-out", at="/referrals")
    give_password(visitor, "link-worker")
    assert visitor.send("/sign-in/code", {"code": codes[0]}).status_code == 400
    assert acts(runtime, "use recovery code") == 1
    with admin.connect() as connection:
        kept = connection.execute(text("select code_hash from recovery_code")).scalars().all()
    assert not [code for code in codes if code.replace("-", "").encode() in b"".join(kept)]


def test_no_recovery_codes_where_there_is_nothing_to_recover(sign_in: SignIn, admin: Engine) -> None:
    answer = sign_in("link-worker").send("/account/recovery-codes", at="/account")
    assert (answer.status_code, "Set up an app or a passkey first." in answer.text) == (409, True)
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from recovery_code")).scalar_one() == 0


def test_codes_are_guessed_ten_times_an_account(enrolled: tuple[Visitor, App, list[str]]) -> None:
    visitor, app, _ = enrolled
    give_password(visitor, "link-worker")
    for _ in range(paces.WRONG_CODE.times - 1):  # setting it up was one
        assert visitor.send("/sign-in/code", {"code": "000000"}).status_code == 400
    assert visitor.send("/sign-in/code", {"code": app.next_code()}).status_code == 429


def test_second_step_waits_ten_minutes_for_a_right_password(
    enrolled: tuple[Visitor, App, list[str]], clock: Clock
) -> None:
    visitor, app, _ = enrolled
    give_password(visitor, "link-worker")
    clock.advance(minutes=11)
    assert visitor.client.get("/sign-in/code").location == "/sign-in"
    assert app.code()


def test_secret_is_sealed_and_shown_only_until_it_is_confirmed(
    sign_in: SignIn, clock: Clock, admin: Engine
) -> None:
    visitor = sign_in("link-worker")
    app, _ = set_up_app(visitor, clock)
    with admin.connect() as connection:
        assert app.secret not in connection.execute(text("select secret from totp_secret")).scalar_one()
    page = visitor.get("/account/app")
    assert "otpauth" not in page.html
    assert "svg" not in page.html.partition("<main")[2]


def test_wrong_first_code_leaves_the_app_without_effect(sign_in: SignIn, visitor: Visitor) -> None:
    owner = sign_in("link-worker")
    owner.send("/account/app/begin", at="/account/app")
    assert owner.send("/account/app", {"code": "000000"}).status_code == 400
    assert give_password(visitor, "link-worker") == "/referrals"


def test_setting_it_up_ends_all_other_sessions(sign_in: SignIn, clock: Clock) -> None:
    elsewhere, here = sign_in("link-worker"), sign_in("link-worker")
    set_up_app(here, clock)
    assert here.client.get("/referrals").status_code == 200
    assert elsewhere.client.get("/referrals").status_code == 302


def test_switching_it_off_asks_first_who_it_is_and_tells_them(
    sign_in: SignIn, clock: Clock, addressed: MadePlace, mail_box: MailBox, visitor: Visitor
) -> None:
    owner = sign_in("link-worker")
    set_up_app(owner, clock)
    clock.advance(seconds=STEP_UP.total_seconds())
    asked = owner.send("/account/app/remove", at="/account/app")
    assert asked.location.startswith("/account/confirm")
    assert owner.send("/account/confirm", {"password": "wrong"}).status_code == 400
    assert owner.send("/account/confirm", {"password": PASSWORD}).status_code == 303
    assert owner.send("/account/app/remove", at="/account/app").location == "/account/app"
    assert give_password(visitor, "link-worker") == "/referrals"
    told = [letter.text for letter in mail_box.open()]
    assert [("set up" in each, "switched off" in each) for each in told] == [(True, False), (False, True)]


def test_code_of_the_app_confirms_too(sign_in: SignIn, clock: Clock) -> None:
    owner = sign_in("link-worker")
    app, _ = set_up_app(owner, clock)
    clock.advance(minutes=6)
    assert owner.send("/account/confirm", {"code": app.code()}).status_code == 303
    assert owner.send("/account/confirm", {"code": app.code()}).status_code == 400, "a code is good once"


def test_steward_needs_it_at_a_real_address_and_can_do_nothing_before(
    secure: Runtime, place: MadePlace, clock: Clock
) -> None:
    steward = SecureVisitor(secure)
    give_password(steward, "steward")
    assert steward.client.get("/attention").location == "/account/app"
    assert "you need a second step" in steward.get("/account/app").text
    set_up_app(steward, clock)
    assert steward.get("/attention").headings


def test_place_decides_who_needs_it(secure: Runtime, place: MadePlace) -> None:
    worker = SecureVisitor(secure)
    give_password(worker, "link-worker")
    assert worker.client.get("/referrals").status_code == 200
    place_rules.change_rules(secure.db, system("test"), {"second_step_for": "everybody"})
    assert worker.client.get("/referrals").location == "/account/app"
    place_rules.change_rules(secure.db, system("test"), {"second_step_for": "nobody"})
    assert worker.client.get("/referrals").status_code == 200


def test_on_a_plain_local_address_nobody_needs_it(sign_in: SignIn) -> None:
    assert sign_in("steward").get("/attention").headings


def test_json_api_takes_the_code_beside_the_password(
    enrolled: tuple[Visitor, App, list[str]], clock: Clock
) -> None:
    visitor, app, _ = enrolled
    typed = {"username": "link-worker", "password": PASSWORD}
    answer = visitor.client.post("/api/v1/sign-in", json=typed)
    assert (answer.status_code, "code" in answer.json["error"]["sentence"]) == (401, True)
    code = app.next_code()
    answer = visitor.client.post("/api/v1/sign-in", json={**typed, "code": code})
    assert answer.status_code == 200
    assert visitor.client.post("/api/v1/sign-in", json={**typed, "code": code}).status_code == 401
