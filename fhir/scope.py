"""What this receiver takes and what it refuses politely: events, uses of a message, versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from fhir.problems import FhirRejected, Problem
from fhir.reading import dig, objects, text
from fhir.references import Entry, EntryIndex
from fhir.systems import (
    BARS_USE_CASES,
    EVENT_REQUEST,
    EVENT_RESPONSE,
    MESSAGE_CATEGORIES,
    MESSAGE_EVENTS,
    VALIDATION,
    VALIDATION_USE_CASES,
    WITHDRAWN,
    normalised,
)

_TAKEN: Final = (
    f"Taken here: {EVENT_REQUEST} (new, update, delete) and {EVENT_RESPONSE}, both of the category referral."
)
_VERSION: Final = "Bundle.meta.versionId"


def version_problems(body: dict[str, Any], versions: Collection[str] | None) -> Iterator[Problem]:
    """Yield the problem of a request that names no version of its BaRS Application.

    Raises FhirRejected (422, before anything else is judged: BaRS's order of checks) when `versions` is given
    and the version is not one of them. An answer to a message of ours may leave its version out.
    """
    version = text(body, "meta", "versionId")
    if version is None:
        if "response" not in _first(body):
            sentence = (
                "Say in Bundle.meta.versionId which version of the BaRS Application the message follows."
            )
            yield Problem(_VERSION, "invariant", sentence)
    elif versions is not None and version not in versions:
        sentence = f"This version is not supported. Send one of: {', '.join(sorted(versions))}."
        problem = Problem(_VERSION, "not-supported", sentence)
        raise FhirRejected([problem], status=422, rec_code="REC_UNPROCESSABLE_ENTITY")


def _first(body: dict[str, Any]) -> dict[str, Any]:
    resource = dig(body, "entry", 0, "resource")
    return resource if isinstance(resource, dict) else {}


def event_problems(path: str, header: dict[str, Any], *, answer: bool) -> Iterator[Problem]:
    """Yield what is wrong with the header's event; bookings are not taken."""
    event = header.get("eventCoding")
    if event is None:
        sentence = f"Say which event this is, as a code of {MESSAGE_EVENTS}."
        yield Problem(f"{path}.eventCoding", "required", sentence)
        return
    code = text(event, "code") or ""
    if normalised(text(event, "system")) != MESSAGE_EVENTS:
        yield Problem(f"{path}.eventCoding.system", "not-supported", f"The system must be {MESSAGE_EVENTS}.")
    if code == EVENT_RESPONSE and not answer:
        sentence = "A response names the message that it answers: add response.identifier and response.code."
        yield Problem(f"{path}.response", "required", sentence)
    elif code not in (EVENT_REQUEST, EVENT_RESPONSE):
        yield Problem(f"{path}.eventCoding.code", "not-supported", f"This event is not taken here. {_TAKEN}")


def validation_problem(entries: EntryIndex) -> Problem | None:
    """Return the refusal of a message about validating another service's triage (BaRS Application 4).

    Its withdrawal is read like any other: a withdrawal does no harm, and the guide's own samples are such.
    """
    for request in entries.of_type("ServiceRequest"):
        if request.resource.get("status") in WITHDRAWN:
            continue
        for place in _validation_places(request):
            return Problem(place, "not-supported", f"Validation is not done here. {_TAKEN}")
    return None


def _validation_places(request: Entry) -> Iterator[str]:
    for at, concept in enumerate(objects(request.resource, "category")):
        for position, coding in enumerate(objects(concept, "coding")):
            system, code = normalised(text(coding, "system")), (text(coding, "code") or "").lower()
            category = system == MESSAGE_CATEGORIES and code == VALIDATION
            if category or (system == BARS_USE_CASES and code.startswith(VALIDATION_USE_CASES)):
                yield f"{request.path}.category[{at}].coding[{position}].code"
