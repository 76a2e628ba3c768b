"""How many resources of each type a message holds, judged by its published definition and by real messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from fhir.problems import Problem
from fhir.reading import code_in, objects, text
from fhir.references import Entry, EntryIndex
from fhir.systems import (
    DEFINITIONS,
    EVENT_REQUEST,
    EVENT_RESPONSE,
    ODD_DEFINITIONS,
    OUR_USE_CASES,
    REASON_DELETE,
    REASON_UPDATE,
    WITHDRAWN,
)

# Derived from the published MessageDefinitions of the BaRS guide by tests/contract/fhir/derive_message_definitions.py.
_PUBLISHED: Final[dict[str, Any]] = orjson.loads(
    (Path(__file__).parent / "data" / "message_definitions.json").read_bytes()
)
_REFERRAL: Final = "bars-message-servicerequest-request-referral"
_CANCELLED: Final = "bars-message-servicerequest-request-cancelled"
_SAID_ELSEWHERE: Final = frozenset({"MessageHeader", "ServiceRequest", "Patient"})


def types_of_messages() -> frozenset[str]:
    """Return the types of what the published definitions of the events that are taken here let a message hold."""
    taken = (each for each in _PUBLISHED.values() if each["event"] in (EVENT_REQUEST, EVENT_RESPONSE))
    return frozenset(name for each in taken for name in each["resources"])


def definition_problems(header: Entry, entries: EntryIndex, *, reason: str) -> Iterator[Problem]:
    """Yield where a message breaks its MessageDefinition: errors, and warnings for what it is taken with.

    A definition that is not known, or not one of this event, is a warning and nothing more. None at all: a
    request's follows from its event and reason, an answer needs none. A withdrawal needs only what the
    cancellation asks for, whatever it names. Of our own use case, without a definition, everything is a warning.
    """
    resource = header.resource
    name = _named(text(resource, "definition"))
    request = "response" not in resource
    if request and _is_withdrawal(entries):
        name = _CANCELLED
    elif name is None and request:
        name = _CANCELLED if reason == REASON_DELETE else _REFERRAL
    elif name is None:
        return
    published = _PUBLISHED.get(name)
    if published is None or published["event"] != (EVENT_REQUEST if request else EVENT_RESPONSE):
        sentence = (
            "This MessageDefinition is not one that is known here for this event: counts were not checked."
        )
        yield Problem(f"{header.path}.definition", "not-supported", sentence, "warning")
        return
    found = _counted(name, published["resources"], entries, reason=reason, request=request)
    if text(resource, "definition") is None and _is_local(entries):  # nothing published speaks of it: taken
        found = (replace(problem, severity="warning") for problem in found)
    yield from found


def _named(definition: str | None) -> str | None:
    """The last part of a definition's URL (http or https, with or without a version), in its published spelling."""
    if definition is None:
        return None
    url = definition.split("|", 1)[0].lower().replace("http://", "https://", 1)
    if not url.startswith(DEFINITIONS.lower()):
        return url
    name = url.removeprefix(DEFINITIONS.lower())
    return ODD_DEFINITIONS.get(name, name)


def _is_withdrawal(entries: EntryIndex) -> bool:
    return any(each.resource.get("status") in WITHDRAWN for each in entries.of_type("ServiceRequest"))


def _is_local(entries: EntryIndex) -> bool:
    """Tell whether the request is of our own use case, of which no published definition speaks."""
    categories = [
        each for entry in entries.of_type("ServiceRequest") for each in objects(entry.resource, "category")
    ]
    return any(code_in(category, OUR_USE_CASES) for category in categories)


def _counted(
    name: str, limits: dict[str, Any], entries: EntryIndex, *, reason: str, request: bool
) -> Iterator[Problem]:
    counts = Counter(entry.type for entry in entries.entries)
    for type_name, (low, high) in limits.items():
        if type_name == "MessageHeader" or (request and type_name in _SAID_ELSEWHERE):
            continue
        if type_name == "Encounter" and reason == REASON_UPDATE:
            high = None  # the guide's own updates carry the sender's and the receiver's
        count = counts[type_name]
        if type_name == "Consent" and count < low:
            sentence = "The message holds no Consent. Ask the person before their details are passed on."
            yield Problem("Bundle.entry", "business-rule", sentence, "warning")
        elif count < low or (high is not None and count > high):
            wanted = _wanted(low, high)
            remedy = "Add what is missing." if count < low else "Send fewer."
            sentence = f"{name} asks for {wanted} {type_name}; this has {count}. {remedy}"
            yield Problem("Bundle.entry", "invariant", sentence)


def _wanted(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    if low == high:
        return f"exactly {low}"
    return f"{low} to {high}" if low else f"at most {high}"
