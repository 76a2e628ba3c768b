"""What a provider must not be believed: each lie is a sentence, and opens nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from app.domain.sessions import STEP_UP
from app.runtime import Runtime
from app.services.signing_in.openid_tokens import LEEWAY
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.openid.conftest import Person, account_of, browser_of, house_with, new_key
from tests.integration.openid.liar import Liar, signed_by_public_key, unsigned
from tests.integration.signing_in.conftest import SecureVisitor, acts, set_up_app

DISCOVERY = "/.well-known/openid-configuration"
HOUR = 3600


@pytest.fixture
def liar() -> Iterator[Liar]:
    with Liar().serve() as provider:
        yield provider


@pytest.fixture
def house(runtime: Runtime, liar: Liar, our_key: RSAKey, tmp_path: Path) -> Runtime:
    return house_with(runtime, account_of(tmp_path, issuer=liar.issuer, our_key=our_key))


def joined(house: Runtime, liar: Liar, username: str = "link-worker") -> Person:
    """A browser, signed out, of somebody who is `alex` there."""
    person = browser_of(house)
    person.sign_in(username)
    answer = liar.come_back(person, "/account/sign-ins/smartcard/join")
    assert answer.location == "/account/sign-ins", answer.text[:1500]
    person.send("/sign-out", at="/account")
    return person


def test_what_is_right_opens_the_account(house: Runtime, liar: Liar, place: MadePlace) -> None:
    assert liar.come_back(joined(house, liar)).status_code == 303


def lies() -> list[dict[str, Any]]:
    """Claims that are not as they should be; None leaves one out."""
    now = int(time.time())
    return [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": "another-client", "azp": "backstitch"},
        {"aud": ["backstitch", "another-client"]},
        {"aud": ["backstitch", "another-client"], "azp": "another-client"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"exp": None},
        {"exp": now - HOUR},
        {"iat": now + HOUR},
        {"iat": None},
        {"nbf": now + HOUR},
        {"auth_time": now + HOUR},
        {"auth_time": "now"},
        {"at_hash": "another"},
    ]


def test_no_claim_that_is_wrong_is_believed(house: Runtime, liar: Liar, place: MadePlace) -> None:
    person = joined(house, liar)
    answers = {str(lie): liar.come_back(person, **lie) for lie in lies()}
    assert {lie: answer.status_code for lie, answer in answers.items() if answer.status_code != 403} == {}
    assert all("did not answer as it should" in answer.text for answer in answers.values())
    assert acts(house, "sign in") == 1  # by password, before
    assert liar.come_back(person, nonce=liar.nonce).status_code == 403  # the last one's
    assert liar.asked.count("/token_endpoint") == len(lies()) + 2


def test_an_answer_that_does_not_name_who_answers_is_not_taken_from_who_always_does(
    house: Runtime, liar: Liar, place: MadePlace
) -> None:
    """RFC 9207: without it an answer of another provider, mixed up with this one's question, would be redeemed here."""
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    person = browser_of(house)
    person.sign_in("link-worker")
    for named, status in (
        ("", 403),
        ("&iss=https://elsewhere.example", 403),
        (f"&iss={liar.issuer}&iss={liar.issuer}", 403),
        (f"&iss={liar.issuer}", 303),
    ):
        asked = parse_qs(urlsplit(person.ask("/account/sign-ins/smartcard/join")).query)
        liar.nonce, before = asked["nonce"][0], liar.asked.count("/token_endpoint")
        back = f"/sign-in/with/smartcard/back?code=any&state={asked['state'][0]}{named}"
        assert person.client.get(back).status_code == status, named
        assert liar.asked.count("/token_endpoint") - before == (status == 303), named


def test_no_signature_but_the_providers_is_believed(house: Runtime, liar: Liar, place: MadePlace) -> None:
    person, other = joined(house, liar), new_key("liars")
    made: dict[str, Callable[[dict[str, Any]], str]] = {
        "none": unsigned,
        "public key": lambda claims: signed_by_public_key(liar, claims),
        "another key": lambda claims: liar.sign(claims, key=other),
        "another kid": lambda claims: liar.sign(claims, kid="unheard-of"),
        "another type": lambda claims: liar.sign(claims, typ="logout+jwt"),
        "words": lambda _: "not.a.token",
    }
    for name, forged in made.items():
        told: list[str] = []
        liar.token = lambda claims, forged=forged, told=told: told.append(forged(claims)) or told[-1]
        assert (name, liar.come_back(person).status_code, len(told)) == (name, 403, 1)


def test_somebody_of_the_same_name_at_another_issuer_is_another(
    runtime: Runtime, house: Runtime, liar: Liar, our_key: RSAKey, place: MadePlace, tmp_path: Path
) -> None:
    joined(house, liar)
    with Liar().serve() as second:
        elsewhere = house_with(runtime, account_of(tmp_path, issuer=second.issuer, our_key=our_key))
        assert second.come_back(browser_of(elsewhere)).status_code == 403


def test_signing_in_ends_the_session_that_was_open_on_this_browser(
    house: Runtime, liar: Liar, place: MadePlace
) -> None:
    person = joined(house, liar)
    person.sign_in("steward")
    before = person.client.get_cookie("session")
    assert before is not None
    assert liar.come_back(person).status_code == 303
    person.client.set_cookie("session", before.value)
    assert person.client.get("/attention").status_code == 302


def test_an_address_is_no_identity(house: Runtime, liar: Liar, place: MadePlace) -> None:
    person = joined(house, liar)
    told = {"sub": "robin", "email": "link-worker@example.org", "preferred_username": "link-worker"}
    assert liar.come_back(person, **told, role="steward").status_code == 403


def test_an_old_sign_in_there_confirms_nothing_and_is_not_fresh_here(
    house: Runtime, liar: Liar, place: MadePlace
) -> None:
    person, old = joined(house, liar, "steward"), int(time.time() - (STEP_UP + 2 * LEEWAY).total_seconds())
    assert liar.come_back(person, auth_time=old).status_code == 303
    assert person.client.get("/account/sign-ins/smartcard/join").location.startswith("/account/confirm")
    for auth_time in (old, None):
        answer = liar.come_back(person, "/account/confirm/with/smartcard", auth_time=auth_time)
        assert answer.status_code == 403
    assert acts(house, "confirm it is them") == 0
    assert (
        liar.come_back(person, "/account/confirm/with/smartcard", auth_time=int(time.time())).status_code
        == 303
    )


def test_max_age_and_claims_of_the_account_are_asked_and_held(
    runtime: Runtime, liar: Liar, our_key: RSAKey, place: MadePlace, tmp_path: Path
) -> None:
    told = {"max_age": 600, "asks": {"acr_values": "AAL3"}, "must_say": {"acr": ["AAL2", "AAL3"]}}
    house = house_with(runtime, account_of(tmp_path, issuer=liar.issuer, our_key=our_key, **told))
    liar.token = lambda right: liar.sign(right | {"acr": "AAL2"})
    person = joined(house, liar)
    assert "max_age=600" in (asked := person.ask())
    assert "acr_values=AAL3" in asked
    assert liar.come_back(person, acr="AAL1").status_code == 403
    assert liar.come_back(person, acr=None).status_code == 403
    old = int(time.time()) - 600 - 2 * int(LEEWAY.total_seconds())
    assert liar.come_back(person, acr="AAL3", auth_time=old).status_code == 403
    assert liar.come_back(person, acr="AAL3").status_code == 303


def test_a_second_step_of_ours_is_asked_unless_the_provider_had_two(
    runtime: Runtime, liar: Liar, our_key: RSAKey, place: MadePlace, tmp_path: Path, clock: Clock
) -> None:
    told = {"second_step_by": {"acr": ["AAL3"]}}
    house = house_with(runtime, account_of(tmp_path, issuer=liar.issuer, our_key=our_key, **told))
    person = browser_of(house)
    person.sign_in("link-worker")
    app, _ = set_up_app(person, clock)
    assert liar.come_back(person, "/account/sign-ins/smartcard/join").status_code == 303
    person.send("/sign-out", at="/account")
    answer = liar.come_back(person, acr="AAL1")
    assert answer.location.startswith("/sign-in/code")
    assert person.client.get("/referrals").status_code == 302
    assert person.send("/sign-in/code", {"code": app.next_code()}).status_code == 303
    ended = person.client.post("/oauth2/logout/smartcard", data={"logout_token": liar.logout_token()})
    assert ended.status_code == 200  # the session is still the provider's to end
    assert person.client.get("/referrals").status_code == 302
    assert not liar.come_back(person, acr="AAL3").location.startswith("/sign-in/code")
    assert person.client.get("/referrals").status_code == 200


@pytest.mark.parametrize(
    "where", ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"]
)
def test_an_address_at_another_host_is_never_asked(
    house: Runtime, liar: Liar, place: MadePlace, where: str
) -> None:
    with Liar().serve() as elsewhere:
        liar.metadata = {where: f"{elsewhere.issuer}/{where}"}
        assert browser_of(house).client.get("/sign-in/with/smartcard").status_code == 403
        assert elsewhere.asked == []


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks_uri", "/token_endpoint"])
def test_no_redirect_is_followed(house: Runtime, liar: Liar, place: MadePlace, path: str) -> None:
    with Liar().serve() as elsewhere:
        liar.answers[path] = (302, {"Location": f"{elsewhere.issuer}{path}"}, b"")
        person = browser_of(house)
        if path == DISCOVERY:
            assert person.client.get("/sign-in/with/smartcard").status_code == 403
        else:
            assert liar.come_back(person).status_code == 403
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"{" * 300_000),
        (200, {}, b"[]"),
        (500, {}, b"{}"),
        (200, {}, json.dumps({"issuer": "https://elsewhere.example"}).encode()),
    ],
    ids=["too long", "a list", "broken", "another issuer"],
)
def test_a_configuration_that_is_none_is_a_sentence(
    house: Runtime, liar: Liar, place: MadePlace, answer: tuple[int, dict[str, str], bytes]
) -> None:
    liar.answers[DISCOVERY] = answer
    refused = browser_of(house).client.get("/sign-in/with/smartcard")
    assert refused.status_code == 403
    assert "Nothing" in refused.text or "nothing" in refused.text


def test_a_provider_that_fails_is_asked_once_in_a_while(house: Runtime, liar: Liar, place: MadePlace) -> None:
    liar.answers[DISCOVERY] = (500, {}, b"{}")
    person = browser_of(house)
    for _ in range(5):
        person.client.get("/sign-in/with/smartcard")
    assert liar.asked == [DISCOVERY]


def test_unknown_providers_are_not_there(house: Runtime, place: MadePlace) -> None:
    person = browser_of(house)
    for path in ("/sign-in/with/nobody", "/sign-in/with/nobody/back?code=a&state=b"):
        assert person.client.get(path).status_code == 404


def test_over_https_the_question_is_in_a_host_cookie(house: Runtime, liar: Liar, place: MadePlace) -> None:
    settings = house.settings.__class__(**{**vars(house.settings), "public_url": "https://localhost"})
    house.db.public_url = "https://localhost"
    visitor = SecureVisitor(type(house)(**{**vars(house), "settings": settings} | {}))
    answer = visitor.client.get("/sign-in/with/smartcard")
    assert "redirect_uri=https%3A%2F%2Flocalhost%2Fsign-in" in answer.location
    assert any(
        each.startswith("__Host-form=") and "Secure" in each for each in answer.headers.getlist("Set-Cookie")
    )
