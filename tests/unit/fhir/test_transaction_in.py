"""A transaction read as a referral: the message that it would have been, with the places of what was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fhir.messages import IncomingReferral
from fhir.problems import FhirRejected
from fhir.request_in import Around, as_message
from fhir.request_in_change import read_change
from fhir.systems import OUR_NEEDS, SDOHCC
from fhir.transaction import Transaction, read_transaction

BASE = "https://here.example/FHIR/R4"
Json = dict[str, Any]
AROUND = Around("A81001", "Surgery", "case-1", "header-1", datetime(2026, 11, 22, 9, tzinfo=UTC))
WHO, WHAT = "urn:uuid:5b1a5b0e-7d0c-4b49-9d3c-6f0c6d2f7a01", "urn:uuid:5b1a5b0e-7d0c-4b49-9d3c-6f0c6d2f7a02"


def posted(resource: Json, full_url: str | None = None) -> Json:
    found: Json = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return found | ({"fullUrl": full_url} if full_url else {})


def bundle(*more: Json, **asked: Any) -> Json:
    person = {"resourceType": "Patient", "name": [{"family": "Okonkwo"}], "birthDate": "1951-03-04"}
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": WHO},
    }
    entries = [posted(person, WHO), posted(request | asked, WHAT), *more]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def read(*more: Json, **asked: Any) -> Transaction:
    return read_transaction(bundle(*more, **asked), BASE)


def told(*more: Json, **asked: Any) -> IncomingReferral:
    return as_message(read(*more, **asked).asked, AROUND)


def test_referral_is_told_as_a_message_would_tell_it() -> None:
    message = told(note=[{"text": "Would like company."}], priority="urgent")
    assert (message.requester.ods, message.use_case, message.status) == ("A81001", "sp1", "active")
    assert (message.person.family, message.priority) == ("Okonkwo", "urgent")
    assert message.reason_text == "Would like company."
    assert message.paths["person.birth_date"] == "Bundle.entry[0].resource.birthDate"
    assert message.paths["status"] == "Bundle.entry[1].resource.status"


def test_gravitys_categories_become_needs() -> None:
    message = told(category=[{"coding": [{"system": SDOHCC, "code": "housing-instability"}]}])
    assert [(each.system, each.code) for each in message.needs] == [(OUR_NEEDS, "housing")]
    assert message.use_case == "sp1"


def test_goals_and_findings_become_words() -> None:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "proposed",
        "description": {"text": "Go out weekly"},
        "subject": {"reference": WHO},
    }
    finding = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Loneliness"},
        "valueInteger": 7,
    }
    assert told(posted(goal), posted(finding)).reason_text == "Goal: Go out weekly\n\nLoneliness: 7"


def test_requester_who_came_along_is_named() -> None:
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Osei", "given": ["Ama"]}]}
    url = "urn:uuid:5b1a5b0e-7d0c-4b49-9d3c-6f0c6d2f7a03"
    assert told(posted(doctor, url), requester={"reference": url}).requester_name == "Ama Osei"
    assert told(requester={"reference": "Practitioner/9", "display": "Dr Osei"}).requester_name == "Dr Osei"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"request": {"method": "PUT", "url": "Patient/1"}}, "Bundle.entry[0].request.method"),
        ({"request": {"method": "POST", "url": "Person"}}, "Bundle.entry[0].request.url"),
        ({"request": None}, "Bundle.entry[0].request"),
        ({"resource": {"resourceType": "Slot"}}, "Bundle.entry[0].resource"),
    ],
)
def test_entry_that_cannot_be_taken_is_named(change: Json, place: str) -> None:
    body = bundle()
    body["entry"][0] |= change
    with pytest.raises(FhirRejected) as caught:
        read_transaction(body, BASE)
    assert caught.value.status == 422
    assert place in [problem.path for problem in caught.value.problems]


def test_address_of_the_server_before_the_type_is_as_good() -> None:
    body = bundle()
    body["entry"][0]["request"]["url"] = f"{BASE}/Patient"
    assert read_transaction(body, BASE).types == ("Patient", "ServiceRequest")


def test_change_says_what_is_new() -> None:
    current = {
        "resourceType": "ServiceRequest",
        "id": "1",
        "status": "active",
        "subject": {"reference": "Patient/1", "display": "somebody"},
        "reasonCode": [{"coding": [{"system": OUR_NEEDS, "code": "food"}]}],
    }
    same = current | {"subject": {"reference": f"{BASE}/Patient/1"}}
    assert read_change(current, same, base_url=BASE).is_nothing
    found = read_change(current, current | {"status": "revoked", "note": [{"text": "Moved."}]}, base_url=BASE)
    assert (found.status, found.words, found.needs) == ("revoked", ("Moved.",), ())
