"""Writes what a referral is and how far it is: ServiceRequest, Task, CarePlan and Communication, each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from fhir.message_back import NO_ACTION, NOTHING_ASKED, RISKS_NOT_RECORDED, WORSE
from fhir.order_sent import is_ours, read_back
from fhir.reading import objects, text
from fhir.systems import (
    MESSAGE_CATEGORIES,
    OUR_END_REASONS,
    OUR_NEEDS,
    OUR_OUTCOMES,
    OUR_REFERRAL_ID,
    OUR_USE_CASES,
    SNOMED,
    SOCIAL_PRESCRIBING_DECLINED,
    SOCIAL_PRESCRIBING_REFERRAL,
    TASK_CODES,
    UK_CORE,
    USE_CASE_DISPLAY,
    USE_CASE_SOCIAL_PRESCRIBING,
)
from fhir.views_values import Coded, NewsShown, OutcomeShown, PlanShown, ReferralShown, TaskShown
from fhir.views_words import (
    CARE_PLAN_STATUS,
    COMMUNICATION_STATUS,
    OUR_OUTPUTS,
    OUR_REFERENCE,
    OUR_STAGES,
    OUTCOME,
    OUTPUTS,
    PLAN,
    REASON_SYSTEMS,
    SERVICE_REQUEST_STATUS,
    STAGE_REASON,
    TASK_STATUS,
    URI,
)
from fhir.writing import Json, coding, concept, element

_BY_CHOICE: Final = ("26", "person-declined")  # the person's own no, to an offer and later


def resource(
    resource_type: str, id: str, *, version: str | None, updated: datetime | None, profiled: bool = False
) -> Json:
    """Return the head of a resource; `profiled` where all that UK Core must have supported is written."""
    profile = [UK_CORE + resource_type] if profiled else None
    meta = element(versionId=version, lastUpdated=updated and updated.isoformat(), profile=profile)
    return {"resourceType": resource_type, "id": id, **element(meta=meta)}


def to(resource_type: str, id: str | None, display: str | None = None) -> Json:
    """Return a Reference by type and id; only its display where there is no id."""
    return element(reference=f"{resource_type}/{id}" if id else None, display=display)


def service_request(told: ReferralShown) -> Json:
    """Return a referral as a ServiceRequest: as its requester wrote it, with what is known of it here."""
    head = resource("ServiceRequest", told.id, version=told.version, updated=told.updated, profiled=True)
    return head | element(
        identifier=_identifiers(told),
        basedOn=[{"type": "ServiceRequest", "identifier": _message(told.original_bundle_id)}],
        status=SERVICE_REQUEST_STATUS[told.stage],
        intent="order",
        category=[
            concept(
                coding(MESSAGE_CATEGORIES, "referral", "Transfer of Care"),
                coding(OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING, USE_CASE_DISPLAY),
            )
        ],
        priority=told.priority,
        code=_asked_code(told.order.get("code")),
        subject=to("Patient", told.person_id),
        authoredOn=told.order.get("authoredOn") or told.authored.isoformat(),
        requester=to("Organization", told.requester_id, told.requester_name),
        performer=[to("Organization", told.team_id, told.team_name)],
        reasonCode=[concept(coding(OUR_NEEDS, need.code, need.words)) for need in told.needs],
        note=[{"text": words} for words in told.notes],
        **read_back(told.order),
    )


def _asked_code(sent: Any) -> Json:
    """What every referral is, and beside it what its requester called it."""
    codings = [each for each in objects(sent, "coding") if text(each, "code") != SOCIAL_PRESCRIBING_REFERRAL]
    return concept(_referral_code(), *codings, text=text(sent, "text"))


def _referral_code() -> Json:
    words = "Referral to social prescribing service (procedure)"
    return coding(SNOMED, SOCIAL_PRESCRIBING_REFERRAL, words)


def _identifiers(told: ReferralShown) -> list[Json]:
    found = [
        {"use": "official", "system": OUR_REFERRAL_ID, "value": told.id},
        {"use": "usual", "system": OUR_REFERENCE, "value": told.reference},
    ]
    own = [each for each in objects(told.order, "identifier") if not is_ours(each)]
    if not own and told.requester_reference:
        own = [{"use": "secondary", "value": told.requester_reference}]
    return found + own


def _message(bundle_id: str) -> Json:
    """A message by its Bundle.id, as a UUID where it is one."""
    try:
        return {"system": URI, "value": f"urn:uuid:{UUID(bundle_id)}"}
    except ValueError:
        return {"value": bundle_id}


def task(told: TaskShown) -> Json:
    """Return what is asked of one organisation, in Gravity's states (TASK_STATUS) beside our own."""
    head = resource("Task", told.id, version=told.version, updated=told.updated)
    about = to("ServiceRequest", told.referral_id)
    return head | element(
        basedOn=[about],
        partOf=[to("Task", told.part_of)] if told.part_of else None,
        status=TASK_STATUS[told.stage],
        statusReason=_reason(told),
        businessStatus=concept(coding(OUR_STAGES, told.status)),
        intent="order",
        code=concept(coding(TASK_CODES, "fulfill", "Fulfill the focal request")),
        focus=about,
        for_=to("Patient", told.person_id),
        authoredOn=told.authored.isoformat(),
        lastModified=told.updated.isoformat(),
        requester=to("Organization", told.requester_id, told.requester_name),
        owner=to("Organization", told.owner_id, told.owner_name) if told.owner_id else None,
        output=_outputs(told),
    )


def _reason(told: TaskShown) -> Json | None:
    fallback = STAGE_REASON.get(told.stage)
    if fallback is None or told.reason is None:
        words = told.said or fallback
        return concept(text=words) if words else None
    return reason_concept(told.reason, told.stage, told.said)


def reason_concept(reason: Coded, why: str, said: str | None = None) -> Json:
    """Return a coded reason for a stage or an action, in the words that were said if any were; SNOMED CT's code too
    where it was the person who said no."""
    codings = [coding(REASON_SYSTEMS.get(why, OUR_END_REASONS), reason.code, reason.words)]
    if reason.code in _BY_CHOICE:
        codings.append(coding(SNOMED, SOCIAL_PRESCRIBING_DECLINED, "Social prescribing declined"))
    return concept(*codings, text=said or reason.words)


def _outputs(told: TaskShown) -> list[Json]:
    """A completed Task has output (Gravity): the honest outcome, and the plan that holds its words."""
    if told.outcome is None:
        return []
    words = [_output(code, **{_VALUES[type(value)]: value}) for code, value in told.words]
    plan = to("CarePlan", told.referral_id)
    return [
        _output(OUTCOME, valueCodeableConcept=_state(told.outcome)),
        *words,
        _output(PLAN, valueReference=plan),
    ]


_VALUES: Final[Mapping[type, str]] = MappingProxyType({str: "valueString", int: "valueInteger"})


def _output(code: str, **value: Any) -> Json:
    return {"type": concept(coding(OUR_OUTPUTS, code, OUTPUTS[code]), text=OUTPUTS[code]), **value}


def _state(outcome: Coded) -> Json:
    return concept(coding(OUR_OUTCOMES, outcome.code, outcome.words), text=outcome.words)


def care_plan(told: PlanShown) -> Json:
    """Return the plan of a referral: each placement an activity, the outcomes' words as notes, actions first."""
    head = resource("CarePlan", told.id, version=told.version, updated=told.updated, profiled=True)
    goals = [_goal(number, each, told) for number, each in enumerate(told.outcomes) if each.goal]
    period = element(start=told.authored.isoformat(), end=told.ended_at and told.ended_at.isoformat())
    return head | element(
        contained=goals,
        status=CARE_PLAN_STATUS[told.stage],
        intent="plan",
        category=[concept(text="Social prescribing plan")],
        title="Social prescribing plan",
        subject=to("Patient", told.person_id),
        period=period,
        created=told.authored.isoformat(),
        author=to("Organization", told.team_id, told.team_name),
        supportingInfo=[to("ServiceRequest", told.id)],
        goal=[{"reference": f"#{goal['id']}"} for goal in goals],
        activity=_activities(told),
        note=[{"text": text} for each in told.outcomes for text in _notes(each)],
    )


def _activities(told: PlanShown) -> list[Json]:
    states = {each.placement_id: each.state for each in told.outcomes}
    known = [(placement, to("Task", placement)) for placement in told.placements]
    if None in states:
        known.append((None, to("Task", told.id)))  # type: ignore[arg-type]  # the team's own ending
    return [
        element(
            outcomeCodeableConcept=[_state(states[placement])] if placement in states else None,
            reference=reference,
        )
        for placement, reference in known
    ]


def _goal(number: int, outcome: OutcomeShown, told: PlanShown) -> Json:
    progress = (("before", outcome.goal_before), ("after", outcome.goal_after))
    told_progress = ", ".join(f"{phase} {value}" for phase, value in progress if value is not None)
    note = [{"text": f"Progress towards the goal, 0 to 10: {told_progress}"}] if told_progress else None
    return element(
        resourceType="Goal",
        id=f"goal-{number}",
        lifecycleStatus="completed" if told.stage == "completed" else "active",
        description={"text": outcome.goal},
        subject=to("Patient", told.person_id),
        note=note,
    )


def _notes(outcome: OutcomeShown) -> list[str]:
    parts = (
        ("Plan and requested actions", outcome.actions or _nothing_asked(outcome)),
        ("Outcome", outcome.state.words),
        ("Clinical summary", outcome.summary),
        ("Risks", outcome.risks or RISKS_NOT_RECORDED),
    )
    return [f"{heading}: {text}" for heading, text in parts if text]


def _nothing_asked(outcome: OutcomeShown) -> str:
    """Above the word that somebody is worse off, "no action needed" would be read as all is well."""
    return f"{WORSE} {NOTHING_ASKED}" if outcome.state.code == "worse" else NO_ACTION


_STOPPED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "failed": "The message did not arrive",
        "superseded": "A newer message was written before this one arrived",
    }
)
_TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "outcome": "Outcome of the referral",
        "waiting": "On a provider's waiting list",
        "accepted": "A provider accepted the referral",
        "in-progress": "Help has begun",
        "declined": "The referral was declined",
        "not-reached": "The person could not be reached so far",
    }
)


def communication(told: NewsShown) -> Json:
    """Return the news to the practice: `sent` and `received` as far as it got; its words are the CarePlan's."""
    head = resource("Communication", told.id, version=told.version, updated=told.updated, profiled=True)
    stopped = _STOPPED.get(told.status)
    return head | element(
        identifier=[_message(told.message_id)],
        basedOn=[to("ServiceRequest", told.referral_id)],
        status=COMMUNICATION_STATUS[told.status],
        statusReason=concept(text=stopped) if stopped else None,
        medium=[concept(text=told.transport)],
        subject=to("Patient", told.person_id),
        topic=concept(text=_TOPICS[told.news]),
        about=[to("CarePlan", told.referral_id)],
        sent=told.sent and told.sent.isoformat(),
        received=told.received and told.received.isoformat(),
        recipient=[to("Organization", told.requester_id, told.requester_name)],
        sender=to("Organization", told.team_id, told.team_name),
    )
