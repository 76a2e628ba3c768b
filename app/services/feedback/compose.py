"""Writes the outcome to the practice that asked: composed, put in the outbox and noted, in the ending's transaction."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.referral import Organisation, Referral
from app.domain.vocabulary import FeedbackFormat, NewsKind
from app.letters.typesetting import outcome_letter_pdf
from app.services.feedback.outcome_report import replacing, report_of
from app.services.feedback.outgoing import MESSAGE_CONTENT_TYPE, Composed, clear_the_way, post
from app.store import directory, people, referrals, tasks
from app.store.session import Tx
from fhir import send_document
from fhir.messages import OutcomeReport
from fhir.outbound import outcome_message, to_bytes

_ACT = "tell the practice"
DOCUMENT_CONTENT_TYPE = send_document.CONTENT_TYPE
_CONTENT_TYPES = {
    FeedbackFormat.BARS: MESSAGE_CONTENT_TYPE,
    FeedbackFormat.SEND_DOCUMENT: DOCUMENT_CONTENT_TYPE,
    FeedbackFormat.LETTER: "application/pdf",
}


def compose_feedback(tx: Tx, referral_id: UUID) -> None:
    """Compose the outcome for the practice that asked, never another, in the form it chose; leave it in the outbox.

    After a second end it says that it replaces the first. A practice that no transport reaches becomes a task for
    a person: the news must get there another way.
    """
    referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
    practice = directory.get_organisation(tx, referral.requester_id)
    told = clear_the_way(tx, referral_id)
    earlier = [each for each in told if each.kind is NewsKind.OUTCOME]
    report = replacing(report_of(tx, referral, practice, audit=_ACT), earlier)
    report = replace(report, first=not any(each.may_be_known for each in told))
    body = _body(tx, report, referral, practice) if practice.feedback_transport else None
    content_type = _CONTENT_TYPES[practice.feedback_format]
    composed = Composed(NewsKind.OUTCOME, report.message_id, report.header_id, content_type, body)
    post(tx, referral, practice, composed)
    if body is None:
        tasks.add_task(
            tx, "tell-practice-another-way", organisation_id=referral.team_id, referral_id=referral_id
        )


def _body(tx: Tx, report: OutcomeReport, referral: Referral, practice: Organisation) -> bytes:
    if practice.feedback_format is FeedbackFormat.BARS:
        return to_bytes(outcome_message(report))
    pdf = outcome_letter_pdf(report, reference=referral.reference)
    if practice.feedback_format is FeedbackFormat.LETTER:
        return pdf
    restricted = people.get(tx, referral.person_id, audit=_ACT).restricted
    message = send_document.send_document_message(
        report, pdf, replaces=report.replaces, restricted=restricted
    )
    return to_bytes(message)
