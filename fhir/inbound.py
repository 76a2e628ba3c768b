"""Turns the bytes of a BaRS message into plain values, or says everything that is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fhir.checks import check
from fhir.inbound_parties import name_of_requester, organisation_of, requester_of
from fhir.inbound_person import person_paths, read_person
from fhir.inbound_story import consents, flags, needs, reason_text, type_1_opt_out
from fhir.message_rules import header_id_of, reason_of, use_case_of
from fhir.messages import IncomingAcknowledgement, IncomingReferral, MessageIdentity
from fhir.reading import dig, moment, objects, plain, text
from fhir.references import Entry, EntryIndex
from fhir.strict_json import load

_NEVER = datetime(1, 1, 1, tzinfo=UTC)  # unreachable after the checks; keeps the type whole
_DETAIL_LENGTH = 500


def read_message(raw: bytes) -> IncomingReferral | IncomingAcknowledgement:
    """Return the message in `raw`: an answer when MessageHeader.response is there, else a referral.

    Raises FhirRejected with every problem, and nothing else. NHS England's examples REFREQ01 to 03 are read
    unchanged. The number's check digit, dates in the future, unknown use cases and versions are not judged here.
    """
    body = load(raw)
    entries = check(body)
    header = entries.of_type("MessageHeader")[0]
    if "response" in header.resource:
        return _acknowledgement(body, header, entries)
    return _referral(body, header, entries)


def _identity(body: dict[str, Any], header: Entry) -> MessageIdentity:
    return MessageIdentity(
        bundle_id=text(body, "id") or "",
        header_id=header_id_of(header, body) or "",
        sent_at=moment(body.get("timestamp")) or _NEVER,
        event=text(header.resource, "eventCoding", "code") or "",
        reason=reason_of(header.resource),
    )


def _acknowledgement(body: dict[str, Any], header: Entry, entries: EntryIndex) -> IncomingAcknowledgement:
    return IncomingAcknowledgement(
        identity=_identity(body, header),
        answers=text(header.resource, "response", "identifier") or "",
        code=text(header.resource, "response", "code") or "",
        sender=organisation_of(header.resource.get("sender"), entries),
        details=_details(header, entries),
    )


def _details(header: Entry, entries: EntryIndex) -> str | None:
    """What the answering system says went wrong: the texts of the OperationOutcome that it refers to."""
    outcome = entries.find(dig(header.resource, "response", "details"))
    issues = objects(outcome.resource, "issue") if outcome is not None else []
    said = [text(issue, "diagnostics") or text(issue, "details", "text") for issue in issues]
    return plain("; ".join(each for each in said if each))[:_DETAIL_LENGTH] or None


def _referral(body: dict[str, Any], header: Entry, entries: EntryIndex) -> IncomingReferral:
    request = entries.of_type("ServiceRequest")[0]
    patient = entries.of_type("Patient")[0]
    requester, requester_path = requester_of(request, header, entries)
    use_case_system, use_case = use_case_of(request.resource) or ("", "")
    words, words_path = reason_text(request, entries)
    given, refused = consents(entries)
    return IncomingReferral(
        identity=_identity(body, header),
        application_version=text(body, "meta", "versionId"),
        status=text(request.resource, "status") or "",
        use_case=use_case,
        use_case_system=use_case_system,
        authored_on=moment(request.resource.get("authoredOn")),
        priority=text(request.resource, "priority") or "routine",
        requester=requester,
        requester_name=name_of_requester(request, entries),
        sender=organisation_of(header.resource.get("sender"), entries),
        reply_endpoint=text(header.resource, "source", "endpoint"),
        receiver_endpoint=text(header.resource, "destination", 0, "endpoint"),
        requester_reference=_own_reference(request, entries),
        journey_id=_journey(request, entries),
        person=read_person(patient, entries, labels=objects(body, "meta", "security")),
        reason_text=words,
        needs=needs(request, entries),
        flags=flags(entries),
        consent_given=given,
        consent_refused=refused,
        type1_opt_out=type_1_opt_out(body),
        paths=_paths(header, request, patient) | {"requester": requester_path, "reason_text": words_path},
    )


def _paths(header: Entry, request: Entry, patient: Entry) -> dict[str, str]:
    return person_paths(patient) | {
        "use_case": f"{request.path}.category",
        "authored_on": f"{request.path}.authoredOn",
        "status": f"{request.path}.status",
        "identity.sent_at": "Bundle.timestamp",
        "identity.bundle_id": "Bundle.id",
        "application_version": "Bundle.meta.versionId",
        "receiver_endpoint": f"{header.path}.destination[0].endpoint",
        "sender": f"{header.path}.sender",
    }


def _encounter(request: Entry, entries: EntryIndex) -> dict[str, Any]:
    found = entries.find(request.resource.get("encounter"))
    return found.resource if found is not None and found.type == "Encounter" else {}


def _own_reference(request: Entry, entries: EntryIndex) -> str | None:
    """The requester's own number for the request: its identifier, its requisition, else the case number."""
    resource = request.resource
    return (
        text(resource, "identifier", 0, "value")
        or text(resource, "requisition", "value")
        or text(_encounter(request, entries), "identifier", 0, "value")
    )


def _journey(request: Entry, entries: EntryIndex) -> str | None:
    """The Journey ID, which BaRS sends as a reference to an EpisodeOfCare that is never in the message."""
    reference = text(_encounter(request, entries), "episodeOfCare", 0, "reference")
    return reference.rsplit("/", 1)[-1].removeprefix("urn:uuid:") or None if reference else None
