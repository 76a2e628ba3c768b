"""Writes lines of the audit as AuditEvents, in the words of IHE's Basic Audit Log Patterns where they say the same.

A read over FHIR claims their PatientRead and a disclosure their PrivacyDisclosure.Source: both ask for two sides with
their network addresses, which no line keeps, so each side says that its address is masked. Nothing else claims one.
"""

from __future__ import annotations

from typing import Final

from fhir.systems import DATA_ABSENT_REASON
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
_BALP: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_FROM_HERE: Final = coding(_DICOM, "110153", "Source Role ID")
_TO_THEM: Final = coding(_DICOM, "110152", "Destination Role ID")
_MASKED: Final = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "masked"}]}
_BACKSTITCH: Final = {"display": "Backstitch"}
_FIRST: Final = "1"
_SUCCESS, _DENIED = "0", "8"
_FHIR_READS: Final = ("fhir read", "fhir history")

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

_OURSELVES: Final = {
    "type": concept(_FROM_HERE),
    "who": _BACKSTITCH,
    "requestor": False,
    "network": _MASKED,
}


def audit_event(told: LineShown) -> Json:
    """Return one line of the audit: which organisation did what to a referral, when, and whether it was let."""
    head = resource("AuditEvent", told.id, version=_FIRST, updated=told.at, profiled=True)
    claim = _claim(told.act)
    if claim is not None:
        head["meta"]["profile"].append(_BALP + claim)
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
        agent=[_agent(told, purpose, two_sided=claim is not None), *([_OURSELVES] if claim else [])],
        source={"observer": _BACKSTITCH},
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


def _claim(act: str) -> str | None:
    """Return which of IHE's profiles a line of this act meets, None for none of them."""
    if act in _FHIR_READS:
        return "PatientRead"
    return "PrivacyDisclosure.Source" if act.startswith(_DISCLOSED) else None


def _agent(told: LineShown, purpose: list[Json] | None, *, two_sided: bool) -> Json:
    """Return who did it; `two_sided` where it is also told which way the data went."""
    by = told.by
    done_by = element(role=[role_of(by)], who=who_of(by), requestor=True, purposeOfUse=purpose)
    return {"type": concept(_TO_THEM), **done_by, "network": _MASKED} if two_sided else done_by


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
