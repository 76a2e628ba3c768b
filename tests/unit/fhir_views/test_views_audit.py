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


def test_kind_of_event_and_no_profile_that_a_line_cannot_meet() -> None:
    assert event("fhir read")["type"]["code"] == "rest"
    assert event("disclose to provider")["type"]["code"] == "110106"
    assert event("accept")["type"]["code"] == "110110"
    assert not [each for each in event("fhir read")["meta"]["profile"] if "BALP" in each]
