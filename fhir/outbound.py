"""Writes the messages that leave: the outcome back to the requester, and short answers."""

from __future__ import annotations

from typing import Any

import orjson

from fhir.messages import AnswerToSend, OutcomeReport
from fhir.outbound_care import (
    care_plan,
    encounter,
    narrative,
    notes,
    observations,
    requesting_encounter,
    task,
)
from fhir.outbound_consent import consent
from fhir.outbound_parties import original, parties, patient, request_identifiers, service
from fhir.systems import (
    ACT_CODE,
    MESSAGE_CATEGORIES,
    OUR_REFERRAL_ID,
    OUR_USE_CASES,
    REASON_NEW,
    REASON_UPDATE,
    RESPONSE_DEFINITION,
    RESPONSE_SHORT_DEFINITION,
    SNOMED,
    SOCIAL_PRESCRIBING_REFERRAL,
    USE_CASE_DISPLAY,
    USE_CASE_SOCIAL_PRESCRIBING,
)
from fhir.writing import (
    Json,
    Letter,
    Route,
    coding,
    concept,
    header,
    organisation_part,
    organisations,
)


def outcome_message(report: OutcomeReport) -> dict[str, Any]:
    """Return the BaRS response Bundle that tells the requester's practice how their referral ended.

    The same report gives the same message. With a provider it keeps to bars-message-servicerequest-response-
    referral; when nobody helped, to its short form, which has no plan: there the request carries the words.
    """
    letter = Letter(report.message_id, report.header_id, report.composed_at, report.version)
    short = report.provider is None
    first = _header(report, letter, short=short)
    if short:
        middle = [_request(report, letter, short=True), patient(report.person, letter)]
        middle += [requesting_encounter(report, letter), encounter(report, letter)]
        return letter.bundle([first, *middle, *parties(report, letter)])
    middle = [
        care_plan(report, letter),
        _request(report, letter, short=False),
        patient(report.person, letter),
    ]
    middle += [encounter(report, letter), letter.entry("task", "Task", **task(report, letter))]
    middle += [*observations(report, letter), consent(report, letter), service(report, letter)]
    return letter.bundle([first, *middle, *parties(report, letter)])


def acknowledgement_message(answer: AnswerToSend) -> dict[str, Any]:
    """Return what a practice's system sends back for a message of ours; it holds nothing of the person."""
    letter = Letter(answer.message_id, answer.header_id, answer.sent_at, answer.version)
    return letter.bundle([_answer_header(answer, letter), *_answer_parts(answer, letter)])


def accepted_response(answer: AnswerToSend, *, referral_id: str) -> dict[str, Any]:
    """Return the synchronous answer to a referral that was taken: ids made here, nothing of the person.

    BaRS echoes the whole message with the receiver's ids; the sender has it, so only what is new goes back: the
    referral's id as ServiceRequest/{referral_id}, our planned Encounter, and `details` as a warning.
    """
    letter = Letter(answer.message_id, answer.header_id, answer.sent_at, answer.version)
    planned = letter.entry(
        "encounter",
        "Encounter",
        identifier=[{"system": OUR_REFERRAL_ID, "value": referral_id}],
        status="planned",
        class_=coding(ACT_CODE, "AMB", "ambulatory"),
        serviceProvider=letter.to(organisation_part(answer.sender)),
    )
    focus = [{"reference": f"ServiceRequest/{referral_id}"}, letter.to("encounter")]
    first = _answer_header(answer, letter, focus=focus)
    return letter.bundle([first, planned, *_answer_parts(answer, letter)])


def to_bytes(message: dict[str, Any]) -> bytes:
    """Return a message as the UTF-8 JSON that is sent, hashed and kept."""
    return orjson.dumps(message)


def _answer_header(answer: AnswerToSend, letter: Letter, **more: Any) -> Json:
    route = Route(
        sender=answer.sender,
        receiver=answer.receiver,
        from_endpoint=answer.from_endpoint,
        to_endpoint=answer.to_endpoint,
        answers=answer.answers,
        code=answer.code,
    )
    return header(letter, route, details=letter.to("details") if answer.details else None, **more)


def _answer_parts(answer: AnswerToSend, letter: Letter) -> list[Json]:
    found = organisations(letter, answer.sender, answer.receiver)
    if answer.details:
        severity = "error" if answer.code == "fatal-error" else "warning"
        issue = {"severity": severity, "code": "processing", "diagnostics": answer.details}
        found.append(letter.entry("details", "OperationOutcome", issue=[issue]))
    return found


def _header(report: OutcomeReport, letter: Letter, *, short: bool) -> Json:
    route = Route(
        sender=report.sender,
        receiver=report.receiver,
        from_endpoint=report.from_endpoint,
        to_endpoint=report.to_endpoint,
        answers=report.original_bundle_id,
        reason=REASON_NEW if report.first else REASON_UPDATE,
    )
    definition = RESPONSE_SHORT_DEFINITION if short else RESPONSE_DEFINITION
    return header(letter, route, focus=[letter.to("request")], definition=definition)


def _request(report: OutcomeReport, letter: Letter, *, short: bool) -> Json:
    """The requester's own request, as it stands now."""
    referred = coding(
        SNOMED, SOCIAL_PRESCRIBING_REFERRAL, "Referral to social prescribing service (procedure)"
    )
    return letter.entry(
        "request",
        "ServiceRequest",
        identifier=request_identifiers(report),
        basedOn=[*([] if short else [letter.to("plan")]), original(report.original_bundle_id)],
        status="completed" if report.ended_as == "completed" else "revoked",
        intent="plan",
        category=[
            concept(
                coding(MESSAGE_CATEGORIES, "referral", "Transfer of Care"),
                coding(OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING, USE_CASE_DISPLAY),
            )
        ],
        code=concept(referred) if report.started_on else None,  # coded once work has begun, not before
        subject=letter.to("patient"),
        encounter=letter.to("encounter"),
        authoredOn=report.referred_on.isoformat(),
        requester=letter.to(organisation_part(report.receiver)),
        performer=[letter.to(organisation_part(report.sender) if short else "service")],
        **(_carried(report, letter) if short else {}),
    )


def _carried(report: OutcomeReport, letter: Letter) -> Json:
    """What the request carries in the short form, which has neither plan nor task: the words and the Task."""
    contained = {"resourceType": "Task", "id": "task", **task(report, letter), "focus": {"reference": "#"}}
    return {
        "text": narrative(report),
        "contained": [contained],
        "note": notes(report),
        "supportingInfo": [{"reference": "#task"}],
    }
