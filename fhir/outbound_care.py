"""Writes what became of a referral: its plan, task, encounters, scores and the person's own goal."""

from __future__ import annotations

from typing import Any, Final

from fhir.message_back import as_text, as_xhtml, sections
from fhir.messages import OutcomeReport, ScoreToTell
from fhir.outbound_parties import Told
from fhir.systems import (
    ACT_CODE,
    GOAL_ACHIEVEMENT,
    OBSERVATION_CATEGORY,
    OUR_END_REASONS,
    OUR_MEASURES,
    OUR_OUTCOMES,
    OUR_REFERRAL_ID,
    REJECTED_REASONS,
    SDOHCC,
    SNOMED,
    SOCIAL_PRESCRIBING_DECLINED,
    TASK_CODES,
)
from fhir.writing import Json, Letter, coding, concept, element, numeric, organisation_part

GOAL_PROGRESS: Final = "goal-progress"  # our measure: the person's own goal, 0 to 10
AMBULATORY: Final = coding(ACT_CODE, "AMB", "ambulatory")
# rejected-reasons-bars has three codes; what is neither of the first two is "other", with its text
_BARS_REASONS: Final = {
    "could-not-contact": ("FC", "Failed Contact"),
    "no-suitable-service": ("RRNA", "Requested resource not available within timescale"),
}


def narrative(report: OutcomeReport) -> Json:
    """Return the message back as the narrative of the resource that carries it, actions at the top."""
    return {"status": "additional", "div": as_xhtml(sections(report))}


def notes(report: OutcomeReport) -> list[Json]:
    """Return the message back as annotations, for systems that show no narrative; actions first."""
    return [{"time": report.ended_on.isoformat(), "text": as_text(each)} for each in sections(report)]


def end_reason(report: OutcomeReport) -> Json | None:
    """Return why a referral ended early, in BaRS's words, ours, and SNOMED CT's where the person declined."""
    if report.ended_as == "completed":
        return None
    code, display = _BARS_REASONS.get(report.end_reason or "", ("OTH", "Other"))
    codings = [coding(REJECTED_REASONS, code, display)]
    if report.end_reason:
        codings.append(coding(OUR_END_REASONS, report.end_reason))
    if report.end_reason == "person-declined":
        codings.append(coding(SNOMED, SOCIAL_PRESCRIBING_DECLINED, "Social prescribing declined"))
    return concept(*codings, text=report.end_reason_text or report.outcome_text)


def task_status(report: OutcomeReport) -> str:
    """Return the Gravity task state that the end comes to: completed, failed, cancelled or rejected."""
    if report.ended_as == "completed":
        return "completed"
    if report.provider is None:
        return "rejected"
    return "cancelled" if report.started_on is None else "failed"


def task(report: OutcomeReport, letter: Letter) -> Json:
    """Return the Task's elements: what was asked of the provider, how it ended and what came out."""
    return element(
        status=task_status(report),
        statusReason=end_reason(report),
        intent="order",
        code=concept(coding(TASK_CODES, "fulfill", "Fulfill the focal request")),
        focus=letter.to("request"),
        for_=letter.to("patient"),
        authoredOn=report.referred_on.isoformat(),
        lastModified=report.ended_on.isoformat(),
        requester=letter.to(organisation_part(report.sender)),
        owner=letter.to(organisation_part(report.provider or report.sender)),
        executionPeriod=_period(report),
        output=_outputs(report, letter),
    )


def _outputs(report: OutcomeReport, letter: Letter) -> list[Json]:
    """The outcome always (Gravity: a completed task has output), then each score that the message carries."""
    kind = concept(coding(SDOHCC, "additional-content"))
    found: list[Json] = [{"type": concept(text="Outcome"), "valueCodeableConcept": outcome(report)}]
    if report.provider is not None:
        found += [{"type": kind, "valueReference": letter.to(part)} for part in observed_parts(report)]
    return found


def outcome(report: OutcomeReport) -> Json:
    """Return the honest outcome state."""
    return concept(coding(OUR_OUTCOMES, report.outcome), text=report.outcome_text)


def encounter(report: OutcomeReport, letter: Letter) -> Json:
    """Return the entry of our part of the journey: finished, or cancelled with the reason."""
    reason = end_reason(report)
    return letter.entry(
        "encounter",
        "Encounter",
        identifier=[{"system": OUR_REFERRAL_ID, "value": report.referral_id}],
        status="finished" if report.ended_as == "completed" else "cancelled",
        class_=AMBULATORY,
        subject=letter.to("patient"),
        episodeOfCare=journey(report),
        period=_period(report),
        reasonCode=[reason] if reason else None,
        serviceProvider=letter.to(organisation_part(report.provider or report.sender)),
    )


def requesting_encounter(report: Told, letter: Letter) -> Json:
    """Return the entry of the contact in which the practice asked; the short response carries both encounters."""
    return letter.entry(
        "requesting-encounter",
        "Encounter",
        identifier=[{"value": report.requester_reference}] if report.requester_reference else None,
        status="finished",
        class_=AMBULATORY,
        subject=letter.to("patient"),
        episodeOfCare=journey(report),
        period={"start": report.referred_on.isoformat()},
        serviceProvider=letter.to(organisation_part(report.receiver)),
    )


def care_plan(report: OutcomeReport, letter: Letter) -> Json:
    """Return the entry that carries the message back, with the person's own goal inside it."""
    goal = _goal(report, letter)
    told = sections(report)
    return letter.entry(
        "plan",
        "CarePlan",
        text=narrative(report),
        contained=[goal] if goal else None,
        replaces=[_replaced(report.replaces)] if report.replaces else None,
        status="completed" if report.ended_as == "completed" else "revoked",
        intent="plan",
        title="Social prescribing: message back to the referrer",
        description=as_text(told[0]),
        subject=letter.to("patient"),
        encounter=letter.to("encounter"),
        period=_period(report),
        created=report.ended_on.isoformat(),
        author=letter.to("role"),
        goal=[{"reference": "#goal"}] if goal else None,
        activity=[{"outcomeCodeableConcept": [outcome(report)], "reference": letter.to("task")}],
        note=notes(report),
    )


def _replaced(message_id: str) -> Json:
    """Name the message whose plan stands no longer; it is in no system but by that message's id."""
    return {
        "type": "CarePlan",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{message_id}"},
    }


def _goal(report: OutcomeReport, letter: Letter) -> Json | None:
    """Contained, because the published message definition lists no Goal among its entries."""
    if not report.goal:
        return None
    achieved = _achievement(report.goal_before, report.goal_after)
    progress = [part for part in observed_parts(report) if part.startswith(GOAL_PROGRESS)]
    return element(
        resourceType="Goal",
        id="goal",
        lifecycleStatus="completed" if report.ended_as == "completed" else "cancelled",
        achievementStatus=concept(coding(GOAL_ACHIEVEMENT, achieved)) if achieved else None,
        description={"text": report.goal},
        subject=letter.to("patient"),
        expressedBy=letter.to("patient"),
        outcomeReference=[letter.to(part) for part in progress],
    )


def _achievement(before: int | None, after: int | None) -> str | None:
    if before is None or after is None:
        return None
    if after == before:
        return "no-change"
    return "improving" if after > before else "worsening"


def observed_parts(report: OutcomeReport) -> list[str]:
    """Return the names of the Observations that a report makes, in order."""
    parts = [f"score/{position}" for position in range(len(report.scores))]
    progress = (("before", report.goal_before), ("after", report.goal_after))
    return parts + [f"{GOAL_PROGRESS}/{phase}" for phase, value in progress if value is not None]


def observations(report: OutcomeReport, letter: Letter) -> list[Json]:
    """Return one entry for each score, and for the progress towards the person's own goal."""
    found = list(report.scores)
    display = "Progress towards the person's own goal, 0 to 10"
    begun = (report.started_on or report.referred_on).date()
    progress = (("before", report.goal_before, begun), ("after", report.goal_after, report.ended_on.date()))
    for phase, value, taken_on in progress:
        if value is not None:
            found.append(ScoreToTell("Own goal", GOAL_PROGRESS, display, value, phase, taken_on))
    return [
        _observation(score, part, letter) for score, part in zip(found, observed_parts(report), strict=True)
    ]


def _observation(score: ScoreToTell, part: str, letter: Letter) -> Json:
    elements: dict[str, Any] = element(
        status="final",
        category=[
            concept(coding(OBSERVATION_CATEGORY, "survey", "Survey")),
            concept(text="Before" if score.phase == "before" else "After"),
        ],
        code=concept(
            coding(OUR_MEASURES, score.code, score.display), text=f"{score.measure}: {score.display}"
        ),
        subject=letter.to("patient"),
        encounter=letter.to("encounter"),
        effectiveDateTime=score.taken_on.isoformat(),
        performer=[letter.to("role")],
    )
    return letter.entry(part, "Observation", **elements, **numeric(score.value))


def journey(report: Told) -> list[Json] | None:
    """Return the reference to the Journey ID, an EpisodeOfCare that is never in a message."""
    return [{"reference": f"EpisodeOfCare/{report.journey_id}"}] if report.journey_id else None


def _period(report: OutcomeReport) -> Json:
    begun = report.started_on or report.referred_on
    return {"start": begun.isoformat(), "end": report.ended_on.isoformat()}
