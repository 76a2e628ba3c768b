"""Writes what was measured and who did what: Observation, QuestionnaireResponse, AuditEvent and Provenance."""

from __future__ import annotations

from typing import Final

from fhir.systems import OBSERVATION_CATEGORY, OUR_MEASURES
from fhir.views import reason_concept, resource, to
from fhir.views_values import Doer, LineShown, MeasureShown, StepShown
from fhir.views_words import OUR_ACTIONS, OUR_ACTS, OUR_ROLES, QUESTIONNAIRE
from fhir.writing import Json, coding, concept, element, numeric

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_QUERIES: Final = ("list", "find", "search", "count", "fhir search")
_READS: Final = (*_QUERIES, "read", "see", "look", "preview", "show", "disclose", "fhir read")
_RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
FIRST: Final = "1"  # the version of what is written once and never changed


def observation(told: MeasureShown) -> Json:
    """Return the scores of a measure: one component an item, the sum as the value where the measure has one."""
    head = resource("Observation", told.id, version=FIRST, updated=told.updated)
    return head | element(
        basedOn=[to("ServiceRequest", told.referral_id)],
        status="final",
        category=[
            concept(coding(OBSERVATION_CATEGORY, "survey", "Survey")),
            concept(text=told.phase.capitalize()),
        ],
        code=_measure_code(told),
        subject=to("Patient", told.person_id),
        effectiveDateTime=told.taken_on.isoformat(),
        derivedFrom=[to("QuestionnaireResponse", told.id)],
        component=[
            {"code": concept(coding(OUR_MEASURES, item.code, item.words)), "valueInteger": item.value}
            for item in told.items
        ],
        **({} if told.total is None else numeric(told.total)),
    )


def _measure_code(told: MeasureShown) -> Json:
    return concept(coding(OUR_MEASURES, told.measure.code, told.measure.words))


def questionnaire_response(told: MeasureShown) -> Json:
    """Return a measure as it was answered, item by item; a question left out is left out here."""
    head = resource("QuestionnaireResponse", told.id, version=FIRST, updated=told.updated)
    return head | element(
        basedOn=[to("ServiceRequest", told.referral_id)],
        questionnaire=f"{QUESTIONNAIRE}{told.measure.code}|{told.measure_version}",
        status="completed",
        subject=to("Patient", told.person_id),
        authored=told.taken_on.isoformat(),
        item=[
            {"linkId": item.code, "text": item.words, "answer": [{"valueInteger": item.value}]}
            for item in told.items
        ],
    )


def audit_event(told: LineShown) -> Json:
    """Return one line of the audit: which organisation did what to a referral, and when."""
    head = resource("AuditEvent", told.id, version=FIRST, updated=told.at, profiled=True)
    return head | element(
        type=coding(_DICOM, "110110", "Patient Record"),
        subtype=[coding(OUR_ACTS, told.act.replace(" ", "-"), told.act), _interaction(told.act)],
        action="R" if told.act.startswith(_READS) else "E",
        recorded=told.at.isoformat(),
        outcome="0",
        agent=[{"role": [_role(told.by)], "who": _who(told.by), "requestor": True}],
        source={"observer": {"display": "Backstitch"}},
        entity=[
            {
                "what": to("ServiceRequest", told.referral_id),
                "type": coding(_ENTITY_TYPE, "2", "System Object"),
                "role": coding(_ENTITY_ROLE, "4", "Domain Resource"),
            },
            {
                "what": to("Patient", told.person_id),
                "type": coding(_ENTITY_TYPE, "1", "Person"),
                "role": coding(_ENTITY_ROLE, "1", "Patient"),
            },
        ],
    )


def _interaction(act: str) -> Json:
    """Return the act in IHE BALP's words: a disclosure, a query, a read, or a change."""
    if act.startswith("disclose"):
        return coding("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose")
    if act.startswith(_READS):
        return coding(_RESTFUL, "search" if act.startswith(_QUERIES) else "read")
    return coding(_RESTFUL, "update")


def provenance(told: StepShown) -> Json:
    """Return one step: what it moved, which organisation took it, and why, coded and in words."""
    targets = [to("ServiceRequest", told.referral_id)]
    if told.task_id:
        targets.append(to("Task", told.task_id))
    head = resource("Provenance", told.id, version=FIRST, updated=told.at)
    return head | element(
        target=targets,
        occurredDateTime=told.at.isoformat(),
        recorded=told.at.isoformat(),
        reason=_why(told),
        activity=concept(coding(OUR_ACTIONS, told.action), text=f"{told.track}: {told.action}"),
        agent=[{"role": [_role(told.by)], "who": _who(told.by)}],
    )


def _why(told: StepShown) -> list[Json] | None:
    if told.reason is not None:
        return [reason_concept(told.reason, told.action, told.said)]
    return [concept(text=told.said)] if told.said else None


def _role(by: Doer) -> Json:
    return concept(coding(OUR_ROLES, by.role))


def _who(by: Doer) -> Json:
    return to("Organization", by.organisation_id, by.organisation_name or "Backstitch")
