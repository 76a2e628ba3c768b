"""Signing in by a certified OpenID Connect server: there and back, joined, confirmed, ended from there."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from app import create_app
from app.domain.sessions import STEP_UP
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.openid.conftest import RealProvider, browser_of, house_with, joined, new_key
from tests.integration.signing_in.conftest import acts
from tests.serving import free_address


def test_an_identity_that_nobody_joined_opens_nothing_and_makes_no_account(
    house: Runtime, place: MadePlace, counted
) -> None:
    before = counted("user_account")
    answer = browser_of(house).sign_in_there("stranger")
    assert answer.status_code == 403
    assert "No account here is joined to this sign-in" in answer.text
    assert (counted("user_account"), counted("user_session"), counted("identity")) == (before, 0, 0)


def test_joined_once_it_signs_in_with_the_role_of_the_account(house: Runtime, place: MadePlace) -> None:
    person = joined(house, "link-worker", "alex")
    answer = person.sign_in_there("alex", "/sign-in/with/smartcard?next=/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert person.client.get("/referrals").status_code == 200
    assert person.client.get("/attention").status_code == 403
    assert acts(house, "join identity") == 1


def test_what_the_browser_takes_there_is_new_each_time_and_names_nobody(
    house: Runtime, place: MadePlace
) -> None:
    person = browser_of(house)
    asked = [parse_qs(urlsplit(person.ask()).query) for _ in range(2)]
    for each in asked:
        assert each["code_challenge_method"] == ["S256"]
        assert each["response_type"] == ["code"]
        assert each["scope"] == ["openid"]
    assert all(asked[0][name] != asked[1][name] for name in ("state", "nonce", "code_challenge"))


def test_an_answer_counts_once_and_in_its_own_browser_only(house: Runtime, place: MadePlace) -> None:
    person = joined(house, "link-worker", "alex")
    address = person.answer_there(person.ask())
    assert browser_of(house).come_back(address).status_code == 403
    assert person.come_back(address).status_code == 303
    person.send("/sign-out", at="/account")
    assert person.come_back(address).status_code == 403


def test_a_code_that_was_used_opens_nothing_even_with_its_question(house: Runtime, place: MadePlace) -> None:
    person = joined(house, "link-worker", "alex")
    address = person.answer_there(person.ask())
    question = person.client.get_cookie("form")
    assert question is not None
    assert person.come_back(address).status_code == 303
    thief = browser_of(house)
    thief.client.set_cookie("form", question.value)
    answer = thief.come_back(address)
    assert answer.status_code == 403
    assert "did not answer as it should" in answer.text


@pytest.mark.parametrize("change", ["state", "code", "iss"])
def test_a_changed_answer_opens_nothing(house: Runtime, place: MadePlace, change: str, counted) -> None:
    person = joined(house, "link-worker", "alex")
    parts = urlsplit(person.answer_there(person.ask()))
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert person.client.get(parts.path, query_string=told | {change: "another"}).status_code == 403
    assert counted("user_session") == 0


def test_somebody_who_stops_there_reads_so(house: Runtime, place: MadePlace) -> None:
    person = browser_of(house)
    (state,) = parse_qs(urlsplit(person.ask()).query)["state"]
    issuer = house.openid["smartcard"].account.issuer
    words = f"error=access_denied&error_description=<b>not+ours</b>&iss={quote(issuer, safe='')}"
    answer = person.client.get(f"/sign-in/with/smartcard/back?state={state}&{words}")
    assert answer.status_code == 403
    assert "did not sign you in" in answer.text
    assert "not ours" not in answer.text


def test_one_identity_belongs_to_one_account_and_an_account_has_one_of_a_provider(
    house: Runtime, place: MadePlace, counted
) -> None:
    joined(house, "link-worker", "alex")
    other = browser_of(house)
    other.sign_in("steward")
    refused = other.join("alex")
    assert refused.status_code == 409
    assert "link-worker" not in refused.text
    other.elsewhere.cookies.clear()
    assert other.join("sam").status_code == 303
    again = browser_of(house)
    again.sign_in("steward")
    assert again.join("robin").status_code == 409
    assert counted("identity") == 2


def test_joining_asks_first_who_one_is_here(house: Runtime, place: MadePlace, clock: Clock) -> None:
    person = browser_of(house)
    person.sign_in("link-worker")
    clock.now += STEP_UP
    answer = person.client.get("/account/sign-ins/smartcard/join")
    assert answer.location == "/account/confirm?next=/account/sign-ins/smartcard/join"


def test_whoever_was_parted_comes_in_no_more_and_is_out_at_once(
    house: Runtime, place: MadePlace, clock: Clock
) -> None:
    person = joined(house, "link-worker", "alex")
    person.sign_in_there()
    owner = browser_of(house)
    owner.sign_in("link-worker")
    (path,) = {each for each in owner.get("/account/sign-ins").posts if each.endswith("/part")}
    other = browser_of(house)
    other.sign_in("steward")
    assert other.send(path, at="/account").status_code == 404
    assert owner.send(path, at="/account/sign-ins").status_code == 303
    assert person.client.get("/referrals").status_code == 302
    assert person.sign_in_there().status_code == 403


def test_a_leaver_is_refused_though_the_provider_knows_them(
    house: Runtime, place: MadePlace, admin: Engine
) -> None:
    person = joined(house, "link-worker", "alex")
    person.sign_in_there()
    with admin.connect() as connection:
        connection.execute(text("update user_account set active = false where username = 'link-worker'"))
    assert person.client.get("/referrals").status_code == 302
    assert person.sign_in_there().status_code == 403


def test_what_cannot_be_taken_back_is_opened_by_showing_it_there_anew(
    house: Runtime, place: MadePlace, clock: Clock
) -> None:
    person = joined(house, "steward", "alex")
    person.sign_in_there()
    clock.advance(minutes=10)
    person.client.get("/attention")
    person.elsewhere.cookies.clear()
    assert "/account/confirm/with/smartcard" in person.get("/account/confirm").html
    clock.now = Clock().now
    assert person.sign_in_there("alex", "/account/confirm/with/smartcard?next=/people").location == "/people"
    assert acts(house, "confirm it is them") == 1


def test_another_person_there_confirms_nothing(house: Runtime, place: MadePlace) -> None:
    person = joined(house, "steward", "alex")
    joined(house, "link-worker", "sam")
    person.sign_in_there()
    person.elsewhere.cookies.clear()
    assert person.sign_in_there("sam", "/account/confirm/with/smartcard").status_code == 403
    assert acts(house, "confirm it is them") == 0


def test_leaving_here_offers_to_leave_there(house: Runtime, real: RealProvider, place: MadePlace) -> None:
    person = joined(house, "link-worker", "alex")
    person.sign_in_there()
    assert person.send("/sign-out", at="/account").location == "/sign-in?ended=smartcard"
    page = person.get("/sign-in?ended=smartcard")
    assert "Sign out of Smartcard of the tests too" in page.text
    (address,) = {each for each in page.links if each.startswith(real.issuer)}
    assert parse_qs(urlsplit(address).query).keys() == {"client_id", "post_logout_redirect_uri"}
    answer = person.elsewhere.get(address, timeout=30)
    assert answer.ok
    assert "logout" in answer.text.lower()


def test_keys_that_the_provider_changed_are_fetched(
    runtime: Runtime, our_key: RSAKey, place: MadePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = RealProvider(free_address(), our_key, [new_key("before")])
    house = house_with(runtime, provider.account(tmp_path))
    with provider.serve():
        joined(house, "link-worker", "alex")
    monkeypatch.setattr("app.clients.openid._PAUSE", 0.0)
    provider.keys = [new_key("after")]
    with provider.serve():
        assert browser_of(house).sign_in_there("alex").status_code == 303


def test_a_provider_that_is_away_is_a_sentence(
    runtime: Runtime, our_key: RSAKey, place: MadePlace, tmp_path: Path
) -> None:
    away = RealProvider(free_address(), our_key, [])
    person = browser_of(house_with(runtime, away.account(tmp_path)))
    assert "Sign in with Smartcard of the tests" in person.get("/sign-in").text
    answer = person.client.get("/sign-in/with/smartcard")
    assert answer.status_code == 403
    assert "did not answer as it should" in answer.text


def test_a_session_that_ends_there_ends_here(
    runtime: Runtime, our_key: RSAKey, place: MadePlace, tmp_path: Path
) -> None:
    here = free_address()
    uri = f"{here}/oauth2/logout/smartcard"
    provider = RealProvider(free_address(), our_key, [new_key("theirs")], logout_uri=uri)
    house = house_with(runtime, provider.account(tmp_path))
    server = make_server("127.0.0.1", int(here.rsplit(":", 1)[1]), create_app(runtime=house), threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        with provider.serve():
            person, other = joined(house, "link-worker", "alex"), joined(house, "steward", "sam")
            assert person.sign_in_there("alex").status_code == 303
            assert other.sign_in_there("sam").status_code == 303
            page = person.elsewhere.get(f"{provider.issuer}/session/end", timeout=30)
            (xsrf,) = {part.split('"')[0] for part in page.text.split('name="xsrf" value="')[1:]}
            told = {"xsrf": xsrf, "logout": "yes"}
            person.elsewhere.post(f"{provider.issuer}/session/end/confirm", data=told, timeout=30)
    finally:
        server.shutdown()
        serving.join(timeout=30)
        server.server_close()
    assert person.client.get("/referrals").status_code == 302
    assert other.client.get("/attention").status_code == 200


def test_logs_and_addresses_hold_nothing_of_the_person(
    house: Runtime, place: MadePlace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        person = joined(house, "link-worker", "very-own-subject")
        answer = person.sign_in_there("very-own-subject")
        browser_of(house).sign_in_there("another-own-subject")
    said = "\n".join(
        f"{record.getMessage()} {vars(record)}" for record in caplog.records if "urllib3" not in record.name
    )
    assert "own-subject" not in said
    assert "eyJ" not in said
    assert "own-subject" not in answer.location
