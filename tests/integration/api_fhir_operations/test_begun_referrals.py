"""A referral begun in the practice's own system: a page with the person on it, for that practice, for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.runtime import Runtime
from app.services.incoming import prefilled
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.api_fhir_operations.asking import Asking
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page, read_page

NUMBER = "9000000009"
VERIFIED = {
    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
    "valueCodeableConcept": {
        "coding": [
            {
                "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
                "code": "number-present-and-verified",
            }
        ]
    },
}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER, "extension": [VERIFIED]}],
    "name": [{"use": "official", "family": "Quillfeather", "given": ["Odalys", "Mae"]}],
    "birthDate": "1951-03-04",
    "gender": "female",
    "telecom": [{"system": "phone", "value": "07700 900461"}],
    "address": [{"line": ["7 Invented Row"], "city": "London", "postalCode": "E8 1EA"}],
    "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "tr"}]}}],
}
SignIn = Callable[[str], Visitor]


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def begin(system: Asking, patient: dict[str, Any] = PATIENT) -> str:
    """Begin a referral; return the path of its page."""
    answer = system.ask_for("POST", "Patient/$referral-page", patient)
    assert answer.status_code == 201, answer.text
    told = {each["name"]: each for each in answer.json["parameter"]}
    assert told["minutes"]["valueInteger"] == 30
    assert answer.headers["Location"] == told["address"]["valueUrl"]
    return urlsplit(told["address"]["valueUrl"]).path


def filled(page: Page) -> dict[str, str]:
    """What stands in the page's inputs."""
    return {each.get("name") or "": each.get("value") or "" for each in page.inputs}


def test_page_opens_with_what_the_system_knows(system: Asking, sign_in: SignIn, place: MadePlace) -> None:
    page = sign_in("practice-0").get(begin(system))
    told = filled(page)
    assert (told["given"], told["family"], told["nhs_number"]) == ("Odalys Mae", "Quillfeather", NUMBER)
    assert (told["born_day"], told["born_month"], told["born_year"]) == ("4", "3", "1951")
    assert (told["phone"], told["postcode"]) == ("07700 900461", "E8 1EA")
    assert "7 Invented Row" in page.html
    assert 'value="tr" selected' in page.html
    assert 'value="female" selected' in page.html


def test_only_consent_and_the_need_are_left_to_say(
    system: Asking, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    path = begin(system)
    page = visitor.get(path)
    told = {name: value for name, value in filled(page).items() if name in ("given", "family", "phone")}
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    answer = visitor.send("/refer", told | born | {"needs": "social-connection", "agrees": "share"}, at=path)
    check = read_page(answer)
    assert check.headings[0] == "Check before you send"
    carried = filled(check) | {"step": "send"}
    assert visitor.client.post("/refer", data=carried).status_code == 200
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    assert line.requester_name == place.practices[0].name


def test_address_and_table_hold_nothing_of_the_person(system: Asking, admin: Engine) -> None:
    path = begin(system)
    with admin.connect() as connection:
        (row,) = connection.execute(text("select * from prefilled_referral")).all()
    kept = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for secret in ("Quillfeather", "Odalys", NUMBER, "900461", "Invented Row"):
        assert secret not in path
        assert secret.encode() not in kept


def test_another_practice_a_stranger_and_another_role_do_not_get_in(
    make_system: Callable[..., Asking], sign_in: SignIn, app: Flask, place: MadePlace
) -> None:
    path = begin(make_system(place.practices[0]))
    other = sign_in("practice-1").get(path, status=404)
    assert "Quillfeather" not in other.text
    assert "Start again from your own system" in other.text
    assert sign_in("link-worker").get(path, status=403)
    stranger = app.test_client().get(path)
    assert stranger.status_code in (302, 303)
    assert "Quillfeather" not in stranger.text


def test_page_is_gone_after_half_an_hour_and_so_is_the_person(
    system: Asking, sign_in: SignIn, runtime: Runtime, clock: Clock, admin: Engine
) -> None:
    path = begin(system)
    visitor = sign_in("practice-0")
    clock.advance(minutes=29)
    visitor.get(path)
    prefilled.forget_old(runtime.db)
    visitor.get(path)
    clock.advance(minutes=1)
    visitor.get(path, status=404)
    prefilled.forget_old(runtime.db)
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from prefilled_referral")) == 0


@pytest.mark.parametrize(
    ("beside", "where"),
    [
        (
            {
                "meta": {
                    "security": [
                        {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
                    ]
                }
            },
            "Patient.meta.security",
        ),
        ({"deceasedBoolean": True}, "Patient.deceased[x]"),
    ],
)
def test_closed_records_and_the_dead_are_refused(
    beside: dict[str, Any], where: str, system: Asking, admin: Engine
) -> None:
    answer = system.ask_for("POST", "Patient/$referral-page", PATIENT | beside)
    assert answer.status_code == 422, answer.text
    assert answer.json["issue"][0]["expression"] == [where]
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from prefilled_referral")) == 0


def test_providers_systems_and_readers_may_not(make_system: Callable[..., Asking], place: MadePlace) -> None:
    reader = make_system(scopes=("referral.read",))
    assert reader.ask_for("POST", "Patient/$referral-page", PATIENT).status_code == 403
    provider = make_system(organisation=place.providers[0])
    assert provider.ask_for("POST", "Patient/$referral-page", PATIENT).status_code == 403


def test_what_is_no_patient_is_told_where(system: Asking) -> None:
    answer = system.ask_for("POST", "Patient/$referral-page", PATIENT | {"birthDate": "4.3.1951"})
    assert answer.status_code in (400, 422)
    assert answer.json["issue"][0]["expression"] == ["Patient.birthDate"]
