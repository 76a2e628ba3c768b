"""People sign in to their own page by NHS login, at a certified server with its claims: there, back, and out."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.proved_person import LONGEST
from app.runtime import Runtime
from app.services.own import person_links
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.nhs_login.conftest import HOME, NUMBERS, WAY, referral_of, why_not
from tests.integration.openid.conftest import Person, RealProvider, browser_of
from tests.reading_age import reading_age

RESIDENTS_EASY = 9.0
NO_PAGE = "/my/not-opened"
LOST = "/my?why=lost&way=nhs-login"


def test_who_is_proved_opens_their_own_page_and_has_no_account(
    house: Runtime, made: MadeReferral, counted
) -> None:
    before = counted("user_account")
    person = browser_of(house)
    answer = person.sign_in_there("ada", WAY)
    assert (answer.status_code, answer.location) == (303, f"{HOME}/progress")
    assert "Adaeze Okonkwo" in person.get(f"{HOME}/progress").text
    assert (counted("user_account"), counted("user_session"), counted("person_identity")) == (before, 0, 1)


def test_every_page_of_a_link_is_there(house: Runtime, made: MadeReferral) -> None:
    person = browser_of(house)
    person.sign_in_there("ada", WAY)
    for part in ("plan", "seen", "change", "stop", "comment", "data", "about-you", "answers", "requests"):
        page = person.get(f"{HOME}/{part}")
        assert reading_age(page.html) <= RESIDENTS_EASY or part in ("data", "about-you", "answers"), part
    kind = {"kind": "comment", "about": "other", "words": "Thank you all."}
    assert person.send(f"{HOME}/comment", kind).location == f"{HOME}/progress"
    assert "Thank you all." in person.get(f"{HOME}/progress").text


def test_the_question_asks_for_a_new_sign_in_of_proved_people_and_names_nobody(
    house: Runtime, made: MadeReferral
) -> None:
    person = browser_of(house)
    asked = [parse_qs(urlsplit(person.ask(WAY)).query) for _ in range(2)]
    for each in asked:
        assert each["scope"] == ["openid profile"]
        assert each["prompt"] == ["login"]
        assert each["vtr"] == ['["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]']
        assert each["code_challenge_method"] == ["S256"]
    assert all(asked[0][name] != asked[1][name] for name in ("state", "nonce", "code_challenge"))


def test_whoever_opens_nothing_reads_one_page_whatever_the_reason(
    house: Runtime, place: MadePlace, admin: Engine
) -> None:
    referral_of(house, place, "low")
    make_referral(
        house.db, place, patient=Patient(nhs_number=NUMBERS["sandboxed"])
    )  # by a practice under test
    closed = referral_of(house, place, "closed")
    with admin.connect() as connection:
        connection.execute(
            text("update person set restricted = true where id = :id"), {"id": closed.person_id}
        )
    answers = [
        browser_of(house).sign_in_there(name, WAY) for name in ("low", "unknown", "sandboxed", "closed")
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, NO_PAGE)}
    assert len({(answer.text, tuple(answer.headers.keys())) for answer in answers}) == 1
    page = browser_of(house).get(NO_PAGE)
    assert "There can be many reasons" in page.text
    assert reading_age(page.html) <= RESIDENTS_EASY
    assert why_not(admin) == ["not-proved", "nobody", "nobody", "closed"]


def test_an_answer_counts_once_and_in_its_own_browser_only(house: Runtime, made: MadeReferral) -> None:
    person = browser_of(house)
    address = person.answer_there(person.ask(WAY), "ada")
    assert browser_of(house).come_back(address).location == LOST
    question = person.client.get_cookie("form")
    assert question is not None
    assert person.come_back(address).status_code == 303
    assert person.come_back(address).location == LOST
    assert "Please try again" in person.get(LOST).text
    thief = browser_of(house)
    thief.client.set_cookie("form", question.value)
    assert thief.come_back(address).location == "/my?why=failed&way=nhs-login"
    assert thief.client.get(f"{HOME}/progress").location == "/my?over"


def test_whoever_stops_there_reads_what_else_they_can_do(
    house: Runtime, real: RealProvider, place: MadePlace
) -> None:
    person = browser_of(house)
    (state,) = parse_qs(urlsplit(person.ask(WAY)).query)["state"]
    told = {"error": "access_denied", "error_description": "ConsentNotGiven", "iss": real.issuer}
    answer = person.client.get(f"{WAY}/back", query_string=told | {"state": state})
    assert answer.location == "/my?why=stopped&way=nhs-login"
    page = person.get(answer.location)
    assert "NHS login did not sign you in. You can try again" in page.text
    assert "With a link" in page.text
    assert reading_age(page.html) <= RESIDENTS_EASY


def test_an_older_secret_is_replaced_and_opens_nothing_any_more(house: Runtime, made: MadeReferral) -> None:
    person = browser_of(house)
    person.client.set_cookie("own", "planted-by-somebody")
    person.sign_in_there("ada", WAY)
    first = person.client.get_cookie("own")
    assert first is not None
    assert first.value != "planted-by-somebody"
    assert (first.http_only, first.same_site, first.path) == (True, "Lax", "/")
    person.sign_in_there("ada", WAY)
    person.client.set_cookie("own", first.value)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"


def test_neither_cookie_opens_the_page_alone_and_the_secret_is_no_address(
    house: Runtime, made: MadeReferral
) -> None:
    person = browser_of(house)
    person.sign_in_there("ada", WAY)
    cookies = {name: person.client.get_cookie(name) for name in ("own", "form")}
    for name, cookie in cookies.items():
        assert cookie is not None
        thief = browser_of(house)
        thief.client.set_cookie(name, cookie.value)
        assert thief.client.get(f"{HOME}/progress").location == "/my?over", name
    assert cookies["own"] is not None
    path = f"/my/{cookies['own'].value}"
    assert person.client.get(f"{path}/progress").location == path
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    assert browser_of(house).send(path, born).status_code == 404


def test_quick_way_out_ends_the_visit_also_for_whoever_kept_the_cookies(
    house: Runtime, made: MadeReferral
) -> None:
    person = browser_of(house)
    person.sign_in_there("ada", WAY)
    kept = {name: person.client.get_cookie(name) for name in ("own", "form")}
    out = person.client.get(f"{HOME}/leave")
    assert out.location == "https://www.bbc.co.uk/weather"
    assert person.client.get_cookie("own") is None
    for name, cookie in kept.items():
        assert cookie is not None
        person.client.set_cookie(name, cookie.value)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"
    assert "You have left your page" in person.get("/my?over").text


def test_a_visit_ends_after_half_an_hour_without_a_step_and_after_two_hours_in_any_case(
    house: Runtime, made: MadeReferral, clock: Clock
) -> None:
    person = browser_of(house)
    person.sign_in_there("ada", WAY)
    began = clock.now
    while clock.now - began < LONGEST - (LONGEST / 12):
        assert person.client.get(f"{HOME}/progress").status_code == 200
        clock.advance(minutes=10)
    clock.advance(minutes=10)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"
    clock.now = began
    person.sign_in_there("ada", WAY)
    clock.advance(minutes=31)
    assert person.client.get(f"{HOME}/progress").location == "/my?over"


def test_own_looks_are_told_as_by_nhs_login_and_each_is_in_the_audit(
    house: Runtime, made: MadeReferral, admin: Engine
) -> None:
    person = browser_of(house)
    person.sign_in_there("ada", WAY)
    page = person.get(f"{HOME}/progress").text
    assert "You, by NHS login" in page
    seen = person.get(f"{HOME}/seen").text
    assert "You, by NHS login" in seen
    assert "You, through your own link" not in seen
    query = (
        "select act from audit_event where actor like 'process:signed-in:%' and person_id = :id order by seq"
    )
    with admin.connect() as connection:
        acts = list(connection.execute(text(query), {"id": made.person_id}).scalars())
    assert acts[0] == "open person's link"
    assert {"read own page", "read who looked"} <= set(acts)


def test_a_link_still_opens_by_the_date_of_birth_and_stays_a_link(house: Runtime, made: MadeReferral) -> None:
    path = new_link(house.db, made)
    person = browser_of(house)
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    assert "Use NHS login instead" in person.get(path).text
    assert person.send(path, born).location == f"{path}/progress"
    assert person.client.get(f"{path}/requests").status_code == 404
    assert person.client.get(f"{HOME}/progress").location == "/my?over"


def new_link(db: Database, made: MadeReferral, *, said_safe: bool = False) -> str:
    with db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=30, said_safe=said_safe)
    return address.removeprefix("http://localhost")


def test_each_of_ones_requests_is_a_choice_and_nobody_elses(house: Runtime, place: MadePlace) -> None:
    older = referral_of(house, place, "both", ReferralStatus.CLOSED)
    newer = referral_of(house, place, "both")
    other = make_referral(house.db, place)
    person = browser_of(house)
    person.sign_in_there("both", WAY)
    page = person.get(f"{HOME}/requests")
    assert page.posts == [f"{HOME}/requests/{older.id}"]
    at = f"{HOME}/requests"
    assert person.send(f"{HOME}/requests/{other.id}", at=at).status_code == 404
    assert person.send(f"{HOME}/requests/{older.id}", at=at).location == f"{HOME}/progress"
    assert "the request that you chose" in person.get(f"{HOME}/progress").text
    assert person.get(f"{HOME}/requests").posts == [f"{HOME}/requests/{newer.id}"]


def test_logs_and_addresses_hold_nothing_of_the_person(
    house: Runtime, made: MadeReferral, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        person = browser_of(house)
        answer = person.sign_in_there("ada", WAY)
        person.get(f"{HOME}/progress")
    said = "\n".join(
        f"{record.getMessage()} {vars(record)}" for record in caplog.records if "urllib3" not in record.name
    )
    for secret in (NUMBERS["ada"], "1951-03-04", "eyJ", "Okonkwo"):
        assert secret not in said
    assert answer.location == f"{HOME}/progress"


def test_without_a_provider_the_page_tells_of_the_other_ways(app_pages: Person) -> None:
    page = app_pages.get("/my")
    assert "With a link" in page.text
    assert "NHS login" not in page.text
    assert "/my" not in app_pages.get("/privacy").links
    assert app_pages.client.get(WAY).status_code == 404
    assert app_pages.client.get(f"{WAY}/back").status_code == 404


@pytest.fixture
def app_pages(runtime: Runtime) -> Person:
    return browser_of(runtime)


def test_the_two_kinds_of_provider_never_stand_in_for_each_other(
    house: Runtime, made: MadeReferral, place: MadePlace
) -> None:
    person = browser_of(house)
    assert "/my" in person.get("/privacy").links
    assert person.client.get("/sign-in/with/nhs-login").status_code == 404
    assert "NHS login" not in person.get("/sign-in").text
    assert person.client.get("/my/sign-in/smartcard").status_code == 404
