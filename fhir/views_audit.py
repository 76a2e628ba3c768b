"""Writes lines of the audit as AuditEvents, in the words of IHE's Basic Audit Log Patterns where they say the same.

No profile of theirs is claimed: each asks for the network addresses of both sides, which no line keeps.
"""

from __future__ import annotations

from typing import Final

from fhir.views import resource, to
from fhir.views_values import Doer, LineShown
from fhir.views_words import OUR_ACTS, OUR_ROLES
from fhir.writing import Json, coding, concept, element

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_EVENT_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
_LIFECYCLE: Final = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
_PURPOSE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_PURPOSES: Final = {"BTG": "break the glass"}
_FIRST: Final = "1"
_SUCCESS, _DENIED = "0", "8"

# By the beginning of an act: what it did, as the code of AuditEvent.action, and the interaction that it is like.
# A query is an execution there, not a read; whatever is not named changed something that was there.
_REFUSED: Final = "refuse"
_DISCLOSED: Final = "disclose"
_QUERIES: Final = ("list", "find", "search", "count", "fhir search", "emergency search")
_READS: Final = ("read", "see", "look", "preview", "show", "open", "check", "print", "download")
_CREATES: Final = ("receive", "add", "create", "enter", "record", "write", "note", "import", "ask", "offer")
_DELETES: Final = ("erase", "delete", "remove", "discard", "throw")
_EXECUTES: Final = ("send", "carry", "tell", "e-mail", "export", "fhir export", "fhir notify", "extract")
_ACTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("E", "search", _QUERIES),
    ("R", "read", (*_READS, "fhir read", "fhir history", "emergency look")),
    ("C", "create", _CREATES),
    ("D", "delete", _DELETES),
    ("E", "operation", _EXECUTES),
)
_METHODS: Final = {
    "GET": ("R", "read"),
    "HEAD": ("R", "read"),
    "PUT": ("U", "update"),
    "PATCH": ("U", "patch"),
}
_METHODS_TOO: Final = {"POST": ("C", "create"), "DELETE": ("D", "delete")}


def audit_event(told: LineShown) -> Json:
    """Return one line of the audit: which organisation did what to a referral, when, and whether it was let."""
    head = resource("AuditEvent", told.id, version=_FIRST, updated=told.at, profiled=True)
    action, interaction = _done(told)
    purpose = [concept(coding(_PURPOSE, told.purpose, _PURPOSES.get(told.purpose)))] if told.purpose else None
    return head | element(
        type=_type(told.act),
        subtype=[coding(OUR_ACTS, told.act.replace(" ", "-"), told.act), interaction],
        action=action,
        recorded=told.at.isoformat(),
        outcome=_DENIED if told.act == _REFUSED else _SUCCESS,
        outcomeDesc=f"Refused ({told.status})" if told.act == _REFUSED else None,
        purposeOfEvent=purpose,
        agent=[_agent(told, purpose)],
        source={"observer": {"display": "Backstitch"}},
        entity=[
            _entity(to("ServiceRequest", told.referral_id), ("2", "System Object"), ("4", "Domain Resource")),
            _entity(to("Patient", told.person_id), ("1", "Person"), ("1", "Patient")),
        ],
    )


def role_of(by: Doer) -> Json:
    """Return in which role somebody did something."""
    return concept(coding(OUR_ROLES, by.role))


def who_of(by: Doer) -> Json:
    """Return which organisation did something; never a person."""
    return to("Organization", by.organisation_id, by.organisation_name or "Backstitch")


def _agent(told: LineShown, purpose: list[Json] | None) -> Json:
    by = told.by
    return element(role=[role_of(by)], who=who_of(by), requestor=True, purposeOfUse=purpose)


def _entity(what: Json, kind: tuple[str, str], role: tuple[str, str]) -> Json:
    return {"what": what, "type": coding(_ENTITY_TYPE, *kind), "role": coding(_ENTITY_ROLE, *role)}


def _type(act: str) -> Json:
    """Return what kind of event it is: over FHIR, a disclosure, or anything else with a record."""
    if act.startswith("fhir "):
        return coding(_EVENT_TYPE, "rest", "RESTful Operation")
    if act.startswith(_DISCLOSED):
        return coding(_DICOM, "110106", "Export")
    return coding(_DICOM, "110110", "Patient Record")


def _done(told: LineShown) -> tuple[str, Json]:
    """Return the code of what was done (of what was refused: of what was asked for), and the act in IHE's words."""
    if told.act.startswith(_DISCLOSED):
        return "R", coding(_LIFECYCLE, "disclose")
    if told.act == _REFUSED:
        action, name = (_METHODS | _METHODS_TOO).get(told.method or "", ("E", "operation"))
        return action, coding(_RESTFUL, name)
    for action, name, beginnings in _ACTS:
        if any(told.act == each or told.act.startswith(f"{each} ") for each in beginnings):
            return action, coding(_RESTFUL, name)
    return "U", coding(_RESTFUL, "update")
