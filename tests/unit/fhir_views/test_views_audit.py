"""Lines of the audit as AuditEvents: whose record, in IHE BALP's words, and sound by the library's model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from fhir.views_evidence import audit_event
from fhir.views_values import Doer, LineShown

BY = Doer(
    role="practice", organisation_id="4b3f2c1e-0000-4000-8000-000000000003", organisation_name="Surgery"
)
REFERRAL, PERSON = "4b3f2c1e-0000-4000-8000-000000000001", "4b3f2c1e-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("act", "word", "action"),
    [
        ("disclose to provider", "disclose", "R"),
        ("list referrals", "search", "R"),
        ("fhir search", "search", "R"),
        ("look at referral", "read", "R"),
        ("read outcome letter", "read", "R"),
        ("accept", "update", "E"),
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
