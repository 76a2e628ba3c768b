"""Reads an answer to a message of ours: a practice's acknowledgement, or a partner's word on what we sent on to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir.inbound_story import concepts_as_seen
from fhir.messages import CodedThing
from fhir.reading import dig, objects, plain, text
from fhir.references import Entry, EntryIndex
from fhir.systems import OUR_OUTCOMES, OUR_REFERRAL_ID, normalised

_DETAIL_LENGTH = 500


def standing(header: Entry, entries: EntryIndex) -> dict[str, Any]:
    """The answering side's Encounter: the one in focus, else the last (the requester's own stands before it)."""
    focused = [entries.find(each) for each in objects(header.resource, "focus")]
    found = [each for each in focused if each is not None and each.type == "Encounter"]
    listed = found or list(entries.of_type("Encounter"))[-1:]
    return listed[0].resource if listed else {}


def task_of(entries: EntryIndex) -> dict[str, Any]:
    """The Task of the answer, an entry or contained in the request; {} when there is none, or several entries."""
    listed = [entry.resource for entry in entries.of_type("Task")]
    for request in entries.of_type("ServiceRequest"):
        contained = objects(request.resource, "contained")
        listed += [each for each in contained if each.get("resourceType") == "Task"]
    return listed[0] if len(listed) == 1 else {}


def details(header: Entry, entries: EntryIndex) -> str | None:
    """What the answering system says went wrong: the texts of the OperationOutcome that it refers to."""
    found = entries.find(dig(header.resource, "response", "details"))
    issues = objects(found.resource, "issue") if found is not None else []
    said = [text(issue, "diagnostics") or text(issue, "details", "text") for issue in issues]
    return plain("; ".join(each for each in said if each))[:_DETAIL_LENGTH] or None


def reasons(encounter: dict[str, Any], task: dict[str, Any]) -> tuple[CodedThing, ...]:
    """Why it stands so: Encounter.reasonCode (BaRS) and Task.statusReason (Gravity)."""
    concepts = [*objects(encounter, "reasonCode"), task.get("statusReason")]
    return concepts_as_seen([each for each in concepts if each])


def about(header: Entry, entries: EntryIndex) -> tuple[str, ...]:
    """Every id that may name what is answered, each once: of the message, of our request, of our Task.

    BaRS answers the Bundle.id; a partner who read our request over REST names it by our identifier, by its id, or as
    the one that its own request is based on.
    """
    found = [text(header.resource, "response", "identifier")]
    for entry in entries.of_type("ServiceRequest", "Encounter", "Task"):
        resource = entry.resource
        named = objects(resource, "identifier")
        found += [
            text(each, "value") for each in named if normalised(text(each, "system")) == OUR_REFERRAL_ID
        ]
        found.append(text(resource, "id"))
        for reference in _based_on(resource):
            found += [text(reference, "identifier", "value"), _last(text(reference, "reference"))]
    return tuple(dict.fromkeys(each for each in found if each))


def _based_on(resource: dict[str, Any]) -> Iterator[Any]:
    for name in ("basedOn", "partOf"):
        listed = resource.get(name)
        yield from listed if isinstance(listed, list) else [listed]
    yield resource.get("focus")


def _last(reference: str | None) -> str | None:
    return reference.split("/_history/")[0].rsplit("/", 1)[-1] if reference else None


def outcome(node: Any) -> str | None:
    """The first code of our outcome states anywhere in the message."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            code = here.get("code")
            if isinstance(code, str) and normalised(text(here, "system")) == OUR_OUTCOMES:
                return code
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(reversed(here))
    return None


def summary(entries: EntryIndex, task: dict[str, Any]) -> str:
    """What was done, without markup: of the CarePlan and the Task; notes of the request may be our own, sent back."""
    told: list[str | None] = []
    for plan in entries.of_type("CarePlan"):
        told.append(text(plan.resource, "description"))
        for activity in objects(plan.resource, "activity"):
            told += [text(each, "text") for each in objects(activity, "outcomeCodeableConcept")]
    told += [text(each, "text") for each in objects(task, "note")]
    told += [text(each, "valueString") for each in objects(task, "output")]
    lines = dict.fromkeys(plain(each) for each in told)
    return "\n\n".join(each for each in lines if each)
