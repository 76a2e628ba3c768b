"""The messages to the practice: how far each got; changed only with its transition and its audit line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.lifecycle import FeedbackStatus, ReferralStatus, Transition
from app.domain.referral import Feedback
from app.domain.vocabulary import NewsKind
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables_care import FeedbackRow, ReferralRow
from app.store.tables_messages import OutboxRow
from app.store.transitions import add_transition

_STAMPS = {
    FeedbackStatus.SENT: "sent_at",
    FeedbackStatus.DELIVERED: "delivered_at",
    FeedbackStatus.ACKNOWLEDGED: "acknowledged_at",
}


def add(tx: Tx, values: dict[str, Any], transition: Transition, *, audit: str) -> UUID:
    """Write a newly composed message's record; its bytes are the outbox's.

    Messages of a referral are numbered from 1: whoever adds one holds the referral's row.
    """
    others = select(func.count()).where(FeedbackRow.referral_id == values["referral_id"])
    number = (tx.session.scalar(others) or 0) + 1
    row = FeedbackRow(number=number, status=transition.after, composed_at=tx.now, **values)
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
    """Return the messages that told how a referral ended, oldest first; after a second end there are two."""
    return _listed(tx, referral_id, audit, FeedbackRow.kind == NewsKind.OUTCOME)


def list_on_the_way(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Feedback]:
    """Return the messages that told where a referral stood before its end, oldest first."""
    return _listed(tx, referral_id, audit, FeedbackRow.kind != NewsKind.OUTCOME)


def list_all(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Feedback]:
    """Return every message about a referral, of whatever kind, in the order in which they were composed."""
    return _listed(tx, referral_id, audit)


def list_stuck(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Feedback]:
    """Return and hold the messages that failed, or were tried in vain and are in no carrier's hands."""
    tried = exists().where(
        OutboxRow.feedback_id == FeedbackRow.id,
        OutboxRow.status == "waiting",
        OutboxRow.attempts > 0,
        OutboxRow.leased_until.is_(None),
    )
    query = select(FeedbackRow).where(
        FeedbackRow.referral_id == referral_id,
        or_(FeedbackRow.status == FeedbackStatus.FAILED, tried),
    )
    query = query.order_by(FeedbackRow.number).with_for_update().execution_options(populate_existing=True)
    tx.audit(Entry(audit, "feedback", str(referral_id)))
    return [_feedback(row) for row in tx.session.scalars(query)]


def is_overtaken(tx: Tx, feedback_id: UUID) -> bool:
    """Tell whether a message is out of date: a newer one was composed, or the request was taken back since."""
    newer = aliased(FeedbackRow)
    later = exists().where(newer.referral_id == FeedbackRow.referral_id, newer.number > FeedbackRow.number)
    taken_back = (ReferralStatus.WITHDRAWN, ReferralStatus.ENTERED_IN_ERROR)
    query = (
        select(FeedbackRow.id)
        .join(ReferralRow, ReferralRow.id == FeedbackRow.referral_id)
        .where(
            FeedbackRow.id == feedback_id,
            # A decline may itself be the word that the request was taken back.
            or_(later, ReferralRow.status.in_(taken_back) & (FeedbackRow.kind != NewsKind.DECLINED)),
        )
    )
    return tx.session.scalar(query) is not None


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


def _listed(tx: Tx, referral_id: UUID, audit: str, *conditions: Any) -> list[Feedback]:
    query = select(FeedbackRow).where(FeedbackRow.referral_id == referral_id, *conditions)
    tx.audit(Entry(audit, "feedback", str(referral_id)))
    return [_feedback(row) for row in tx.session.scalars(query.order_by(FeedbackRow.number))]


def _one(tx: Tx, condition: Any, audit: str) -> Feedback:
    # The referral's row first, as whoever composes does: nothing newer is written while this one's fate is.
    its_referral = select(ReferralRow.id).join(FeedbackRow, FeedbackRow.referral_id == ReferralRow.id)
    tx.session.execute(its_referral.where(condition).with_for_update(of=ReferralRow))
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
        kind=NewsKind(row.kind),
        number=row.number,
    )
