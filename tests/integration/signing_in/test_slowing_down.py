"""Who tries too often waits, across all web processes; a stranger never locks anybody out; no Valkey is no error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.domain import paces
from app.runtime import Runtime
from tests.factories import PASSWORD, MadePlace
from tests.integration.signing_in.conftest import MailBox
from tests.integration.web.conftest import Visitor

WRONG = {"username": "link-worker", "password": "not the password"}
RIGHT = {"username": "link-worker", "password": PASSWORD}
TIMES = paces.WRONG_FOR_ACCOUNT_FROM_ADDRESS.times


@pytest.fixture
def houses(runtime: Runtime, place: MadePlace) -> tuple[Flask, Flask]:
    """Two web processes with limiters of their own, sharing database and Valkey."""
    return create_app(runtime=runtime), create_app(runtime=replace(runtime))


def from_address(house: Flask, address: str) -> Visitor:
    client = house.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Visitor(client)


def test_wrong_passwords_are_counted_over_two_processes(houses: tuple[Flask, Flask]) -> None:
    assert houses[0].extensions["backstitch"].limiter is not houses[1].extensions["backstitch"].limiter
    for number in range(TIMES):
        answer = from_address(houses[number % 2], "192.0.2.1").send("/sign-in", WRONG)
        assert answer.status_code == 400, number
    for house in houses:
        refused = from_address(house, "192.0.2.1").send("/sign-in", RIGHT)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "Too many tries" in refused.text


def test_a_name_that_nobody_has_is_slowed_down_alike(houses: tuple[Flask, Flask]) -> None:
    for _ in range(TIMES):
        from_address(houses[0], "192.0.2.1").send("/sign-in", {**WRONG, "username": "nobody-at-all"})
    answer = from_address(houses[0], "192.0.2.1").send("/sign-in", {**WRONG, "username": "nobody-at-all"})
    assert answer.status_code == 429


def test_stranger_at_another_address_locks_nobody_out(houses: tuple[Flask, Flask]) -> None:
    for _ in range(TIMES + 1):
        from_address(houses[0], "192.0.2.1").send("/sign-in", WRONG)
    assert from_address(houses[0], "198.51.100.7").send("/sign-in", RIGHT).status_code == 303


def test_many_strangers_do_not_lock_out_the_browser_that_its_owner_has_used(
    houses: tuple[Flask, Flask],
) -> None:
    own = from_address(houses[0], "198.51.100.7")
    assert own.send("/sign-in", RIGHT).status_code == 303
    own.send("/sign-out", at="/referrals")
    limiter = houses[0].extensions["backstitch"].limiter
    for _ in range(paces.WRONG_FOR_ACCOUNT_BY_STRANGERS.times):
        limiter.count(paces.WRONG_FOR_ACCOUNT_BY_STRANGERS, "link-worker")
    assert from_address(houses[1], "203.0.113.5").send("/sign-in", RIGHT).status_code == 429
    assert own.send("/sign-in", RIGHT).status_code == 303


def test_right_password_begins_anew(houses: tuple[Flask, Flask]) -> None:
    for _ in range(TIMES - 1):
        from_address(houses[0], "192.0.2.1").send("/sign-in", WRONG)
    assert from_address(houses[0], "192.0.2.1").send("/sign-in", RIGHT).status_code == 303
    assert from_address(houses[0], "192.0.2.1").send("/sign-in", WRONG).status_code == 400


def test_header_that_anybody_can_send_is_believed_from_trusted_proxies_only(
    runtime: Runtime, place: MadePlace
) -> None:
    def tries(trusted: int) -> int:
        runtime.limiter.forget_all()
        house = create_app(
            runtime=replace(runtime, settings=replace(runtime.settings, trusted_proxies=trusted))
        )
        refused = 0
        for number in range(TIMES + 3):
            client = house.test_client()
            client.environ_base |= {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
            refused += Visitor(client).send("/sign-in", WRONG).status_code == 429
        return refused

    assert tries(0) == 3
    assert tries(1) == 0


def test_one_household_of_ipv6_is_one_address() -> None:
    assert paces.counted_as("2001:db8:1:2:3::4") == paces.counted_as("2001:db8:1:2::9")
    assert paces.counted_as("2001:db8:1:3::9") != paces.counted_as("2001:db8:1:2::9")
    assert paces.counted_as("::ffff:192.0.2.1") == "192.0.2.1"
    assert paces.counted_as(None) == "unknown"


def test_without_valkey_each_process_counts_and_nothing_breaks(runtime: Runtime, place: MadePlace) -> None:
    settings = replace(runtime.settings, redis_url="redis://127.0.0.1:1/0")
    house = create_app(runtime=replace(runtime, settings=settings))
    for _ in range(TIMES):
        assert from_address(house, "192.0.2.1").send("/sign-in", WRONG).status_code == 400
    assert from_address(house, "192.0.2.1").send("/sign-in", RIGHT).status_code == 429
    assert from_address(house, "198.51.100.7").send("/sign-in", RIGHT).status_code == 303


def test_neither_names_nor_addresses_stand_in_valkey(houses: tuple[Flask, Flask], runtime: Runtime) -> None:
    from_address(houses[0], "192.0.2.1").send("/sign-in", WRONG)
    keys = runtime.queue.connection.keys("backstitch-limits*")
    assert keys
    assert not [key for key in keys if b"link-worker" in key or b"192.0.2" in key]


def test_json_api_is_slowed_down_with_its_own_error(http: FlaskClient, place: MadePlace) -> None:
    for _ in range(TIMES):
        assert http.post("/api/v1/sign-in", json=WRONG).status_code == 401
    answer = http.post("/api/v1/sign-in", json=RIGHT)
    assert answer.status_code == 429
    assert answer.json["error"]["code"] == "throttled"
    assert int(answer.headers["Retry-After"]) > 0


def test_guessing_at_links_is_slowed_down_and_other_pages_are_not(visitor: Visitor, place: MadePlace) -> None:
    for _ in range(paces.DEAD_LINKS_FROM_ADDRESS.times):
        assert visitor.client.get("/set-password/guessed").status_code == 404
    answer = visitor.client.get("/set-password/guessed")
    assert (answer.status_code, answer.headers["Retry-After"].isdigit()) == (429, True)
    assert visitor.client.get("/sign-in").status_code == 200


def test_files_of_one_person_are_counted_and_anothers_are_not(
    sign_in: Callable[[str], Visitor], runtime: Runtime, place: MadePlace
) -> None:
    account = place.accounts["provider-0"].id
    mine, other = sign_in("provider-0"), sign_in("provider-1")
    for _ in range(paces.EXPORTS.times):
        runtime.limiter.count(paces.EXPORTS, str(account))
    refused = mine.client.get("/evaluation/dictionary.csv")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert other.client.get("/evaluation/dictionary.csv").status_code == 200
    assert mine.client.get("/offers").status_code == 200


def test_forgotten_passwords_are_asked_for_three_times_a_name(
    visitor: Visitor, addressed: MadePlace, mail_box: MailBox
) -> None:
    for _ in range(paces.FORGOTTEN_NAME.times):
        assert visitor.send("/forgotten-password", {"named": "link-worker"}).status_code == 200
    assert visitor.send("/forgotten-password", {"named": "link-worker"}).status_code == 429
    assert len(mail_box.open()) == paces.FORGOTTEN_NAME.times
