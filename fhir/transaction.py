"""Reads a transaction: the entries that make one referral, each judged at its own place before any is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fhir.bundle_references import resolved, twice_named
from fhir.problems import FhirRejected, Problem
from fhir.reading import dig, objects, text
from fhir.request_in import ALONG, Asked, Piece
from fhir.request_in_told import task_words
from fhir.systems import TASK_CODES

Json = dict[str, Any]
UNPROCESSABLE: Final = "REC_UNPROCESSABLE_ENTITY"
_MAKES: Final = ("ServiceRequest", "Patient", "Task")  # those that get an address of their own here
_PRIORITIES: Final = ("routine", "urgent", "asap", "stat")
_REQUESTED: Final = ("requested", "draft")
_TAKEN: Final = (
    "A transaction makes one referral: POST one ServiceRequest, its Patient, its Task, and what belongs to them:"
    f" {', '.join(ALONG)}."
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What an entry asks to be looked for first, and where it says so."""

    path: str
    query: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """A referral in entries; `conditions` are the If-None-Exist of those of _MAKES that have one, by type."""

    types: tuple[str, ...]  # of every entry, in order
    asked: Asked
    patient: Piece | None
    has_task: bool
    left_out: dict[str, tuple[Problem, ...]]  # by type, what of it is not taken over, for information
    conditions: dict[str, Condition] = field(default_factory=dict)


def read_transaction(body: Json, base_url: str) -> Transaction:
    """Return what a Bundle of type transaction asks for.

    The Bundle has passed `resource_in.read_resource`. Raises FhirRejected (422) with every entry that cannot be
    taken and why: another method than POST, a type that is not carried, more than one referral, a Task that is
    not a request to fulfil it.
    """
    listed = body.get("entry")
    entries = listed if isinstance(listed, list) else []
    twice = twice_named(entries)
    if twice:
        raise FhirRejected(twice)
    entries = resolved(entries)
    problems = [
        problem for at, entry in enumerate(entries) for problem in _entry_problems(at, entry, base_url)
    ]
    pieces = _pieces(entries)
    made = {name: [piece for piece in pieces if piece.type == name] for name in _MAKES}
    problems += _count_problems(made)
    if not problems:
        problems += _task_problems(made["Task"], made["ServiceRequest"][0])
    if problems:
        raise FhirRejected(problems, status=422, rec_code=UNPROCESSABLE)
    request = _as_urgent(made["ServiceRequest"][0], made["Task"])
    along = tuple(piece for piece in pieces if piece.type not in ("ServiceRequest", "Task"))
    return Transaction(
        types=tuple(piece.type for piece in pieces),
        asked=Asked(
            request, along, words=_task_words(made["Task"]), labels=objects(body, "meta", "security")
        ),
        patient=next(iter(made["Patient"]), None),
        has_task=bool(made["Task"]),
        left_out={
            "Task": tuple(_task_left_out(made["Task"])),
        },
        conditions=_conditions(entries),
    )


def _pieces(entries: list[Any]) -> list[Piece]:
    return [
        Piece(f"Bundle.entry[{at}].resource", text(entry, "fullUrl"), entry["resource"])
        for at, entry in enumerate(entries)
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    ]


def _entry_problems(at: int, entry: Any, base_url: str) -> Iterator[Problem]:
    place = f"Bundle.entry[{at}]"
    method, url = text(entry, "request", "method"), text(entry, "request", "url")
    kind = text(entry, "resource", "resourceType")
    if method is None or url is None:
        yield Problem(
            f"{place}.request", "required", "Say what to do: a request with its method and its url."
        )
        return
    if method != "POST":
        sentence = (
            f"In a transaction only POST is taken; send another method by itself or in a batch. {_TAKEN}"
        )
        yield Problem(f"{place}.request.method", "not-supported", sentence)
        return
    if kind is None:
        yield Problem(f"{place}.resource", "required", "A POST brings a resource. Add it.")
    elif kind not in (*_MAKES, *ALONG):
        yield Problem(f"{place}.resource", "not-supported", f"This type cannot be carried. {_TAKEN}")
    elif url.removeprefix(f"{base_url}/").strip("/") != kind:
        sentence = "With POST the url is the type of the resource and nothing more, such as ServiceRequest."
        yield Problem(f"{place}.request.url", "value", sentence)
    if text(entry, "request", "ifNoneExist") and kind == "Task":
        sentence = "A Task is made with its referral: put ifNoneExist on the ServiceRequest."
        yield Problem(f"{place}.request.ifNoneExist", "not-supported", sentence)


def _count_problems(made: dict[str, list[Piece]]) -> Iterator[Problem]:
    if not made["ServiceRequest"]:
        yield Problem("Bundle.entry", "required", f"There is no ServiceRequest. {_TAKEN}")
    for name, listed in made.items():
        for piece in listed[1:]:
            sentence = f"A transaction has one {name}. Send each referral in a transaction of its own."
            yield Problem(piece.path, "invariant", sentence)


def _task_problems(tasks: list[Piece], request: Piece) -> Iterator[Problem]:
    for task in tasks:
        resource = task.resource
        codes = [text(each, "code") for each in objects(resource, "code", "coding")]
        if codes and "fulfill" not in codes:
            sentence = f"The Task's code must be fulfill of {TASK_CODES}: other tasks are not asked for here."
            yield Problem(f"{task.path}.code", "value", sentence)
        if resource.get("status") not in _REQUESTED:
            sentence = (
                f"A Task that is new here has the status {_REQUESTED[0]}. Its next steps are the receiver's."
            )
            yield Problem(f"{task.path}.status", "business-rule", sentence)
        if not request.is_meant_by(resource.get("focus") or dig(resource, "basedOn", 0)):
            sentence = "The Task's focus must be the ServiceRequest of this transaction."
            yield Problem(f"{task.path}.focus", "invariant", sentence)
        about, subject = text(resource, "for", "reference"), text(request.resource, "subject", "reference")
        if about is not None and about != subject:
            sentence = "The Task must be for the subject of the ServiceRequest."
            yield Problem(f"{task.path}.for", "invariant", sentence)


def _as_urgent(request: Piece, tasks: list[Piece]) -> Piece:
    """The request with the higher priority of itself and its Task: neither word of haste is lost."""
    told = [text(each.resource, "priority") or _PRIORITIES[0] for each in (request, *tasks)]
    highest = max(told, key=_PRIORITIES.index)
    if highest == told[0]:
        return request
    return replace(request, resource=request.resource | {"priority": highest})


def _task_left_out(tasks: list[Piece]) -> Iterator[Problem]:
    """Who is to do it is not the requester's to say here."""
    if any("owner" in task.resource for task in tasks):
        sentence = (
            "The link workers' team owns the Task and asks providers; what is said here was not taken over."
        )
        yield Problem("Task.owner", "informational", sentence, "information")


def _task_words(tasks: list[Piece]) -> tuple[str, ...]:
    return tuple(words for task in tasks for words in task_words(task.resource))


def _conditions(entries: list[Any]) -> dict[str, Condition]:
    found = {}
    for at, entry in enumerate(entries):
        kind, condition = text(entry, "resource", "resourceType"), text(entry, "request", "ifNoneExist")
        if kind in _MAKES and condition:
            found[kind] = Condition(f"Bundle.entry[{at}].request.ifNoneExist", condition)
    return found
