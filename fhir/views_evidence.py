"""Writes what was measured and each step: Observation, QuestionnaireResponse and Provenance."""

from __future__ import annotations

from typing import Final

from fhir.systems import OBSERVATION_CATEGORY, OUR_MEASURES
from fhir.views import reason_concept, resource, to
from fhir.views_audit import role_of, who_of
from fhir.views_values import MeasureShown, StepShown
from fhir.views_words import OUR_ACTIONS, QUESTIONNAIRE
from fhir.writing import Json, coding, concept, element, numeric

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
        agent=[{"role": [role_of(told.by)], "who": who_of(told.by)}],
    )


def _why(told: StepShown) -> list[Json] | None:
    if told.reason is not None:
        return [reason_concept(told.reason, told.action, told.said)]
    return [concept(text=told.said)] if told.said else None
