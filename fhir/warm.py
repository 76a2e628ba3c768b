"""Warms the library's models once, so that a server pays the first parse before it forks."""

from __future__ import annotations

from datetime import UTC, date, datetime

from fhir.cardinalities import types_of_messages
from fhir.elements import find_resource_class
from fhir.inbound import read_message
from fhir.invariants import rules_of
from fhir.messages import OrganisationToTell, OutcomeReport, PersonToTell, ScoreToTell
from fhir.outbound import outcome_message, to_bytes


def warm() -> None:
    """Write an invented message and read it: builds the models and rules of the types that real messages hold."""
    for name in types_of_messages():
        rules_of(find_resource_class(name))
    read_message(to_bytes(outcome_message(_SAMPLE)))


_AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
_SAMPLE = OutcomeReport(
    message_id="00000000-0000-4000-8000-000000000001",
    header_id="00000000-0000-4000-8000-000000000002",
    composed_at=_AT,
    version="1.0.0",
    referral_id="sample",
    original_bundle_id="00000000-0000-4000-8000-000000000003",
    requester_reference=None,
    journey_id="sample",
    from_endpoint="urn:backstitch:sample:from",
    to_endpoint="urn:backstitch:sample:to",
    sender=OrganisationToTell("team", "Sample team"),
    receiver=OrganisationToTell("practice", "Sample practice", is_general_practice=True),
    provider=OrganisationToTell("provider", "Sample provider"),
    service_id="sample",
    service_name="Sample service",
    link_worker="Sample link worker",
    person=PersonToTell("sample", "Sample", ("Sample",), date(1970, 1, 1), "unknown", None, False),
    ended_as="completed",
    outcome="not-known",
    outcome_text="Not known",
    end_reason=None,
    end_reason_text=None,
    summary="A sample.",
    actions="",
    risks="",
    goal="A sample goal",
    goal_before=3,
    goal_after=5,
    scores=(ScoreToTell("Sample", "sample", "Sample item", 5, "before", date(2026, 1, 1)),),
    referred_on=_AT,
    started_on=_AT,
    ended_on=_AT,
    contacts=1,
)
