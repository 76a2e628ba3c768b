"""The rules of a BaRS message that no FHIR model knows: what it must hold and how its parts hang together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fhir.cardinalities import definition_problems
from fhir.inbound_consent import consent_problems
from fhir.inbound_number import digits, is_nhs_number, is_number
from fhir.inbound_parties import is_named
from fhir.problems import Problem
from fhir.reading import moment, objects, text, texts
from fhir.references import Entry, EntryIndex
from fhir.scope import event_problems, validation_problem
from fhir.subjects import subject_problems
from fhir.systems import (
    EVENT_REQUEST,
    EVENT_RESPONSE,
    MESSAGE_CATEGORIES,
    MESSAGE_REASONS,
    OLD,
    REASON_DELETE,
    REASON_NEW,
    REASONS,
    REFERRAL_STATUSES,
    WITHDRAWN,
    normalised,
)
from fhir.walk import ID, unknown_code

_LONGEST_NAME: Final = 200  # characters, of the given names together
_STATUS_FOR: Final = {
    REASON_NEW: ("active",),
    "update": ("active", "revoked"),
    REASON_DELETE: ("entered-in-error",),
}


def message_problems(body: dict[str, Any], entries: EntryIndex) -> Iterator[Problem]:
    """Yield what is wrong with the message as a whole; works on any JSON, whatever its shapes.

    A problem of severity "warning" is one that the message is taken with.
    """
    yield from _bundle_problems(body, entries)
    headers = entries.of_type("MessageHeader")
    if not headers:
        return
    header = headers[0]
    answer = "response" in header.resource
    yield from _header_problems(header, body, answer=answer)
    event = text(header.resource, "eventCoding", "code")
    if event not in (None, EVENT_REQUEST, EVENT_RESPONSE):
        return  # of another event we ask no more
    validation = validation_problem(entries)
    if validation is not None:
        yield validation
        return
    if not answer:
        yield from _referral_problems(header, entries)
    if event is not None:
        yield from definition_problems(header, entries, reason=reason_of(header.resource))


def header_id_of(header: Entry, body: dict[str, Any]) -> str | None:
    """Return what names this message among those of one Bundle.id: the header's id, else its fullUrl's last part."""
    full_url = text(body, "entry", header.position, "fullUrl") or ""
    found = text(header.resource, "id") or full_url.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return found if ID.match(found) else None


def reason_of(header: dict[str, Any]) -> str:
    """Return the message's reason (new, update, delete); "" when it gives none of them.

    A code without a system is one of these; a code of another system means whatever that system says.
    """
    codings = objects(header.get("reason"), "coding")
    told = [text(each, "code") for each in codings if _is_of_reasons(text(each, "system"))]
    return next((code for code in told if code in REASONS), "")


def _is_of_reasons(system: str | None) -> bool:
    return system is None or normalised(system) == MESSAGE_REASONS


def use_case_of(request: dict[str, Any]) -> tuple[str, str] | None:
    """Return the use case's system and code (lower case: the guide also writes A5T1); None when there is none."""
    for concept in objects(request, "category"):
        for coding in objects(concept, "coding"):
            system, code = normalised(text(coding, "system")), text(coding, "code")
            if system and code and system != MESSAGE_CATEGORIES:
                return system, code.lower()
    return None


def _bundle_problems(body: dict[str, Any], entries: EntryIndex) -> Iterator[Problem]:
    if body.get("type") != "message":
        yield Problem("Bundle.type", "value", "The Bundle's type must be message.")
    if text(body, "id") is None:
        yield Problem(
            "Bundle.id", "required", "The Bundle needs an id, made by its sender and kept on a retry."
        )
    if "timestamp" not in body:
        yield Problem(
            "Bundle.timestamp", "required", "The Bundle needs a timestamp: when it was put together."
        )
    elif moment(body["timestamp"]) is None:
        yield Problem("Bundle.timestamp", "value", "The timestamp must be a date and time with its zone.")
    listed = body.get("entry")
    if not isinstance(listed, list) or not listed:
        yield Problem(
            "Bundle.entry", "required", "The Bundle has no entries. A message starts with its header."
        )
        return
    for position, each in enumerate(listed):
        if isinstance(each, dict) and "resource" not in each:
            place = f"Bundle.entry[{position}].resource"
            yield Problem(place, "required", "Each entry of a message holds a resource. Add it.")
    yield from _one_header(entries)


def _one_header(entries: EntryIndex) -> Iterator[Problem]:
    headers = entries.of_type("MessageHeader")
    if len(headers) != 1:
        sentence = f"A message has exactly one MessageHeader; this has {len(headers)}."
        yield Problem("Bundle.entry", "invariant", sentence)
    elif headers[0].position != 0:
        yield Problem(
            "Bundle.entry[0]", "invariant", "The first entry must be the MessageHeader. Move it there."
        )


def _header_problems(header: Entry, body: dict[str, Any], *, answer: bool) -> Iterator[Problem]:
    path, resource = header.path, header.resource
    if header_id_of(header, body) is None:
        sentence = "The MessageHeader needs an id, or its entry a fullUrl with a UUID."
        yield Problem(f"{path}.id", "required", sentence)
    yield from event_problems(path, resource, answer=answer)
    event = text(resource, "eventCoding", "code")
    if not answer and event in (None, EVENT_REQUEST) and not reason_of(resource):
        sentence = (
            "MessageHeader.reason says what the message does, and without it a change would be taken for a new"
            f" referral. Give a code of {MESSAGE_REASONS}: {', '.join(REASONS)}."
        )
        yield Problem(f"{path}.reason", "invariant", sentence)


def _referral_problems(header: Entry, entries: EntryIndex) -> Iterator[Problem]:
    found: dict[str, Entry] = {}
    for type_name in ("ServiceRequest", "Patient"):
        listed = entries.of_type(type_name)
        if len(listed) == 1:
            found[type_name] = listed[0]
        else:
            sentence = f"A referral has exactly one {type_name}; this has {len(listed)}."
            yield Problem("Bundle.entry", "invariant", sentence)
    if not is_named(header.resource.get("sender"), entries, header):
        sentence = (
            "Name the sending organisation: a reference to its entry in the Bundle, or its ODS identifier."
        )
        yield Problem(f"{header.path}.sender", "required", sentence)
    if "Patient" in found:
        yield from _number_problems(found["Patient"])
        yield from subject_problems(found["Patient"], entries)
    for entry in entries.of_type("Patient", "Practitioner"):
        yield from _name_problems(entry)
    if "ServiceRequest" in found:
        yield from _request_problems(found["ServiceRequest"], header, found.get("Patient"), entries)


def _request_problems(
    request: Entry, header: Entry, patient: Entry | None, entries: EntryIndex
) -> Iterator[Problem]:
    resource, path = request.resource, request.path
    if all(entries.find(each) is not request for each in objects(header.resource, "focus")):
        yield Problem(
            f"{header.path}.focus", "invariant", "The focus must be the ServiceRequest of the Bundle."
        )
    if patient is not None and entries.find(resource.get("subject")) is not patient:
        yield Problem(f"{path}.subject", "invariant", "The subject must be the Patient of the Bundle.")
    if resource.get("doNotPerform") is True:
        sentence = "A request not to do something is not a referral. Withdraw one with status revoked."
        yield Problem(f"{path}.doNotPerform", "business-rule", sentence)
    if use_case_of(resource) is None:
        sentence = "Say the use case: a category coding with its system and code beside the message category."
        yield Problem(f"{path}.category", "required", sentence)
    if "authoredOn" in resource and moment(resource["authoredOn"]) is None:
        yield Problem(f"{path}.authoredOn", "value", "This must be a date, or a date and time with its zone.")
    yield from _status_problems(resource.get("status"), reason_of(header.resource), path)
    if resource.get("status") not in WITHDRAWN:
        yield from _requester_problems(request, entries)
        yield from consent_problems(entries)


def _status_problems(status: Any, reason: str, path: str) -> Iterator[Problem]:
    if not isinstance(status, str):
        return  # missing or of a wrong shape: said elsewhere
    if status not in REFERRAL_STATUSES:
        yield Problem(f"{path}.status", "value", unknown_code(REFERRAL_STATUSES))
    elif status not in _STATUS_FOR.get(reason, REFERRAL_STATUSES):
        fitting = " or ".join(_STATUS_FOR[reason])
        yield Problem(
            f"{path}.status", "invariant", f"With the reason {reason} the status must be {fitting}."
        )


def _requester_problems(request: Entry, entries: EntryIndex) -> Iterator[Problem]:
    """A cancellation may leave the requester out (the published samples do); a live referral may not.

    FHIR allows three ways to name them, and all are taken: an entry, a contained resource, an identifier alone.
    """
    requester, path = request.resource.get("requester"), request.path
    if requester is None:
        sentence = "Say who asks: a reference to the requester's entry. The outcome is sent back to them."
        yield Problem(f"{path}.requester", "required", sentence)
    elif not is_named(requester, entries, request):
        sentence = (
            "The requester must be an entry of the Bundle, contained, or named by an identifier such as an ODS code. "
            "Add it: the outcome is sent back to them."
        )
        yield Problem(f"{path}.requester", "invariant", sentence)


def _name_problems(entry: Entry) -> Iterator[Problem]:
    """No name is as long as this: what is there is a fault, or meant to break the pages that show it."""
    for position, name in enumerate(objects(entry.resource, "name")):
        parts = {"family": [text(name, "family")], "text": [text(name, "text")]}
        parts |= {part: list(texts(name, part)) for part in ("given", "prefix", "suffix")}
        for part, values in parts.items():
            if len(" ".join(value for value in values if value)) > _LONGEST_NAME:
                sentence = f"A name has at most {_LONGEST_NAME} characters. Shorten it."
                yield Problem(f"{entry.path}.name[{position}].{part}", "value", sentence)


def _number_problems(patient: Entry) -> Iterator[Problem]:
    """The form only: check digit and range are the receiver's own judgement."""
    numbers = set()
    for position, identifier in enumerate(objects(patient.resource, "identifier")):
        if not is_nhs_number(identifier):
            continue
        number, place = digits(identifier), f"{patient.path}.identifier[{position}].value"
        if identifier.get("use") != OLD:
            numbers.add(number)
        if not is_number(number):
            sentence = "An NHS number has ten digits. Correct it, or leave the identifier out."
            yield Problem(place, "value", sentence)
        elif len(numbers) > 1:
            sentence = "The Patient has two different NHS numbers. Send the right one, or mark the other's use as old."
            yield Problem(place, "invariant", sentence)
