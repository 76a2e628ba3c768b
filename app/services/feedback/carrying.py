"""Carries messages out of the outbox and hears how they fared; nothing here runs inside a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.access import system
from app.domain.lifecycle import Action, FeedbackStatus, decide
from app.domain.referral import Feedback
from app.services.feedback.outgoing import fail, settle, supersede
from app.store import feedback, outbox, referrals
from app.store.outbox import Outgoing
from app.store.session import Database, Tx

_CARRIER = system("carrier")


class Result(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    SUPERSEDED = "superseded"  # something newer tells more: it is not tried again


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a transport says of an attempt: its own reference when sent, else a short code without content.

    `transport` is which one it was, where there is more than one.
    """

    result: Result
    reference: str = ""
    error: str = ""
    transport: str = ""


Carry = Callable[[Outgoing], Attempt]


def deliver(db: Database, outbox_id: UUID, carry: Carry) -> Result | None:
    """Carry one message: lease it, send it with no transaction open, write how it went.

    None when there was nothing to do: not due, done already, or in another carrier's hands.
    """
    with db.transaction(_CARRIER) as tx:
        outgoing = outbox.lease(tx, outbox_id)
    if outgoing is None:
        return None
    attempt = carry(outgoing)
    with db.transaction(_CARRIER) as tx:
        return _record(tx, outgoing, attempt)


def _record(tx: Tx, outgoing: Outgoing, attempt: Attempt) -> Result:
    told = feedback.get_for_update(tx, outgoing.feedback_id, audit="carry message")
    result = _written(tx, outgoing, attempt, told)
    if result is not Result.LATER:
        outbox.wake_next(tx, told.referral_id)
    return result


def _written(tx: Tx, outgoing: Outgoing, attempt: Attempt, told: Feedback) -> Result:
    if attempt.result is Result.SENT:
        outbox.record_sent(tx, outgoing.id, attempt.reference)
        _step(tx, told.id, Action.SEND)
        settle(tx, told)
        return Result.SENT
    if attempt.result is Result.LATER:
        if _is_open(told) and feedback.is_overtaken(tx, told.id):
            supersede(tx, told)
            return Result.SUPERSEDED
        if outbox.record_retry(tx, outgoing.id, attempt.error):
            return Result.LATER
    else:
        outbox.record_failed(tx, outgoing.id, attempt.error)
    _fail(tx, told.id, attempt.error)
    return Result.NEVER


def due(db: Database) -> list[UUID]:
    """Return the messages that should be on their way: what the wake-up calls missed."""
    with db.transaction(_CARRIER) as tx:
        return list(outbox.list_due(tx))


def undelivered(db: Database) -> list[tuple[UUID, str, str]]:
    """Return (feedback, transport, reference) of what was sent and not yet seen to arrive."""
    with db.transaction(_CARRIER) as tx:
        return list(feedback.list_undelivered(tx))


def record_delivered(db: Database, feedback_id: UUID) -> None:
    """The practice's mailbox was emptied of the message; only its acknowledgement closes the loop."""
    with db.transaction(_CARRIER) as tx:
        _step(tx, feedback_id, Action.DELIVER)


def record_returned(db: Database, outbox_id: UUID, failure: str) -> bool:
    """A non-delivery report came back for a message of ours: the loop is open again. False when it is unknown."""
    with db.transaction(_CARRIER) as tx:
        feedback_id = outbox.find_feedback_id(tx, outbox_id)
        if feedback_id is None:
            return False
        _fail(tx, feedback_id, failure)
        return True


def _step(tx: Tx, feedback_id: UUID, action: Action) -> None:
    found = feedback.get_for_update(tx, feedback_id, audit=action.value)
    # The practice may have answered before we wrote this down; what it said stands.
    expected = {Action.SEND: FeedbackStatus.COMPOSED, Action.DELIVER: FeedbackStatus.SENT}[action]
    if found.status == expected:
        step = decide(found.track, found.status, action, role=tx.actor.role)
        feedback.record(tx, feedback_id, step, audit=action.value)


def _fail(tx: Tx, feedback_id: UUID, failure: str) -> None:
    found = feedback.get_for_update(tx, feedback_id, audit="fail feedback")
    if _is_open(found):
        referral = referrals.get(tx, found.referral_id, audit="fail feedback")
        fail(tx, found, failure, team_id=referral.team_id)


def _is_open(told: Feedback) -> bool:
    """False when it had arrived all the same, its failure is known, or nobody waits for it."""
    return told.status in (FeedbackStatus.COMPOSED, FeedbackStatus.SENT, FeedbackStatus.DELIVERED)
