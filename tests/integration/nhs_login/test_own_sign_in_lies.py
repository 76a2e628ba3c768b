"""What of a provider's word opens nobody's page: tokens that lie, claims that prove too little, or somebody else."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, text

from app.runtime import Runtime
from app.services.own.person_sign_in import REFUSED
from tests.factories import MadePlace, MadeReferral
from tests.integration.nhs_login.conftest import HOME, NUMBERS, WAY, come, referral_of, why_not
from tests.integration.openid.conftest import browser_of, new_key
from tests.integration.openid.liar import Liar, signed_by_public_key, unsigned

HOUR = 3600
FAILED = "/my?why=failed&way=nhs-login"
NO_PAGE = "/my/not-opened"


def test_what_is_right_opens_the_page(lied_to: Runtime, liar: Liar, made: MadeReferral) -> None:
    assert come(liar, browser_of(lied_to)).location == f"{HOME}/progress"


def lies() -> list[dict[str, Any]]:
    """Claims of the token itself that are not as they should be; None leaves one out."""
    now = int(time.time())
    return [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["backstitch", "another-client"]},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"exp": now - HOUR},
        {"iat": now + HOUR},
        {"auth_time": now - HOUR},
        {"auth_time": now + HOUR},
    ]


def test_no_token_that_lies_is_believed(lied_to: Runtime, liar: Liar, made: MadeReferral, counted) -> None:
    found = [(lie, come(liar, browser_of(lied_to), **lie).location) for lie in lies()]
    assert [lie for lie, location in found if location != FAILED] == []
    assert (counted("person_identity"), counted("person_link")) == (0, 0)


def test_no_signature_but_the_providers_is_believed(
    lied_to: Runtime, liar: Liar, made: MadeReferral, counted
) -> None:
    person = browser_of(lied_to)
    proved = {"nhs_number": NUMBERS["ada"], "birthdate": "1951-03-04", "identity_proofing_level": "P9"}
    tricks = (
        unsigned,
        lambda claims: signed_by_public_key(liar, claims),
        lambda claims: liar.sign(claims, key=new_key("liars")),
    )
    for trick in tricks:
        liar.token = lambda right, trick=trick: trick(right | proved)
        assert liar.come_back(person, WAY, back=f"{WAY}/back").location == FAILED
    assert counted("person_identity") == 0


@pytest.mark.parametrize("state", ["", "another", None])
def test_an_answer_to_another_question_opens_nothing(
    lied_to: Runtime, made: MadeReferral, state: str | None, counted
) -> None:
    person = browser_of(lied_to)
    person.ask(WAY)
    told = {"code": "any"} | ({} if state is None else {"state": state})
    answer = person.client.get(f"{WAY}/back", query_string=told)
    assert answer.location == "/my?why=lost&way=nhs-login"
    assert counted("person_link") == 0


def test_an_answer_in_the_name_of_another_provider_or_of_staffs_question_opens_nothing(
    lied_to: Runtime, made: MadeReferral
) -> None:
    person = browser_of(lied_to)
    (state,) = parse_qs(urlsplit(person.ask(WAY)).query)["state"]
    told = {"code": "any", "state": state, "iss": "https://elsewhere.example"}
    assert person.client.get(f"{WAY}/back", query_string=told).location.startswith("/my?why=lost")
    with person.client.session_transaction() as cookie:
        cookie["asked_elsewhere"] = {"name": "nhs-login", "state": "x"}
    assert person.client.get(f"{WAY}/back?code=any&state=x").location.startswith("/my?why=lost")


def test_nothing_in_an_address_leads_elsewhere(lied_to: Runtime, liar: Liar, made: MadeReferral) -> None:
    person = browser_of(lied_to)
    away = "https%3A%2F%2Felsewhere.example"
    asked = person.client.get(f"{WAY}?next={away}&redirect_uri={away}&back={away}")
    assert asked.location.startswith(liar.issuer)
    (back,) = parse_qs(urlsplit(asked.location).query)["redirect_uri"]
    assert back == f"http://localhost{WAY}/back"
    answer = liar.come_back(person, f"{WAY}?next={away}", back=f"{WAY}/back")
    assert answer.location == NO_PAGE
    for path in (f"/my?why=<script>&way={away}", "/my?why=failed&way=nobody"):
        page = person.get(path)
        assert not [link for link in page.links if link.startswith("https://elsewhere")]
        assert "does not work just now" not in page.text


@pytest.mark.parametrize(
    "claims",
    [
        {"identity_proofing_level": "P5"},
        {"identity_proofing_level": "P0"},
        {"identity_proofing_level": None},
        {"identity_proofing_level": ["P9"]},
        {"nhs_number": None},
        {"nhs_number": ""},
        {"nhs_number": "5900000000"},
        {"nhs_number": "9999999999"},
        {"nhs_number": 5900000000},
        {"birthdate": None},
        {"birthdate": "4 March 1951"},
        {"birthdate": "1951"},
    ],
    ids=str,
)
def test_whom_it_has_not_made_sure_of_is_nobody(
    lied_to: Runtime, liar: Liar, made: MadeReferral, claims: dict[str, Any], admin: Engine
) -> None:
    assert come(liar, browser_of(lied_to), **claims).location == NO_PAGE
    assert why_not(admin) == ["not-proved"]


def test_another_date_of_birth_than_the_records_opens_nothing(
    lied_to: Runtime, liar: Liar, made: MadeReferral, admin: Engine
) -> None:
    assert come(liar, browser_of(lied_to), birthdate="1951-04-03").location == NO_PAGE
    assert why_not(admin) == ["birth-date"]


def tasks(admin: Engine) -> list[str]:
    query = "select r.reference from task t join referral r on r.id = t.referral_id where t.kind = :kind"
    with admin.connect() as connection:
        return list(connection.execute(text(query), {"kind": REFUSED}).scalars())


def test_a_number_that_changed_there_opens_nobody_elses_record_and_both_teams_hear_of_it(
    lied_to: Runtime, liar: Liar, made: MadeReferral, place: MadePlace, admin: Engine
) -> None:
    referral_of(lied_to, place, "both")
    person = browser_of(lied_to)
    assert come(liar, person).location == f"{HOME}/progress"
    for _ in range(2):
        assert come(liar, person, nhs_number=NUMBERS["both"]).location == NO_PAGE
    assert come(liar, person, nhs_number=NUMBERS["unknown"]).location == NO_PAGE
    assert set(why_not(admin)) == {"another-person"}
    assert len(tasks(admin)) == 2
    assert come(liar, person).location == f"{HOME}/progress"


def test_another_account_for_one_number_opens_nothing_until_the_team_has_allowed_it(
    lied_to: Runtime, liar: Liar, made: MadeReferral, place: MadePlace, admin: Engine
) -> None:
    first, second = browser_of(lied_to), browser_of(lied_to)
    come(liar, first)
    assert come(liar, second, sub="robin").location == NO_PAGE
    assert why_not(admin) == ["another-subject"]
    worker, other = browser_of(lied_to), browser_of(lied_to)
    worker.sign_in("link-worker")
    other.sign_in("other-link-worker")
    at = f"/referrals/{made.id}/own-page"
    assert "Only that NHS login opens it" in worker.get(at).text
    assert "was not the account that is known for them" in worker.get("/referrals").text
    assert other.send(f"{at}/sign-in/end", at="/account").status_code == 404
    assert worker.send(f"{at}/sign-in/end", at=at).status_code == 303
    assert worker.send(f"{at}/sign-in/end", at=at).status_code == 409
    assert first.client.get(f"{HOME}/progress").location == "/my?over"
    assert come(liar, second, sub="robin").location == f"{HOME}/progress"
    assert come(liar, first).location == NO_PAGE
    assert "Only that NHS login opens it" in worker.get(at).text


def test_the_providers_name_for_somebody_is_kept_as_a_digest_alone(
    lied_to: Runtime, liar: Liar, made: MadeReferral, admin: Engine
) -> None:
    come(liar, browser_of(lied_to), sub="very-own-subject", sid="very-own-session")
    with admin.connect() as connection:
        for table in ("person_identity", "person_link", "audit_event"):
            rows = "".join(connection.execute(text(f"select t::text from {table} t")).scalars())  # noqa: S608
            assert "very-own" not in rows
            assert b"very-own".hex() not in rows
