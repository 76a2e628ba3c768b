"""Back-channel logout: a provider ends its own sessions here, and nobody else can."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from app import create_app
from app.domain.paces import TOKENS_FROM_ADDRESS
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.openid.conftest import Person, account_of, browser_of, house_with, new_key
from tests.integration.openid.liar import LOGOUT, Liar, signed_by_public_key, unsigned
from tests.integration.openid.test_openid_lies import joined

LONG_AGO = 3600
Tell = Callable[..., int]


@pytest.fixture
def liar() -> Iterator[Liar]:
    with Liar().serve() as provider:
        yield provider


@pytest.fixture
def house(runtime: Runtime, liar: Liar, our_key: RSAKey, tmp_path: Path) -> Runtime:
    return house_with(runtime, account_of(tmp_path, issuer=liar.issuer, our_key=our_key))


@pytest.fixture
def inside(house: Runtime, liar: Liar, place: MadePlace) -> Person:
    """Somebody who is signed in by the provider."""
    person = joined(house, liar)
    assert liar.come_back(person).status_code == 303
    return person


@pytest.fixture
def tell(house: Runtime) -> Tell:
    """Knock at our door as a provider does; return the status."""
    client = create_app(runtime=house).test_client(use_cookies=False)

    def knock(token: str | list[str], name: str = "smartcard") -> int:
        answer = client.post(f"/oauth2/logout/{name}", data={"logout_token": token})
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status_code

    return knock


def is_in(person: Person) -> bool:
    return person.client.get("/referrals").status_code == 200


def test_a_good_token_ends_the_session(tell: Tell, liar: Liar, inside: Person) -> None:
    for without in ("", "sub", "sid", "exp"):
        liar.come_back(inside)
        assert is_in(inside)
        assert tell(liar.logout_token(without=without)) == 200
        assert not is_in(inside), without


def test_it_ends_the_named_session_and_no_other(
    tell: Tell, house: Runtime, liar: Liar, inside: Person
) -> None:
    second, by_password = browser_of(house), browser_of(house)
    by_password.sign_in("link-worker")
    liar.come_back(second, sid="session-2")
    assert tell(liar.logout_token()) == 200
    assert [is_in(each) for each in (inside, second, by_password)] == [False, True, True]
    assert tell(liar.logout_token(without="sid")) == 200
    assert [is_in(each) for each in (second, by_password)] == [False, True]


def test_a_session_of_somebody_else_is_left(tell: Tell, liar: Liar, inside: Person) -> None:
    assert tell(liar.logout_token(sub="robin")) == 200
    assert tell(liar.logout_token(sub="robin", without="sid")) == 200
    assert is_in(inside)


def lies() -> list[dict[str, Any]]:
    """What makes a logout token no good."""
    now = int(time.time())
    return [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"without": "aud"},
        {"without": "iat"},
        {"iat": now - LONG_AGO},
        {"iat": now + LONG_AGO},
        {"exp": now - LONG_AGO},
        {"exp": "later"},
        {"without": "jti"},
        {"jti": 7},
        {"without": "events"},
        {"events": {}},
        {"events": {next(iter(LOGOUT)): "yes"}},
        {"events": list(LOGOUT)},
        {"nonce": "any"},
        {"sub": None, "sid": None},
        {"sid": ["session-1"]},
        {"header": {"typ": "at+jwt"}},
        {"header": {"kid": "unheard-of"}},
    ]


def test_no_token_that_is_wrong_ends_anything(tell: Tell, liar: Liar, inside: Person) -> None:
    assert [lie for lie in lies() if tell(liar.logout_token(**lie)) != 400] == []
    assert is_in(inside)


def test_no_forged_token_ends_anything(tell: Tell, liar: Liar, inside: Person) -> None:
    now = int(time.time())
    claims = {
        "iss": liar.issuer,
        "aud": "backstitch",
        "iat": now,
        "jti": "1",
        "events": LOGOUT,
        "sub": "alex",
    }
    made = {
        "none": unsigned(claims),
        "public key": signed_by_public_key(liar, claims),
        "another key": liar.sign(claims, key=new_key("liars")),
        "words": "x" * 3000,
        "id token": liar.sign(liar.right_claims("any")),
    }
    assert [name for name, token in made.items() if tell(token) != 400] == []
    assert is_in(inside)


def test_a_token_counts_once(tell: Tell, liar: Liar, inside: Person) -> None:
    token = liar.logout_token()
    assert tell(token) == 200
    liar.come_back(inside)
    assert tell(token) == 400
    assert is_in(inside)


def test_none_two_and_those_of_an_unknown_provider_end_nothing(
    tell: Tell, liar: Liar, inside: Person
) -> None:
    assert tell([]) == 400
    assert tell([liar.logout_token(), liar.logout_token()]) == 400
    assert tell(liar.logout_token(), name="nobody") == 400
    assert is_in(inside)


def test_whoever_guesses_is_slowed_down(house: Runtime, liar: Liar, inside: Person) -> None:
    for _ in range(TOKENS_FROM_ADDRESS.times):
        house.limiter.count(TOKENS_FROM_ADDRESS, "127.0.0.1")
    answer = browser_of(house).client.post("/oauth2/logout/smartcard", data={"logout_token": "any"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
