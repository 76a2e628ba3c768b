"""Writes the news to the practice that asked: composed, put in the outbox and noted, in the ending's transaction."""

from __future__ import annotations

from uuid import UUID

from app.domain.lifecycle import NEW, Action, Track, decide
from app.domain.referral import Organisation, Referral
from app.domain.vocabulary import FeedbackFormat
from app.letters.typesetting import outcome_letter_pdf
from app.services.outcome_report import report_of
from app.store import directory, feedback, outbox, people, referrals, tasks
from app.store.session import Tx
from fhir import send_document
from fhir.messages import OutcomeReport
from fhir.outbound import outcome_message, to_bytes

_ACT = "tell the practice"
DOCUMENT_CONTENT_TYPE = send_document.CONTENT_TYPE
_CONTENT_TYPES = {
    FeedbackFormat.BARS: "application/fhir+json",
    FeedbackFormat.SEND_DOCUMENT: DOCUMENT_CONTENT_TYPE,
    FeedbackFormat.LETTER: "application/pdf",
}


def compose_feedback(tx: Tx, referral_id: UUID) -> None:
    """Compose the outcome for the practice that asked, never another, in the form it chose; leave it in the outbox.

    A practice that no transport reaches becomes a task for a person: the news must get there another way.
    """
    referral = referrals.get(tx, referral_id, audit=_ACT)
    practice = directory.get_organisation(tx, referral.requester_id)
    report = report_of(tx, referral, practice, audit=_ACT)
    step = decide(Track.FEEDBACK, NEW, Action.COMPOSE, role=tx.actor.role)
    earlier = feedback.list_for_referral(tx, referral_id, audit=_ACT)
    values = {
        "referral_id": referral_id,
        "message_id": report.message_id,
        "header_id": report.header_id,
        "transport": practice.feedback_transport or "none",
    }
    feedback_id = feedback.add(tx, values, step, audit=_ACT)
    if practice.feedback_transport is None or practice.feedback_address is None:
        tasks.add_task(
            tx, "tell-practice-another-way", organisation_id=referral.team_id, referral_id=referral_id
        )
        return
    envelope = {
        "feedback_id": feedback_id,
        "transport": practice.feedback_transport,
        "recipient": practice.feedback_address,
        "content_type": _CONTENT_TYPES[practice.feedback_format],
        "correlation_id": referral.correlation_id,
    }
    replaces = earlier[-1].message_id if earlier else None
    outbox.add(tx, envelope, _body(tx, report, referral, practice, replaces=replaces))


def _body(
    tx: Tx, report: OutcomeReport, referral: Referral, practice: Organisation, *, replaces: str | None
) -> bytes:
    if practice.feedback_format is FeedbackFormat.BARS:
        return to_bytes(outcome_message(report))
    pdf = outcome_letter_pdf(report, reference=referral.reference)
    if practice.feedback_format is FeedbackFormat.LETTER:
        return pdf
    restricted = people.get(tx, referral.person_id, audit=_ACT).restricted
    message = send_document.send_document_message(report, pdf, replaces=replaces, restricted=restricted)
    return to_bytes(message)
