"""What a practice's system reads of who looked at its referrals: in an emergency, in a list, and in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.api_fhir.gp_system import GpSystem, register
from tests.integration.api_fhir_rest.reader import Reader
from tests.integration.emergency.conftest import Opening
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def reader(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> Reader:
    """The system of the practice that referred."""
    spoken_for = (place.live_practice.ods or "",)
    found = register(runtime.db, place.place.id, key, practices=spoken_for, scopes=("referral.read",))
    return Reader(http, GpSystem(http, found, key).token)


def events(reader: Reader, made: MadeReferral, act: str) -> list[dict[str, Any]]:
    """The events of an act about a referral; every one names the referral and the person, once."""
    bundle = reader.search("AuditEvent", {"entity": f"ServiceRequest/{made.id}", "_count": "200"})
    found = [
        each["resource"]
        for each in bundle.get("entry", [])
        if each["resource"]["resourceType"] == "AuditEvent"
    ]
    found = [each for each in found if each["subtype"][0]["code"] == act]
    for each in found:
        names = [entity["what"]["reference"] for entity in each["entity"]]
        assert names == [f"ServiceRequest/{made.id}", f"Patient/{made.person_id}"]
    return found


def test_a_look_in_an_emergency_is_told_with_its_purpose_and_by_whom(
    reader: Reader, other: Opening, made: MadeReferral, place: MadePlace
) -> None:
    act = "emergency-look-at-record"
    path = other.open()
    assert not events(reader, made, act), "opening shows nothing yet"
    other.visitor.get(path)
    (told,) = events(reader, made, act)
    (agent,) = told["agent"]
    assert [each["coding"][0]["code"] for each in told["purposeOfEvent"]] == ["BTG"]
    assert [each["coding"][0]["code"] for each in agent["purposeOfUse"]] == ["BTG"]
    assert agent["who"]["reference"] == f"Organization/{place.other_team.id}"
    assert (told["action"], told["outcome"]) == ("R", "0")


def test_a_list_leaves_one_event_for_each_person_on_it(
    runtime: Runtime, reader: Reader, made: MadeReferral, place: MadePlace, sign_in: SignIn
) -> None:
    both = [
        made,
        make_referral(
            runtime.db,
            place,
            ReferralStatus.IN_TRIAGE,
            practice=place.live_practice,
            patient=Patient(nhs_number="5900030008", family="Brandt", given="Jo"),
        ),
    ]
    worker = sign_in("link-worker")
    before = [len(events(reader, each, "list-referrals")) for each in both]
    assert worker.client.get("/referrals").status_code == 200
    after = [events(reader, each, "list-referrals") for each in both]
    assert [len(each) for each in after] == [one + 1 for one in before]
    assert {each[-1]["action"] for each in after} == {"E"}


def test_who_asks_for_it_in_vain_is_told_as_denied_and_to_nobody_elses_system(
    runtime: Runtime,
    reader: Reader,
    made: MadeReferral,
    place: MadePlace,
    sign_in: SignIn,
    http: FlaskClient,
    key: RSAKey,
) -> None:
    assert sign_in("other-link-worker").client.get(f"/referrals/{made.id}").status_code == 404
    (told,) = events(reader, made, "refuse")
    assert (told["outcome"], told["outcomeDesc"], told["action"]) == ("8", "Refused (404)", "R")
    assert told["agent"][0]["who"]["reference"] == f"Organization/{place.other_team.id}"
    elsewhere = register(
        runtime.db,
        place.place.id,
        key,
        practices=(place.other_practice.ods or "",),
        scopes=("referral.read",),
    )
    stranger = Reader(http, GpSystem(http, elsewhere, key).token)
    assert stranger.search("AuditEvent", {"entity": f"ServiceRequest/{made.id}"})["total"] == 0
    assert stranger.get(f"ServiceRequest/{made.id}").status_code == 404
    (system,) = [each for each in events(reader, made, "refuse") if each != told]
    assert system["agent"][0]["who"]["reference"] == f"Organization/{place.place.id}"
