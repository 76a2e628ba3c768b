"""Turns the bytes of a BaRS message into plain values, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from fhir.checks import Checked, check
from fhir.inbound_answer import about, details, outcome, reasons, standing, summary, task_of
from fhir.inbound_consent import consent_of, use_refused
from fhir.inbound_contact import do_not_contact
from fhir.inbound_number import nhs_number_of
from fhir.inbound_parties import (
    destinations,
    name_of_requester,
    organisation_of,
    our_reference,
    receivers,
    requester_of,
)
from fhir.inbound_person import name_warning, person_paths, read_person
from fhir.inbound_safety import adjustments, is_sensitive, notes, risks, safeguarding
from fhir.inbound_story import flags, needs, reason_text, type_1_opt_out
from fhir.message_rules import header_id_of, reason_of, use_case_of
from fhir.messages import IncomingAcknowledgement, IncomingReferral, MessageIdentity
from fhir.order_sent import as_sent, identifiers_of
from fhir.reading import moment, objects, text
from fhir.references import Entry, EntryIndex
from fhir.strict_json import load
from fhir.systems import OUR_REFERRAL_ID, normalised
from fhir.xml_reading import is_xml, load_xml

_NEVER = datetime(1, 1, 1, tzinfo=UTC)  # unreachable after the checks; keeps the type whole


def read_message(
    raw: bytes, *, content_type: str = "application/fhir+json", versions: Collection[str] | None = None
) -> IncomingReferral | IncomingAcknowledgement:
    """Return the message in `raw`: an answer when MessageHeader.response is there, else a referral.

    `content_type` is the header as it came: XML by any of its names is read as XML, all else as JSON.
    `versions` are the values of Bundle.meta.versionId that are taken (`systems.SUPPORTED_VERSIONS`), None for any.

    Raises FhirRejected with every problem, and nothing else. NHS England's examples REFREQ01 to 03 are read
    unchanged. The number's check digit, dates in the future, unknown use cases and versions are not judged here.
    """
    body = load_xml(raw) if is_xml(content_type) else load(raw)
    checked = check(body, versions=versions)
    header = checked.entries.of_type("MessageHeader")[0]
    if "response" in header.resource:
        return _acknowledgement(body, header, checked)
    return _referral(body, header, checked)


def _identity(body: dict[str, Any], header: Entry) -> MessageIdentity:
    return MessageIdentity(
        bundle_id=text(body, "id") or "",
        header_id=header_id_of(header, body) or "",
        sent_at=moment(body.get("timestamp")) or _NEVER,
        event=text(header.resource, "eventCoding", "code") or "",
        reason=reason_of(header.resource),
    )


def _acknowledgement(body: dict[str, Any], header: Entry, checked: Checked) -> IncomingAcknowledgement:
    entries = checked.entries
    encounter, task = standing(header, entries), task_of(entries)
    return IncomingAcknowledgement(
        identity=_identity(body, header),
        answers=text(header.resource, "response", "identifier") or "",
        code=text(header.resource, "response", "code") or "",
        sender=organisation_of(header.resource.get("sender"), entries, header),
        details=details(header, entries),
        warnings=checked.warnings,
        encounter_status=text(encounter, "status"),
        reasons=reasons(encounter, task),
        task_status=text(task, "status"),
        about=about(header, entries),
        outcome=outcome(body),
        summary=summary(entries, task),
        paths={"sender": f"{header.path}.sender", "answers": f"{header.path}.response.identifier"},
    )


def _referral(body: dict[str, Any], header: Entry, checked: Checked) -> IncomingReferral:
    entries = checked.entries
    request = entries.of_type("ServiceRequest")[0]
    patient = entries.of_type("Patient")[0]
    requester, requester_path = requester_of(request, header, entries)
    use_case_system, use_case = use_case_of(request.resource) or ("", "")
    words, words_path = reason_text(request, entries)
    consent = consent_of(entries)
    identity = _identity(body, header)
    warnings = (nhs_number_of(patient).warning, name_warning(patient, identity.sent_at))
    more_paths = {"requester": requester_path, "reason_text": words_path, "consent": consent.path}
    return IncomingReferral(
        identity=identity,
        application_version=text(body, "meta", "versionId"),
        status=text(request.resource, "status") or "",
        use_case=use_case,
        use_case_system=use_case_system,
        requester=requester,
        **_route(header, request, entries),
        **_order(request, entries),
        person=read_person(patient, entries, labels=objects(body, "meta", "security"), at=identity.sent_at),
        reason_text=words,
        needs=needs(request, entries),
        flags=flags(entries),
        consent_given=consent.given,
        consent_refused=consent.refused,
        type1_opt_out=type_1_opt_out(body),
        use_refused=use_refused(entries),
        paths=_paths(header, request, person_paths(patient, identity.sent_at)) | more_paths,
        do_not_contact=do_not_contact(request),
        safeguarding=safeguarding(entries),
        risks=risks(entries),
        adjustments=adjustments(entries),
        notes=notes(entries),
        sensitive=is_sensitive(body, entries),
        warnings=checked.warnings + tuple(each for each in warnings if each),
        updated_at=moment(text(request.resource, "meta", "lastUpdated") or text(body, "meta", "lastUpdated")),
    )


def _order(request: Entry, entries: EntryIndex) -> dict[str, Any]:
    """The request itself: its names, when it was written, how urgent it is."""
    resource = request.resource
    return {
        "authored_on": moment(resource.get("authoredOn")),
        "priority": text(resource, "priority") or "routine",
        "priority_is_told": "priority" in resource,
        "requester_reference": _own_reference(request, entries),
        "our_reference": our_reference(request),
        "identifiers": _identifiers(request, entries),
        "journey_id": _journey(request, entries),
        "order": as_sent(resource),
    }


def _route(header: Entry, request: Entry, entries: EntryIndex) -> dict[str, Any]:
    return {
        "requester_name": name_of_requester(request, entries),
        "sender": organisation_of(header.resource.get("sender"), entries, header),
        "reply_endpoint": text(header.resource, "source", "endpoint"),
        "receiver_endpoint": text(header.resource, "destination", 0, "endpoint"),
        "receivers": receivers(header, entries),
        "destinations": destinations(header, entries),
    }


def _paths(header: Entry, request: Entry, person: dict[str, str]) -> dict[str, str]:
    return person | {
        "use_case": f"{request.path}.category",
        "authored_on": f"{request.path}.authoredOn",
        "status": f"{request.path}.status",
        "identity.sent_at": "Bundle.timestamp",
        "identity.bundle_id": "Bundle.id",
        "application_version": "Bundle.meta.versionId",
        "receiver_endpoint": f"{header.path}.destination[0].endpoint",
        "receiver": f"{header.path}.destination",
        "sender": f"{header.path}.sender",
    }


def _encounter(request: Entry, entries: EntryIndex) -> dict[str, Any]:
    found = entries.find(request.resource.get("encounter"))
    return found.resource if found is not None and found.type == "Encounter" else {}


def _own_reference(request: Entry, entries: EntryIndex) -> str | None:
    """The requester's own number for the request: its identifier, its requisition, else the case number."""
    resource = request.resource
    return (
        next((text(each, "value") for each in objects(resource, "identifier") if not _is_ours(each)), None)
        or text(resource, "requisition", "value")
        or text(_encounter(request, entries), "identifier", 0, "value")
    )


def _identifiers(request: Entry, entries: EntryIndex) -> tuple[dict[str, str], ...]:
    number = _own_reference(request, entries)
    return identifiers_of(request.resource) or (({"system": "", "value": number},) if number else ())


def _is_ours(identifier: dict[str, Any]) -> bool:
    return normalised(text(identifier, "system")) == OUR_REFERRAL_ID


def _journey(request: Entry, entries: EntryIndex) -> str | None:
    """The Journey ID, which BaRS sends as a reference to an EpisodeOfCare that is never in the message."""
    reference = text(_encounter(request, entries), "episodeOfCare", 0, "reference")
    return reference.rsplit("/", 1)[-1].removeprefix("urn:uuid:") or None if reference else None
