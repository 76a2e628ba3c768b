"""Sessions: how long, where, ended by hand; what was typed when one ran out; what a demonstration offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import create_app
from app.config import SettingsProblem, from_environment
from app.domain.lifecycle import ReferralStatus
from app.domain.sessions import KEPT_FORM, limits_of
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.web.frame import step_up
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
WORDS = "They would like company on Sundays, and I had written a lot."


@pytest.mark.parametrize("username", ["steward", "analyst", "link-worker"])
def test_session_idles_out_by_role(username: str, sign_in: SignIn, clock: Clock) -> None:
    home = {"steward": "/attention", "analyst": "/dataset", "link-worker": "/referrals"}[username]
    visitor, idle = sign_in(username), limits_of(Role(username)).idle
    clock.now += idle * 0.99
    assert visitor.client.get(home).status_code == 200
    clock.now += idle
    assert visitor.client.get(home).status_code == 302


def test_busy_session_ends_all_the_same(sign_in: SignIn, clock: Clock) -> None:
    visitor, longest = sign_in("steward"), limits_of(Role.STEWARD).longest
    began = clock.now
    while clock.now - began < longest * 0.98:
        assert visitor.client.get("/attention").status_code == 200
        clock.advance(minutes=14)
    clock.advance(minutes=14)
    assert visitor.client.get("/attention").status_code == 302


def test_one_sees_and_ends_ones_own_sessions_and_no_others(sign_in: SignIn) -> None:
    here, elsewhere, other = sign_in("link-worker"), sign_in("link-worker"), sign_in("other-link-worker")
    (path,) = {each for each in here.get("/account").posts if each.endswith("/end")}
    assert "This is where you are now" in here.get("/account").text
    assert other.send(path, at="/account").status_code == 404
    assert elsewhere.client.get("/referrals").status_code == 200
    assert here.send(path, at="/account").location == "/account"
    assert elsewhere.client.get("/referrals").status_code == 302
    assert here.client.get("/referrals").status_code == 200


def test_all_others_are_ended_at_once(sign_in: SignIn) -> None:
    here, others = sign_in("link-worker"), [sign_in("link-worker") for _ in range(2)]
    here.send("/account/sessions/end-others", at="/account")
    assert [each.client.get("/referrals").status_code for each in (here, *others)] == [200, 302, 302]


def test_signing_in_anew_ends_the_session_before_and_signing_out_clears_the_browser(sign_in: SignIn) -> None:
    visitor = sign_in("link-worker")
    before = visitor.client.get_cookie("session")
    visitor.client.post("/sign-in")  # without a token: refused, nothing ends
    assert visitor.client.get("/referrals").status_code == 200
    visitor.send("/sign-in", {"username": "link-worker", "password": PASSWORD}, at="/referrals")
    after = visitor.client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    visitor.client.set_cookie("session", before.value)
    assert visitor.client.get("/referrals").status_code == 302
    visitor.client.set_cookie("session", after.value)
    assert visitor.send("/sign-out", at="/referrals").headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.fixture
def interrupted(sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock) -> tuple[Visitor, str]:
    """A link worker whose session ran out while they wrote; the page that they wrote on."""
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/end"
    token = visitor.get(path).token
    clock.advance(minutes=40)
    form = {"reason": "other", "summary": WORDS, "csrf_token": token}
    referrer = {"Referer": f"http://localhost{path}"}
    answer = visitor.client.post(path, data=form, headers=referrer)
    assert answer.location == f"/sign-in?next={path}"
    return visitor, path


def test_what_was_typed_comes_back_after_signing_in_again(
    interrupted: tuple[Visitor, str], admin: Engine
) -> None:
    visitor, path = interrupted
    with admin.connect() as connection:
        body = connection.execute(text("select body from kept_form")).scalar_one()
    assert WORDS.encode() not in body
    visitor.sign_in("link-worker")
    page = visitor.get(path)
    assert WORDS in page.text + page.html
    assert "nothing was sent" in page.text
    assert WORDS not in visitor.get("/referrals").html


def test_somebody_else_in_the_same_browser_sees_nothing_of_it(interrupted: tuple[Visitor, str]) -> None:
    visitor, path = interrupted
    visitor.sign_in("second-link-worker")
    assert WORDS not in visitor.get(path).html


def test_it_is_gone_after_an_hour_and_in_another_browser(
    interrupted: tuple[Visitor, str], sign_in: SignIn, clock: Clock
) -> None:
    visitor, path = interrupted
    assert WORDS not in sign_in("link-worker").get(path).html
    clock.now += KEPT_FORM
    visitor.sign_in("link-worker")
    assert WORDS not in visitor.get(path).html


def test_who_signed_out_leaves_nothing(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, counted: Callable[[str], int]
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/end"
    cookie = visitor.client.get_cookie("session")
    visitor.send("/sign-out", at=path)
    assert cookie is not None
    visitor.client.set_cookie("session", cookie.value)
    token = visitor.get("/sign-in").token
    form = {"summary": WORDS, "csrf_token": token}
    visitor.client.post(path, data=form, headers={"Referer": f"http://localhost{path}"})
    assert counted("kept_form") == 0


def test_nothing_is_kept_of_a_form_with_a_password(
    sign_in: SignIn, clock: Clock, counted: Callable[[str], int]
) -> None:
    visitor = sign_in("link-worker")
    typed = {"now": PASSWORD, "password": "tulip-harbour-42-candle", "again": "tulip-harbour-42-candle"}
    form = typed | {"csrf_token": visitor.get("/account/password").token}
    clock.advance(minutes=40)
    referrer = {"Referer": "http://localhost/account/password"}
    assert visitor.client.post("/account/password", data=form, headers=referrer).status_code == 302
    assert counted("kept_form") == 0


def test_every_sensitive_address_there_is(app: Flask) -> None:
    assert {f"web.{name}" for name in step_up.SENSITIVE} <= set(app.view_functions)


def test_whole_record_is_taken_along_only_after_saying_who_one_is(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/record.json"
    assert visitor.client.get(path).status_code == 200
    clock.advance(minutes=6)
    assert visitor.client.get(path).location == f"/account/confirm?next={path}"
    sent = visitor.send("/account/confirm", {"password": PASSWORD, "next": path})
    assert sent.location == path
    assert visitor.client.get(path).status_code == 200
    assert sign_in("provider-0").client.get(path).status_code == 403


DEMO = {"demo_sign_ins": ("link-worker", "steward", "no-such-name"), "demo_password": PASSWORD}


def test_demonstration_offers_a_person_for_each_role(runtime: Runtime, place: MadePlace) -> None:
    house = create_app(runtime=replace(runtime, settings=replace(runtime.settings, **DEMO)))
    page = Visitor(house.test_client()).get("/sign-in")
    assert "Invented link-worker, link worker" in page.text
    assert "Invented steward" in page.text


@pytest.mark.parametrize(
    "address", ["https://localhost", "http://backstitch.example", "https://backstitch.example"]
)
def test_no_real_address_ever_offers_anybody(runtime: Runtime, place: MadePlace, address: str) -> None:
    settings = replace(runtime.settings, public_url=address, **DEMO)
    client = create_app(runtime=replace(runtime, settings=settings)).test_client()
    assert PASSWORD not in client.get("/sign-in", base_url=address).text


def test_ordinary_page_offers_nobody(visitor: Visitor, place: MadePlace) -> None:
    page = visitor.get("/sign-in")
    assert "demonstration" not in page.text
    assert PASSWORD not in page.html


def test_program_refuses_to_start_with_demonstration_sign_ins_at_a_real_address() -> None:
    told = {"DEMO_SIGN_INS": "steward", "DEMO_PASSWORD": "x", "PUBLIC_URL": "https://backstitch.example"}
    with pytest.raises(SettingsProblem, match="DEMO_SIGN_INS lets anybody in"):
        from_environment(told)
    with pytest.raises(SettingsProblem) as raised:
        from_environment({**told, "PUBLIC_URL": "http://127.0.0.1:8000"})
    assert "DEMO_SIGN_INS" not in str(raised.value)
