"""The invariants that we ask for are those of HL7's own definitions: derived again, compared, and each one asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.checks import resource_problems
from tests.contract.clients.derive_invariants import TABLE, derive

Json = dict[str, Any]
TERMS = "http://terminology.hl7.org/CodeSystem"
WHO = {"reference": "Patient/1"}
TEXT = {"text": "x"}


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code}]}


def observation(**more: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": TEXT} | more


def condition(**more: Any) -> Json:
    return {"resourceType": "Condition", "subject": WHO} | more


def timing(**repeat: Any) -> Json:
    return observation(effectiveTiming={"repeat": repeat})


def bundle(kind: str, *entries: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind} | ({"entry": list(entries)} if entries else {}) | more


ACTIVE = concept("condition-clinical", "active")
PERSON = {"resourceType": "Patient", "active": True}
TO_POST = {"method": "POST", "url": "Patient"}
BROKEN: dict[str, tuple[Json, str]] = {
    "con-4": (condition(clinicalStatus=ACTIVE, abatementString="x"), "Condition"),
    "con-5": (
        condition(
            clinicalStatus=ACTIVE, verificationStatus=concept("condition-ver-status", "entered-in-error")
        ),
        "Condition",
    ),
    "con-2": (condition(evidence=[{"id": "a"}]), "Condition.evidence[0]"),
    "ait-1": ({"resourceType": "AllergyIntolerance", "patient": WHO}, "AllergyIntolerance"),
    "ait-2": (
        {
            "resourceType": "AllergyIntolerance",
            "patient": WHO,
            "clinicalStatus": concept("allergyintolerance-clinical", "active"),
            "verificationStatus": concept("allergyintolerance-verification", "entered-in-error"),
        },
        "AllergyIntolerance",
    ),
    "tim-1": (timing(duration=1), "Observation.effectiveTiming.repeat"),
    "tim-5": (timing(period=-1, periodUnit="d"), "Observation.effectiveTiming.repeat"),
    "tim-10": (timing(timeOfDay=["10:00:00"], when=["C"]), "Observation.effectiveTiming.repeat"),
    "app-1": (
        {"resourceType": "Appointment", "status": "proposed", "participant": [{"status": "accepted"}]},
        "Appointment.participant[0]",
    ),
    "app-3": (
        {
            "resourceType": "Appointment",
            "status": "booked",
            "participant": [{"status": "accepted", "actor": WHO}],
        },
        "Appointment",
    ),
    "mad-1": (
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "medicationCodeableConcept": TEXT,
            "subject": WHO,
            "effectiveDateTime": "2026-01-01",
            "dosage": {"text": "x"},
        },
        "MedicationAdministration.dosage",
    ),
    "per-1": (
        observation(effectivePeriod={"start": "2026-02-02", "end": "2026-01-01"}),
        "Observation.effectivePeriod",
    ),
    "qty-3": (observation(valueQuantity={"code": "mg"}), "Observation.valueQuantity"),
    "rng-2": (
        observation(valueRange={"low": {"value": 3}, "high": {"value": 2}}),
        "Observation.valueRange",
    ),
    "obs-6": (observation(valueString="x", dataAbsentReason=TEXT), "Observation"),
    "obs-7": (
        observation(
            code=concept("a", "1"),
            valueString="x",
            component=[{"code": concept("a", "1"), "valueString": "y"}],
        ),
        "Observation",
    ),
    "prr-1": (
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "subject": WHO,
            "orderDetail": [TEXT],
        },
        "ServiceRequest",
    ),
    "bdl-1": (bundle("collection", total=1), "Bundle"),
    "bdl-3": (bundle("transaction", {"resource": PERSON}), "Bundle"),
    "bdl-5": (bundle("collection", {"fullUrl": "urn:x:1"}), "Bundle.entry[0]"),
    "bdl-9": (bundle("document", timestamp="2026-01-01T10:00:00Z"), "Bundle"),
    "dom-2": (
        {
            "resourceType": "Patient",
            "generalPractitioner": [{"reference": "#o"}],
            "contained": [
                {
                    "resourceType": "Organization",
                    "id": "o",
                    "name": "x",
                    "endpoint": [{"reference": "#o"}],
                    "contained": [
                        {"resourceType": "Basic", "id": "b", "code": TEXT, "subject": {"reference": "#"}}
                    ],
                }
            ],
        },
        "Patient",
    ),
    "dom-3": (
        {"resourceType": "Patient", "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}]},
        "Patient.contained[0]",
    ),
    "org-1": ({"resourceType": "Organization", "active": True}, "Organization"),
    "org-3": (
        {
            "resourceType": "Organization",
            "name": "x",
            "telecom": [{"system": "phone", "value": "1", "use": "home"}],
        },
        "Organization.telecom",
    ),
    "pat-1": ({"resourceType": "Patient", "contact": [{"gender": "male"}]}, "Patient.contact[0]"),
    "inv-1": (
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "authoredOn": "2026-01-02",
            "lastModified": "2026-01-01",
        },
        "Task",
    ),
}
SOUND: dict[str, Json] = {
    "a period that ends on the day it starts": observation(
        effectivePeriod={"start": "2026-02-02T10:00:00Z", "end": "2026-02-02"}
    ),
    "a period of which only the year of the start is known": observation(
        effectivePeriod={"start": "2026", "end": "2026-03-01"}
    ),
    "a range from milligrams to grams": observation(
        valueRange={"low": {"value": 500, "unit": "mg"}, "high": {"value": 2, "unit": "g"}}
    ),
    "a condition that is over": condition(
        clinicalStatus=concept("condition-clinical", "resolved"), abatementString="x"
    ),
    "a task changed on the day it was made": {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "authoredOn": "2026-01-02T10:00:00Z",
        "lastModified": "2026-01-02",
    },
    "two versions of one in a history": bundle(
        "history",
        *(
            {
                "fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
                "request": TO_POST,
                "response": {"status": "200"},
                "resource": PERSON,
            }
            for _ in range(2)
        ),
    ),
    "what is contained and refers to what it is in": {
        "resourceType": "Patient",
        "contained": [{"resourceType": "Basic", "id": "b", "code": TEXT, "subject": {"reference": "#"}}],
    },
    "a uuid that is not of version 4": {
        "resourceType": "Patient",
        "extension": [{"url": "urn:x:a", "valueUuid": "urn:uuid:6fa459ea-ee8a-11e9-8a4f-acde48001122"}],
    },
}


def test_the_table_of_invariants_is_what_the_definitions_give() -> None:
    assert json.loads(TABLE.read_text()) == derive()


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_invariant_is_told_at_its_place_by_its_key(key: str) -> None:
    resource, place = BROKEN[key]
    told = [
        (problem.path, problem.code)
        for problem in resource_problems(resource)
        if f" {key} " in problem.sentence
    ]
    assert told == [(place, "invariant")]


@pytest.mark.parametrize("resource", SOUND.values(), ids=SOUND)
def test_what_r4_allows_breaks_none(resource: Json) -> None:
    assert resource_problems(resource) == ()


def test_an_element_contained_in_an_entry_is_looked_at_too() -> None:
    inside = observation(
        contained=[{"resourceType": "Organization", "id": "o", "active": True}],
        performer=[{"reference": "#o"}],
    )
    found = resource_problems(bundle("collection", {"resource": inside}))
    assert [problem.path for problem in found] == ["Bundle.entry[0].resource.contained[0]"]


def test_two_entries_with_one_address_are_told_at_the_second() -> None:
    twin = {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": PERSON}
    found = resource_problems(bundle("collection", twin, twin))
    assert [problem.path for problem in found] == ["Bundle.entry[1].fullUrl"]


@pytest.mark.parametrize(
    ("status", "is_taken"),
    [
        (ACTIVE, True),
        ({"coding": [{"code": "active"}]}, True),  # as a published sample has it
        ({"extension": [{"url": "urn:x:why", "valueString": "unknown"}]}, True),
        (concept("condition-clinical", "going strong"), False),
        (concept("allergyintolerance-clinical", "active"), False),
        (TEXT, False),
    ],
)
def test_a_concept_of_a_required_list_has_a_coding_of_it(status: Json, is_taken: bool) -> None:
    found = [problem.path for problem in resource_problems(condition(clinicalStatus=status))]
    assert found == ([] if is_taken else ["Condition.clinicalStatus"])
