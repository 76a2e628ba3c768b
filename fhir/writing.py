"""The pieces that every message we write is made of: ids that repeat, elements only where there is a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from fhir.messages import OrganisationToTell
from fhir.strict_json import UNPRINTABLE
from fhir.systems import (
    BUNDLE_PROFILE,
    EVENT_RESPONSE,
    GENERAL_PRACTICE_SERVICE,
    MESSAGE_EVENTS,
    MESSAGE_REASONS,
    ODS_ORGANISATION,
    OUR_ORGANISATION_ID,
    OURS,
    REASON_NEW,
    RESPONSE_HEADER_PROFILE,
    SNOMED,
    UK_CORE,
)

Json = dict[str, Any]
_NAMESPACE: Final = uuid5(NAMESPACE_URL, OURS)
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {}, ())


def element(**parts: Any) -> Json:
    """Return an element of those parts that have a value; `class_` writes `class`."""
    return {name.rstrip("_"): value for name, value in parts.items() if value not in _NOTHING}


def numeric(value: float) -> Json:
    """Return a number as an Observation's value: a whole one as such, a score with decimals as a quantity."""
    return {"valueInteger": value} if isinstance(value, int) else {"valueQuantity": {"value": value}}


def coding(system: str, code: str, display: str | None = None) -> Json:
    """Return a Coding."""
    return element(system=system, code=code, display=display)


def concept(*codings: Json, text: str | None = None) -> Json:
    """Return a CodeableConcept."""
    return element(coding=list(codings), text=text)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the making: gives each part the same id whenever the same message is written."""

    message_id: str
    header_id: str
    written_at: datetime
    version: str

    def id(self, part: str) -> str:
        """Return the id of a part, such as "patient" or "score/3"."""
        return self.header_id if part == "header" else str(uuid5(_NAMESPACE, f"{self.message_id}/{part}"))

    def to(self, part: str) -> Json:
        """Return a Reference to a part."""
        return {"reference": f"urn:uuid:{self.id(part)}"}

    def entry(self, part: str, resource_type: str, *, profile: str | None = None, **elements: Any) -> Json:
        """Return a Bundle entry; the profile is UK Core's unless another is given."""
        meta = {"lastUpdated": self.written_at.isoformat(), "profile": [profile or UK_CORE + resource_type]}
        resource = {"resourceType": resource_type, "id": self.id(part), "meta": meta, **element(**elements)}
        return {"fullUrl": f"urn:uuid:{self.id(part)}", "resource": resource}

    def bundle(self, entries: list[Json]) -> Json:
        """Return the message Bundle."""
        at = self.written_at.isoformat()
        return {
            "resourceType": "Bundle",
            "id": self.message_id,
            "meta": {"versionId": self.version, "lastUpdated": at, "profile": [BUNDLE_PROFILE]},
            "type": "message",
            "timestamp": at,
            "entry": _printable(entries),
        }


def _printable(node: Any) -> Any:
    """Leave out what a strict reader refuses, as ours does: free text typed by people can hold it."""
    if isinstance(node, str):
        return UNPRINTABLE.sub("", node)
    if isinstance(node, dict):
        return {name: _printable(value) for name, value in node.items()}
    return [_printable(each) for each in node] if isinstance(node, list) else node


@dataclass(frozen=True, slots=True)
class Route:
    """From whom and where to whom and where a message goes, and which message it answers."""

    sender: OrganisationToTell
    receiver: OrganisationToTell
    from_endpoint: str
    to_endpoint: str
    answers: str
    code: str = "ok"
    reason: str = REASON_NEW  # BaRS: a first response is new, each later one an update


def header(letter: Letter, route: Route, **more: Any) -> Json:
    """Return the MessageHeader of an answer; `more` are further elements (focus, definition), `details` an answer's.

    The profile BARSMessageHeader-servicerequest-response asks for destination, sender, reason and response.
    """
    response = element(identifier=route.answers, code=route.code, details=more.pop("details", None))
    return letter.entry(
        "header",
        "MessageHeader",
        profile=RESPONSE_HEADER_PROFILE,
        eventCoding=coding(MESSAGE_EVENTS, EVENT_RESPONSE),
        destination=[
            {"endpoint": route.to_endpoint, "receiver": letter.to(organisation_part(route.receiver))}
        ],
        sender=letter.to(organisation_part(route.sender)),
        source={"name": "Backstitch", "software": "Backstitch", "endpoint": route.from_endpoint},
        reason=concept(coding(MESSAGE_REASONS, route.reason)),
        response=response,
        **more,
    )


def organisation_part(told: OrganisationToTell) -> str:
    """Return the name of an organisation's part, the same for one organisation in two roles."""
    return f"organisation/{told.id}"


def organisations(letter: Letter, *told: OrganisationToTell | None) -> list[Json]:
    """Return the organisations' entries, each once."""
    found = {each.id: each for each in told if each is not None}
    return [_organisation(letter, each) for each in found.values()]


def _organisation(letter: Letter, told: OrganisationToTell) -> Json:
    practice = coding(SNOMED, GENERAL_PRACTICE_SERVICE, "General practice service (qualifier value)")
    known = {"system": ODS_ORGANISATION, "value": told.ods}
    ours = {"system": OUR_ORGANISATION_ID, "value": told.id}  # a group without a code is named all the same
    return letter.entry(
        organisation_part(told),
        "Organization",
        identifier=[known if told.ods else ours],
        type=[concept(practice)] if told.is_general_practice else None,
        name=told.name,
    )
