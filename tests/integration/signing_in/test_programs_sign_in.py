"""A program signs somebody in at the paces of the pages and with their news, and waits like everybody else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app import create_app
from app.domain import paces
from app.domain.errors import NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.domain.paces import TooFast
from app.runtime import Runtime
from app.services.signing_in import sign_in_news
from app.services.signing_in.sign_in_paces import Try
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_referral
from tests.integration.signing_in.conftest import App, MailBox, give_password, set_up_app
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
NAME = "link-worker"
OWNER = "link-worker@example.org"
WRONG = "not the password"
WRONG_CODE = "000000"
SPELT = (
    " link-worker",
    "LINK-WORKER ",
    "\u2003\u3000link-worker",
    "\t\n Link-Worker",
    30 * " " + "link-worker",
)
FULL_WIDTH = "ｌｉｎｋ－ｗｏｒｋｅｒ"


@pytest.fixture
def enrolled(sign_in: SignIn, clock: Clock, addressed: MadePlace, mail_box: MailBox, runtime: Runtime) -> App:
    """The app of a link worker who needs its codes, and whose mail has been read; nothing is counted yet."""
    app, _ = set_up_app(sign_in(NAME), clock)
    mail_box.open()
    runtime.limiter.forget_all()
    return app


def program(http: FlaskClient, password: str = PASSWORD, code: str = "", **told: str) -> TestResponse:
    """Sign in by the API, from an address of one's own unless told otherwise."""
    body = {"username": told.get("name", NAME), "password": password} | ({"code": code} if code else {})
    address = told.get("address", "192.0.2.1")
    return http.post("/api/v1/sign-in", json=body, environ_base={"REMOTE_ADDR": address})


# --- codes ----------------------------------------------------------------------------------------------------


def test_ten_codes_are_looked_at_on_pages_and_by_programs_together_however_the_name_is_spelt(
    enrolled: App, http: FlaskClient, visitor: Visitor
) -> None:
    give_password(visitor, NAME)
    for _ in range(paces.WRONG_CODE.times - len(SPELT)):
        assert visitor.send("/sign-in/code", {"code": WRONG_CODE}).status_code == 400
    for number, name in enumerate(SPELT):
        answer = program(http, code=WRONG_CODE, name=name, address=f"192.0.2.{number}")
        assert answer.status_code == 401, name
    right = enrolled.next_code()
    for number, name in enumerate((NAME, *SPELT)):
        answer = program(http, code=right, name=name, address=f"198.51.100.{number}")
        assert (answer.status_code, "Retry-After" in answer.headers) == (429, True), name
    assert visitor.send("/sign-in/code", {"code": right}).status_code == 429


def test_name_in_full_width_letters_is_another_name(enrolled: App, http: FlaskClient) -> None:
    answer = program(http, code=enrolled.next_code(), name=FULL_WIDTH)
    assert (answer.status_code, "not right" in answer.json["error"]["sentence"]) == (401, True)


def test_whoever_does_not_know_the_password_uses_up_none_of_the_owners_codes(
    enrolled: App, http: FlaskClient
) -> None:
    for number in range(paces.WRONG_CODE.times + 1):
        program(http, password=WRONG, code=WRONG_CODE, address=f"192.0.2.{number}")
    assert program(http, code=enrolled.next_code(), address="198.51.100.1").status_code == 200


def test_right_code_begins_anew(enrolled: App, http: FlaskClient) -> None:
    for _ in range(2):
        for _ in range(paces.WRONG_CODE.times - 1):
            assert program(http, code=WRONG_CODE).status_code == 401
        assert program(http, code=enrolled.next_code()).status_code == 200


# --- news -----------------------------------------------------------------------------------------------------


def test_owner_is_told_once_of_a_program_at_an_address_and_anew_of_one_elsewhere(
    addressed: MadePlace, http: FlaskClient, mail_box: MailBox
) -> None:
    for _ in range(3):
        assert program(http).status_code == 200
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.PROGRAM in told.text) == (OWNER, True)
    assert "192.0.2" not in told.text + told.subject
    program(http, name="provider-0")
    assert [each.to for each in mail_box.news()] == ["provider-0@example.org"], "an address is one person's"
    program(http, address="198.51.100.7")
    assert [each.to for each in mail_box.news()] == [OWNER]


def test_program_that_has_not_given_the_code_is_not_told_as_signed_in(
    enrolled: App, http: FlaskClient, mail_box: MailBox
) -> None:
    assert program(http).status_code == 401
    assert mail_box.news() == []
    assert program(http, code=enrolled.next_code()).status_code == 200
    assert [each.to for each in mail_box.news()] == [OWNER]


def test_wrong_passwords_on_pages_and_of_programs_are_told_together(
    addressed: MadePlace, http: FlaskClient, visitor: Visitor, mail_box: MailBox
) -> None:
    for number in range(paces.WRONG_BEFORE_TOLD.times - 1):
        program(http, password=WRONG, name=SPELT[number % len(SPELT)])
    visitor.send("/sign-in", {"username": NAME, "password": WRONG})
    assert mail_box.news() == []
    program(http, password=WRONG, address="198.51.100.7")
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.WRONG_PASSWORDS in told.text) == (OWNER, True)


def test_third_wrong_code_after_the_right_password_is_told(
    enrolled: App, http: FlaskClient, mail_box: MailBox
) -> None:
    for _ in range(paces.WRONG_CODES_BEFORE_TOLD.times):
        program(http, code=WRONG_CODE)
    assert mail_box.news() == [], "a slip is nobody's news"
    program(http, code=WRONG_CODE, name=SPELT[0])
    (told,) = mail_box.news()
    assert (told.to, sign_in_news.WRONG_CODES in told.text) == (OWNER, True)


# --- at one moment --------------------------------------------------------------------------------------------


@pytest.fixture(params=["with Valkey", "without"])
def house(request: pytest.FixtureRequest, runtime: Runtime) -> Runtime:
    """A house that counts for all processes, and one that has to count by itself."""
    away = replace(runtime.settings, redis_url="redis://127.0.0.1:1/0")
    return runtime if request.param == "with Valkey" else replace(runtime, settings=away)


def test_no_eleventh_password_is_looked_at_while_ten_are(house: Runtime) -> None:
    counter, tried = house.limiter, Try(NAME, "192.0.2.1")
    with ExitStack() as looking:
        for _ in range(paces.WRONG_FOR_ACCOUNT_FROM_ADDRESS.times):
            looking.enter_context(tried.counted(counter))
        with pytest.raises(TooFast), tried.counted(counter):
            pytest.fail("the password was looked at")
    with tried.counted(counter):
        pass  # all were right: there is room again


def test_right_passwords_and_faults_count_for_nothing_and_wrong_ones_stay_counted(house: Runtime) -> None:
    counter, paced = house.limiter, paces.WRONG_FROM_ADDRESS
    for number in range(paced.times + 1):
        with Try(f"colleague-{number}", "192.0.2.1").counted(counter):
            pass
    for number in range(paced.times + 1):
        with pytest.raises(OSError, match="away"), Try(f"colleague-{number}", "192.0.2.1").counted(counter):
            raise OSError("the database is away")
    for number in range(paced.times):
        with pytest.raises(NotAllowed), Try(f"colleague-{number}", "192.0.2.1").counted(counter):
            raise NotAllowed("wrong")
    with pytest.raises(TooFast), Try("another", "192.0.2.1").counted(counter):
        pytest.fail("the password was looked at")
    assert counter.wait(paces.WRONG_FOR_ACCOUNT_FROM_ADDRESS, "another", "192.0.2.1") == 0
    with Try("another", "198.51.100.7").counted(counter):
        pass


def test_try_that_is_refused_by_one_count_is_not_counted_by_the_others(runtime: Runtime) -> None:
    for _ in range(paces.WRONG_FROM_ADDRESS.times):
        runtime.limiter.count(paces.WRONG_FROM_ADDRESS, "192.0.2.1")
    for _ in range(paces.WRONG_FOR_ACCOUNT_BY_STRANGERS.times):
        with pytest.raises(TooFast), Try(NAME, "192.0.2.1").counted(runtime.limiter):
            pytest.fail("the password was looked at")
    with Try(NAME, "198.51.100.7").counted(runtime.limiter):
        pass


def test_many_tries_at_one_moment_over_two_processes_are_no_more_than_ten(
    runtime: Runtime, place: MadePlace
) -> None:
    houses = create_app(runtime=runtime), create_app(runtime=replace(runtime))

    def attempt(number: int) -> int:
        return program(houses[number % 2].test_client(), password=WRONG).status_code

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(attempt, range(24)))
    assert answers.count(401) == paces.WRONG_FOR_ACCOUNT_FROM_ADDRESS.times
    assert set(answers) == {401, 429}


# --- signed in ------------------------------------------------------------------------------------------------


def token(http: FlaskClient, name: str = NAME) -> dict[str, str]:
    """The header of somebody who has just signed in."""
    return {"Authorization": f"Bearer {program(http, name=name).json['token']}"}


def test_files_of_one_person_are_counted_on_pages_and_by_programs_together(
    http: FlaskClient, runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    path = f"/api/v1/referrals/{made.id}/letter.pdf"
    for _ in range(paces.EXPORTS.times - 1):
        runtime.limiter.count(paces.EXPORTS, str(place.accounts[NAME].id))
    assert http.get(path, headers=token(http)).status_code == 200
    refused = http.get(path, headers=token(http))  # another token of the same person
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "throttled")
    assert int(refused.headers["Retry-After"]) > 0
    assert sign_in(NAME).client.get(f"/referrals/{made.id}/letter").status_code == 429
    assert http.get("/api/v1/referrals", headers=token(http)).status_code == 200, "what is read is no file"
    other = http.get(f"/api/v1/loops/{made.id}/letter.pdf", headers=token(http, "practice-0"))
    assert other.status_code == 200


def test_requests_of_one_person_are_counted_over_two_processes_and_anothers_are_not(
    runtime: Runtime, place: MadePlace
) -> None:
    one, two = (create_app(runtime=each).test_client() for each in (runtime, replace(runtime)))
    mine, others = token(one), token(one, "provider-0")
    for _ in range(paces.REQUESTS.times - 2):
        runtime.limiter.count(paces.REQUESTS, str(place.accounts[NAME].id))
    assert one.get("/api/v1/me", headers=mine).status_code == 200
    assert two.get("/api/v1/parked", headers=mine).status_code == 403, "what is refused is counted too"
    for process in (one, two):
        refused = process.get("/api/v1/me", headers=mine)
        assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
        assert process.get("/api/v1/me", headers=others).status_code == 200


def test_file_that_is_somebody_elses_to_fetch_uses_up_nothing(
    http: FlaskClient, runtime: Runtime, place: MadePlace
) -> None:
    who = str(place.accounts[NAME].id)
    for _ in range(paces.EXPORTS.times - 1):
        runtime.limiter.count(paces.EXPORTS, who)
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    answer = http.get(f"/api/v1/loops/{made.id}/letter.pdf", headers=token(http))
    assert (answer.status_code, runtime.limiter.wait(paces.EXPORTS, who)) == (403, 0)


def test_whoever_has_left_hears_nothing_of_a_program(
    addressed: MadePlace, http: FlaskClient, mail_box: MailBox, admin: Engine, app: Flask
) -> None:
    with admin.begin() as connection:
        connection.execute(
            text("update user_account set active = false where username = :name"), {"name": NAME}
        )
    for _ in range(paces.WRONG_BEFORE_TOLD.times + 1):
        assert program(http).status_code == 401
    assert mail_box.news() == []
