"""Lines of the audit as AuditEvents: whose record, in IHE BALP's words, and sound by the library's model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from fhir.views_audit import audit_event
from fhir.views_values import Doer, LineShown

BY = Doer(
    role="practice", organisation_id="4b3f2c1e-0000-4000-8000-000000000003", organisation_name="Surgery"
)
REFERRAL, PERSON = "4b3f2c1e-0000-4000-8000-000000000001", "4b3f2c1e-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("act", "word", "action"),
    [
        ("disclose to provider", "disclose", "R"),
        ("list referrals", "search", "E"),
        ("fhir search", "search", "E"),
        ("look at referral", "read", "R"),
        ("read outcome letter", "read", "R"),
        ("print plan", "read", "R"),
        ("receive referral", "create", "C"),
        ("record outcome", "create", "C"),
        ("accept", "update", "U"),
        ("hold message back", "update", "U"),
        ("remove contact", "delete", "D"),
        ("erase person", "delete", "D"),
        ("send letter", "operation", "E"),
        ("fhir export", "operation", "E"),
        ("emergency look at record", "read", "R"),
        ("emergency search without result", "search", "E"),
    ],
)
def test_line_says_what_was_done_and_with_whose_record(act: str, word: str, action: str) -> None:
    told = audit_event(LineShown("line-1", datetime.now(UTC), act, BY, REFERRAL, PERSON))
    AuditEvent.model_validate(told)
    assert [each["code"] for each in told["subtype"]] == [act.replace(" ", "-"), word]
    assert told["action"] == action
    assert [each["what"]["reference"] for each in told["entity"]] == [
        f"ServiceRequest/{REFERRAL}",
        f"Patient/{PERSON}",
    ]
    assert [(each["type"]["code"], each["role"]["code"]) for each in told["entity"]] == [
        ("2", "4"),
        ("1", "1"),
    ]


def event(act: str, **told: Any) -> dict[str, Any]:
    made = audit_event(LineShown("line-1", datetime.now(UTC), act, BY, REFERRAL, PERSON, **told))
    AuditEvent.model_validate(made)
    return made


def test_a_look_in_an_emergency_says_so_of_the_event_and_of_who_looked() -> None:
    made = event("emergency look at record", purpose="BTG")
    (purpose,) = made["purposeOfEvent"]
    assert made["agent"][0]["purposeOfUse"] == [purpose]
    assert purpose["coding"] == [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "BTG",
            "display": "break the glass",
        }
    ]
    assert "purposeOfEvent" not in event("look at referral")


@pytest.mark.parametrize(
    ("method", "action", "word"),
    [("GET", "R", "read"), ("POST", "C", "create"), ("PUT", "U", "update"), ("TRACE", "E", "operation")],
)
def test_what_was_refused_is_told_as_denied_with_what_was_asked_for(
    method: str, action: str, word: str
) -> None:
    made = event("refuse", method=method, status=404)
    assert (made["outcome"], made["outcomeDesc"]) == ("8", "Refused (404)")
    assert (made["action"], made["subtype"][1]["code"]) == (action, word)
    assert event("accept")["outcome"] == "0"


def test_kind_of_event() -> None:
    assert event("fhir read")["type"]["code"] == "rest"
    assert event("disclose to provider")["type"]["code"] == "110106"
    assert event("accept")["type"]["code"] == "110110"


BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


@pytest.mark.parametrize(
    ("act", "profile", "subtype"),
    [
        ("fhir read", "PatientRead", "http://hl7.org/fhir/restful-interaction|read"),
        ("fhir history", "PatientRead", "http://hl7.org/fhir/restful-interaction|read"),
        (
            "disclose to provider",
            "PrivacyDisclosure.Source",
            "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle|disclose",
        ),
    ],
)
def test_a_claimed_profile_of_ihe_is_met(act: str, profile: str, subtype: str) -> None:
    """What both profiles ask for: each side once, with who and a network, and the patient and the data once."""
    made = event(act)
    assert made["meta"]["profile"][1:] == [BALP + profile]
    assert (made["action"], made["outcome"]) == ("R", "0")
    assert subtype in [f"{each['system']}|{each['code']}" for each in made["subtype"]]
    sides = {each["type"]["coding"][0]["code"]: each for each in made["agent"]}
    assert sorted(sides) == ["110152", "110153"]
    assert len(made["agent"]) == 2
    assert sides["110152"]["who"]["display"] == "Surgery"
    assert sides["110153"]["who"] == made["source"]["observer"]
    assert [side["requestor"] for side in made["agent"]] == [True, False]
    for side in made["agent"]:
        (absent,) = side["network"]["extension"]
        assert absent["valueCode"] == "masked"  # the address is kept nowhere
    assert [each["type"]["code"] for each in made["entity"]] == ["2", "1"]


@pytest.mark.parametrize("act", ["refuse", "fhir search", "look at referral", "accept", "fhir export"])
def test_no_profile_is_claimed_that_a_line_does_not_meet(act: str) -> None:
    """A search's words are not kept, a refusal is no success, and a page is not a RESTful read of a resource."""
    made = event(act)
    assert not [each for each in made["meta"]["profile"] if "BALP" in each]
    assert len(made["agent"]) == 1
