"""Puts a message to a practice on its way, and takes from the way what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.lifecycle import NEW, Action, Track, decide
from app.domain.referral import NO_TRANSPORT, Feedback, Organisation, Referral
from app.domain.vocabulary import NewsKind
from app.store import feedback, outbox, tasks
from app.store.outbox import Outgoing
from app.store.session import Tx
from fhir.sender_headers import sender_headers

_ACT = "tell the practice"
MESSAGE_CONTENT_TYPE = "application/fhir+json"
FAILED_OUTCOME, FAILED_PROGRESS = "feedback-failed", "progress-failed"


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it will be carried; without a body it stands on the practice's page only."""

    kind: NewsKind
    message_id: str
    header_id: str
    content_type: str
    body: bytes | None


def clear_the_way(tx: Tx, referral_id: UUID) -> Sequence[Feedback]:
    """Supersede what is stuck of a referral before something newer is composed; return all that was told of it.

    What was never tried is left: it is carried first, so that the practice hears everything in its order.
    """
    for older in feedback.list_stuck(tx, referral_id, audit=_ACT):
        supersede(tx, older)
    return feedback.list_all(tx, referral_id, audit=_ACT)


def post(tx: Tx, referral: Referral, practice: Organisation, composed: Composed) -> None:
    """Note a message and leave it in the outbox; the caller holds the referral's row and has cleared the way."""
    track = Track.FEEDBACK if composed.kind is NewsKind.OUTCOME else Track.PROGRESS
    step = decide(track, NEW, Action.COMPOSE, role=tx.actor.role)
    values = {
        "referral_id": referral.id,
        "kind": composed.kind,
        "message_id": composed.message_id,
        "header_id": composed.header_id,
        "transport": practice.feedback_transport or NO_TRANSPORT,
    }
    feedback_id = feedback.add(tx, values, step, audit=_ACT)
    if composed.body is None:
        return
    envelope = {
        "feedback_id": feedback_id,
        "transport": practice.feedback_transport,
        "recipient": practice.feedback_address,
        "content_type": composed.content_type,
        "correlation_id": referral.correlation_id,
    }
    outbox.add(tx, envelope, composed.body)


def headers_of(outgoing: Outgoing, *, address: str) -> Mapping[str, str]:
    """Return what is said beside a message on its way to a FHIR endpoint; nothing beside a letter, or by another way.

    `address` is where this installation stands.
    """
    if (outgoing.transport, outgoing.content_type) != ("fhir", MESSAGE_CONTENT_TYPE):
        return {}
    return sender_headers(outgoing.body, address=address)


def supersede(tx: Tx, told: Feedback) -> None:
    """Stop carrying a message that something newer has made idle; nobody need do anything about it."""
    step = decide(told.track, told.status, Action.SUPERSEDE, role=tx.actor.role)
    feedback.record(tx, told.id, step, audit="supersede message", failure=told.failure)
    outbox.record_superseded(tx, told.id)
    settle(tx, told)


def settle(tx: Tx, told: Feedback) -> None:
    """Tick off the task about a message that failed before and does so no longer."""
    tasks.record_done_for_referral(tx, told.referral_id, (failed_task(told),), audit="message settled")


def fail(tx: Tx, told: Feedback, failure: str, *, team_id: UUID) -> None:
    """Note that a message did not get there: a task for a person, unless something newer tells more."""
    if feedback.is_overtaken(tx, told.id):
        supersede(tx, told)
        return
    step = decide(told.track, told.status, Action.FAIL, role=tx.actor.role)
    feedback.record(tx, told.id, step, audit="fail feedback", failure=failure)
    tasks.add_task(tx, failed_task(told), organisation_id=team_id, referral_id=told.referral_id)


def failed_task(told: Feedback) -> str:
    """Return the kind of task that a failure of this message becomes."""
    return FAILED_OUTCOME if told.kind is NewsKind.OUTCOME else FAILED_PROGRESS
