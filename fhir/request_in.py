"""Puts a referral that came as resources into the shape of a message, so that both go one way from there on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson

from fhir.inbound import read_message
from fhir.messages import IncomingReferral, PersonSeen
from fhir.order_sent import as_sent
from fhir.problems import FhirRejected, Problem
from fhir.reading import dig, objects, text
from fhir.request_in_told import asked_words, untold
from fhir.request_in_words import gravity_needs, said_elsewhere
from fhir.systems import (
    BARS_USE_CASES,
    EVENT_REQUEST,
    MESSAGE_CATEGORIES,
    MESSAGE_EVENTS,
    MESSAGE_REASONS,
    ODS_ORGANISATION,
    OUR_USE_CASES,
    REASON_NEW,
    USE_CASE_SOCIAL_PRESCRIBING,
    normalised,
)

Json = dict[str, Any]
# What may come along with a referral: read into it, without an address of its own.
ALONG: Final = (
    "CarePlan",
    "Condition",
    "Consent",
    "Flag",
    "Goal",
    "Observation",
    "Organization",
    "Practitioner",
    "PractitionerRole",
)
_INTENTS: Final = ("order", "original-order", "plan", "directive")
_VERSION: Final = "1.0.0"
_HEADER, _REQUEST, _PRACTICE = 0, 1, 2
_PLACE: Final = re.compile(r"Bundle\.entry\[(\d+)\](?:\.resource)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """One resource of a request: where it stands in what was sent, and what it is called there."""

    path: str
    full_url: str | None
    resource: Json

    @property
    def type(self) -> str:
        """The resource's type."""
        return text(self.resource, "resourceType") or ""

    def is_meant_by(self, reference: Any) -> bool:
        """Tell whether a Reference is to this resource."""
        literal = text(reference, "reference")
        own = f"{self.type}/{text(self.resource, 'id')}"
        return literal is not None and literal.lower() in ((self.full_url or "").lower(), own.lower())


@dataclass(frozen=True, slots=True)
class Asked:
    """A ServiceRequest and what came along with it; `words` are said of it elsewhere, `labels` hold for all."""

    request: Piece
    along: tuple[Piece, ...] = ()
    words: tuple[str, ...] = ()
    labels: list[Json] | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What a message says beside its content: who sends it, under which names, when and why (`reason`)."""

    ods: str
    practice: str
    bundle_id: str
    header_id: str
    sent_at: datetime
    reason: str = REASON_NEW


def as_message(asked: Asked, around: Around, known: PersonSeen | None = None) -> IncomingReferral:
    """Return the referral as a message would tell it, with the places of what was really sent.

    `known` is the person where the subject is one that the practice has referred before. Raises FhirRejected
    with every problem, at the places of what was sent.
    """
    along = _promoted(asked.request) + list(asked.along)
    patient = next((piece for piece in along if piece.type == "Patient"), None)
    problems = list(_request_problems(asked.request, patient, known))
    problems += _status_problems(asked.request) if around.reason == REASON_NEW else ()
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    if known is not None:
        along = [piece for piece in along if piece is not patient]
        full_url = patient.full_url if patient is not None else None
        patient = Piece(f"{asked.request.path}.subject", full_url, _STAND_IN)
        along.append(patient)
    body, places = _message(asked, along, around, patient)
    try:
        message = read_message(orjson.dumps(body))
    except FhirRejected as fault:
        told = [replace(each, path=_placed(each.path, places)) for each in fault.problems]
        raise FhirRejected(told, status=fault.status, rec_code=fault.rec_code) from fault
    if not isinstance(message, IncomingReferral):  # the header made here names no answer
        raise TypeError("a request was read as an answer")
    paths = {field: _placed(path, places) for field, path in message.paths.items()}
    named = message.requester_name or text(asked.request.resource, "requester", "display")
    order = as_sent(asked.request.resource)
    return replace(message, paths=paths, person=known or message.person, requester_name=named, order=order)


def taken_as(answer: bytes) -> str | None:
    """Return the id of the referral that the answer to a message names, None when it names none."""
    header = dig(orjson.loads(answer), "entry", 0, "resource")
    for focus in objects(header, "focus"):
        kind, _, found = (text(focus, "reference") or "").rpartition("/")
        if kind.endswith("ServiceRequest"):
            return found
    return None


def left_out(asked: Asked) -> Iterator[Problem]:
    """Yield, for information, what of a request nobody here will read."""
    along = [*_promoted(asked.request), *asked.along]
    yield from untold(asked.request.resource, asked.request.path, lambda to: _is_among(along, to))


def _is_among(along: list[Piece], to: Any) -> bool:
    return any(piece.is_meant_by(to) for piece in along)


_STAND_IN: Final = {"resourceType": "Patient", "name": [{"family": "Known"}]}


def _request_problems(request: Piece, patient: Piece | None, known: PersonSeen | None) -> Iterator[Problem]:
    resource = request.resource
    if resource.get("intent") not in _INTENTS:
        sentence = f"A referral is an order. Use one of: {', '.join(_INTENTS)}."
        yield Problem(f"{request.path}.intent", "business-rule", sentence)
    if resource.get("doNotPerform") is True:
        sentence = "A request not to do something is not a referral. Withdraw one with status revoked."
        yield Problem(f"{request.path}.doNotPerform", "business-rule", sentence)
    if known is None and patient is None:
        sentence = (
            "Say who is referred: a Patient in the same transaction, contained, or Patient/{id} of a person"
            " whom this practice has referred before."
        )
        yield Problem(f"{request.path}.subject", "required", sentence)
    elif known is None and patient is not None and not patient.is_meant_by(resource.get("subject")):
        yield Problem(f"{request.path}.subject", "invariant", "The subject must be the Patient that is sent.")


def _promoted(request: Piece) -> list[Piece]:
    """What a ServiceRequest contains, as pieces: a message has its patient beside the request, not inside."""
    return [
        Piece(f"{request.path}.contained[{at}]", f"#{text(each, 'id')}", each)
        for at, each in enumerate(objects(request.resource, "contained"))
    ]


def _status_problems(request: Piece) -> Iterator[Problem]:
    if request.resource.get("status") != "active":
        sentence = (
            "A new referral is sent with the status active. Send a draft when it has become an order; take back"
            " what was sent before with the status revoked, by PUT."
        )
        yield Problem(f"{request.path}.status", "business-rule", sentence)


def _message(
    asked: Asked, along: list[Piece], around: Around, patient: Piece | None
) -> tuple[Json, list[str]]:
    names = {
        piece.full_url: f"urn:uuid:{uuid4()}" for piece in along if (piece.full_url or "").startswith("#")
    }
    practice, request = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    addresses = [names.get(each.full_url) or each.full_url or f"urn:uuid:{uuid4()}" for each in along]
    subject = next(url for url, piece in zip(addresses, along, strict=True) if piece is patient)
    meant = text(asked.request.resource, "subject", "reference")
    if (
        meant is not None and patient is not None and patient.resource is _STAND_IN
    ):  # what comes along is theirs too
        names[meant] = subject
    told = _renamed(_request(asked, along, practice), names) | {"subject": {"reference": subject}}
    if around.reason != REASON_NEW:  # a change is of the referral that we gave this id
        told["id"] = asked.request.resource["id"]
    entries = [
        (f"urn:uuid:{around.header_id}", _header(around, practice, request)),
        (asked.request.full_url or request, told),
        (practice, _practice(around)),
        *((url, _renamed(each.resource, names)) for url, each in zip(addresses, along, strict=True)),
    ]
    entries[_HEADER][1]["focus"] = [{"reference": entries[_REQUEST][0]}]
    body: Json = {
        "resourceType": "Bundle",
        "id": around.bundle_id,
        "meta": {"versionId": _VERSION} | ({"security": asked.labels} if asked.labels else {}),
        "type": "message",
        "timestamp": around.sent_at.isoformat(),
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
    }
    path = asked.request.path
    return body, [path, path, f"{path}.requester", *(piece.path for piece in along)]


def _header(around: Around, practice: str, request: str) -> Json:
    return {
        "resourceType": "MessageHeader",
        "id": around.header_id,
        "eventCoding": {"system": MESSAGE_EVENTS, "code": EVENT_REQUEST},
        "reason": {"coding": [{"system": MESSAGE_REASONS, "code": around.reason}]},
        "sender": {"reference": practice},
        "source": {"endpoint": f"{ODS_ORGANISATION}|{around.ods}"},
        "focus": [{"reference": request}],
    }


def _practice(around: Around) -> Json:
    identifier = {"system": ODS_ORGANISATION, "value": around.ods}
    return {"resourceType": "Organization", "identifier": [identifier], "name": around.practice}


def _request(asked: Asked, along: list[Piece], practice: str) -> Json:
    """The request itself: our category where it names none of ours, the practice where it names nobody sent along."""
    source = asked.request.resource
    kept = {
        name: value
        for name, value in source.items()
        if name not in ("id", "contained", "text", "meta", "category")
    }
    security = dig(source, "meta", "security")
    requester = source.get("requester")
    sent_along = any(piece.is_meant_by(requester) for piece in along)
    if not sent_along and text(requester, "identifier", "value") is None:
        requester = {"reference": practice}
    found: Json = kept | {"category": [_category(source)], "requester": requester}
    needs = gravity_needs(source)
    told = asked_words(source, lambda to: _is_among(along, to))
    words = [*told, *asked.words, *said_elsewhere(source, [piece.resource for piece in along])]
    found["reasonCode"] = objects(source, "reasonCode") + needs
    found["note"] = objects(source, "note") + [{"text": each} for each in words]
    meta = {"meta": {"security": security}} if security else {}
    return {name: value for name, value in found.items() if value not in (None, [])} | meta


def _category(source: Json) -> Json:
    codings = [
        {"system": system, "code": code}
        for concept in objects(source, "category")
        for coding in objects(concept, "coding")
        if (system := normalised(text(coding, "system"))) in (OUR_USE_CASES, BARS_USE_CASES)
        and (code := text(coding, "code"))
    ]
    ours = {"system": OUR_USE_CASES, "code": USE_CASE_SOCIAL_PRESCRIBING}
    return {"coding": [{"system": MESSAGE_CATEGORIES, "code": "referral"}, *(codings[:1] or [ours])]}


def _renamed(node: Any, names: Mapping[str | None, str]) -> Any:
    """A copy in which references to what was contained are to the entries made of it."""
    if isinstance(node, dict):
        renamed = {name: _renamed(value, names) for name, value in node.items()}
        if "reference" in renamed and renamed["reference"] in names:
            renamed["reference"] = names[renamed["reference"]]
        return renamed
    return [_renamed(each, names) for each in node] if isinstance(node, list) else node


def _placed(path: str, places: list[str]) -> str:
    """A place of the message made here, as a place of what was sent."""
    found = _PLACE.match(path)
    if found is None:
        return places[_REQUEST]
    return places[int(found[1])] + path[found.end() :]
