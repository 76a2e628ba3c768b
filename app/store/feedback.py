"""The news to the practice: how far each message got; changed only with its transition and its audit line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.domain.errors import NotFound
from app.domain.lifecycle import FeedbackStatus, Transition
from app.domain.referral import Feedback
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import FeedbackRow
from app.store.tables_messages import OutboxRow
from app.store.transitions import add_transition

_STAMPS = {
    FeedbackStatus.SENT: "sent_at",
    FeedbackStatus.DELIVERED: "delivered_at",
    FeedbackStatus.ACKNOWLEDGED: "acknowledged_at",
}


def add(tx: Tx, values: dict[str, Any], transition: Transition, *, audit: str) -> UUID:
    """Write a newly composed message's record; its bytes are the outbox's."""
    row = FeedbackRow(status=transition.after, composed_at=tx.now, **values)
    tx.session.add(row)
    tx.session.flush()
    add_transition(tx, transition, referral_id=row.referral_id)
    tx.audit(Entry(audit, "feedback", str(row.id), None, {"referral": str(row.referral_id)}))
    return row.id


def get_for_update(tx: Tx, feedback_id: UUID, *, audit: str) -> Feedback:
    """Return a message's record and hold its row; raises NotFound."""
    return _one(tx, FeedbackRow.id == feedback_id, audit)


def find_for_update_by_message(tx: Tx, message_id: str, *, audit: str) -> Feedback | None:
    """Return the record of the message that an acknowledgement answers: by Bundle.id or MessageHeader.id."""
    try:
        return _one(tx, or_(FeedbackRow.message_id == message_id, FeedbackRow.header_id == message_id), audit)
    except NotFound:
        return None


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Feedback]:
    """Return every message about a referral, oldest first."""
    query = (
        select(FeedbackRow).where(FeedbackRow.referral_id == referral_id).order_by(FeedbackRow.composed_at)
    )
    tx.audit(Entry(audit, "feedback", str(referral_id)))
    return [_feedback(row) for row in tx.session.scalars(query)]


def list_undelivered(tx: Tx) -> Sequence[tuple[UUID, str, str]]:
    """Return (feedback, transport, transport's reference) of what was sent and not yet seen to arrive."""
    query = (
        select(FeedbackRow.id, OutboxRow.transport, OutboxRow.transport_reference)
        .join(OutboxRow, OutboxRow.feedback_id == FeedbackRow.id)
        .where(FeedbackRow.status == FeedbackStatus.SENT, OutboxRow.transport_reference.is_not(None))
    )
    return [(row[0], row[1], row[2] or "") for row in tx.session.execute(query.limit(200))]


def record(
    tx: Tx,
    feedback_id: UUID,
    transition: Transition,
    *,
    audit: str,
    failure: str | None = None,
    how: str | None = None,
) -> None:
    """Take a step: status, dates, transition and audit together."""
    row = tx.session.get(FeedbackRow, feedback_id)
    if row is None:
        raise NotFound
    row.status = transition.after
    row.failure = failure
    row.acknowledged_how = how or row.acknowledged_how
    stamp = _STAMPS.get(FeedbackStatus(transition.after))
    if stamp and getattr(row, stamp) is None:
        setattr(row, stamp, tx.now)
    tx.session.flush()
    add_transition(tx, transition, referral_id=row.referral_id)
    detail = {"before": transition.before, "after": transition.after, "failure": failure}
    tx.audit(Entry(audit, "feedback", str(feedback_id), None, detail))


def _one(tx: Tx, condition: Any, audit: str) -> Feedback:
    query = select(FeedbackRow).where(condition).with_for_update()
    row = tx.session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    tx.audit(Entry(audit, "feedback", str(row.id), None))
    return _feedback(row)


def _feedback(row: FeedbackRow) -> Feedback:
    return Feedback(
        id=row.id,
        referral_id=row.referral_id,
        status=row.status,
        message_id=row.message_id,
        transport=row.transport,
        composed_at=row.composed_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        failure=row.failure,
    )
