"""Messages to carry out: written with the change they tell of, leased by the database's clock, never sent in a request.

The queue only wakes a carrier; what is due, whose turn it is and what was done stands here. Messages about one
referral leave in the order in which they were composed: one waits while an earlier one waits or is being carried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, func, or_, select, text, update
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.store import person_keys
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables_care import FeedbackRow
from app.store.tables_messages import OutboxRow

LEASE = timedelta(
    seconds=60
)  # longer than the longest send: connect 3 s, read 10 s, and the look-up before it
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A leased message, opened for sending; `repeated` says that an earlier attempt's end is not known."""

    id: UUID
    feedback_id: UUID
    transport: str
    recipient: str
    content_type: str
    correlation_id: str | None
    body: bytes
    repeated: bool


def add(tx: Tx, values: dict[str, Any], body: bytes) -> UUID:
    """Write a message to carry out, sealed under a key that goes with the person's; a carrier is woken later."""
    outbox_id = uuid4()
    key = person_keys.new_for_row(tx, outbox_id, person_keys.of_feedback(tx, values["feedback_id"]))
    tx.session.add(
        OutboxRow(
            id=outbox_id,
            data_key=key.wrapped,
            key_id=key.key_id,
            body=tx.cipher.seal(key, Cell("outbox_message", "body", outbox_id), body),
            status="waiting",
            attempts=0,
            next_attempt_at=tx.now,
            created_at=tx.now,
            **values,
        )
    )
    tx.session.flush()
    tx.outgoing.append(outbox_id)
    return outbox_id


def list_due(tx: Tx, limit: int = 100) -> Sequence[UUID]:
    """Return what should be on its way and is in nobody's hands."""
    query = select(OutboxRow.id).where(*_due()).order_by(OutboxRow.next_attempt_at).limit(limit)
    return tx.session.scalars(query).all()


def lease(tx: Tx, outbox_id: UUID) -> Outgoing | None:
    """Take a message in hand for a minute; None when it is not due, not its turn, done, or another carrier has it."""
    free = select(OutboxRow.id).where(OutboxRow.id == outbox_id, *_due()).with_for_update(skip_locked=True)
    row = tx.session.scalars(
        update(OutboxRow)
        .where(OutboxRow.id == free.scalar_subquery())
        .values(leased_until=func.clock_timestamp() + LEASE, attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow)
    ).first()
    if row is None:
        return None
    return Outgoing(
        id=row.id,
        feedback_id=row.feedback_id,
        transport=row.transport,
        recipient=row.recipient,
        content_type=row.content_type,
        correlation_id=row.correlation_id,
        body=_body(tx, row),
        repeated=row.attempts > 1,
    )


def record_sent(tx: Tx, outbox_id: UUID, reference: str) -> None:
    """The transport took it; `reference` is the transport's own id of it."""
    row = _row(tx, outbox_id)
    row.status, row.transport_reference, row.sent_at = "sent", reference, tx.now
    row.leased_until = row.last_error = None


def record_retry(tx: Tx, outbox_id: UUID, error: str) -> bool:
    """Put it back for later, each time twice as late; False when it has been tried for too long."""
    row = _row(tx, outbox_id)
    row.leased_until, row.last_error = None, error
    if tx.now - row.created_at > GIVE_UP_AFTER:
        row.status = "failed"
        return False
    delay = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 12), LONGEST_RETRY)
    spread = 0.5 + (outbox_id.int % 1000) / 1000  # so that a practice's whole backlog does not knock at once
    row.next_attempt_at = tx.now + delay * spread
    return True


def record_superseded(tx: Tx, feedback_id: UUID) -> None:
    """It is not carried any more: something newer tells more."""
    waiting = (OutboxRow.feedback_id == feedback_id, OutboxRow.status == "waiting")
    tx.session.execute(update(OutboxRow).where(*waiting).values(status="superseded", leased_until=None))


def wake_next(tx: Tx, referral_id: UUID) -> None:
    """Have a carrier woken for the referral's next message, now that the one before it is out of the way."""
    query = (
        select(OutboxRow.id)
        .join(FeedbackRow, FeedbackRow.id == OutboxRow.feedback_id)
        .where(FeedbackRow.referral_id == referral_id, OutboxRow.status == "waiting")
        .order_by(FeedbackRow.number)
        .limit(1)
    )
    tx.outgoing.extend(tx.session.scalars(query))


def record_failed(tx: Tx, outbox_id: UUID, error: str) -> None:
    """It will never arrive like this: a person must look."""
    row = _row(tx, outbox_id)
    row.status, row.last_error, row.leased_until = "failed", error, None


def retry_feedback(tx: Tx, feedback_id: UUID) -> None:
    """Try a failed message again, as new; raises NotFound when there never was one to carry.

    One that the transport took and that came back goes under a new id: by the old one the transport would
    be found to have it already.
    """
    newest = (OutboxRow.created_at.desc(), OutboxRow.sent_at.is_(None).desc())
    row = tx.session.scalars(
        select(OutboxRow).where(OutboxRow.feedback_id == feedback_id).order_by(*newest)
    ).first()
    if row is None:
        raise NotFound
    if row.sent_at is not None:
        same = ("feedback_id", "transport", "recipient", "content_type", "correlation_id")
        add(tx, {name: getattr(row, name) for name in same}, _body(tx, row))
        return
    row.status, row.next_attempt_at, row.created_at, row.last_error = "waiting", tx.now, tx.now, None
    tx.outgoing.append(row.id)


def find_feedback_id(tx: Tx, outbox_id: UUID) -> UUID | None:
    """Return which news a message carries, None when it is no message of ours."""
    return tx.session.scalar(select(OutboxRow.feedback_id).where(OutboxRow.id == outbox_id))


def oldest_waiting_seconds(tx: Tx) -> float:
    """Return the age of the oldest unsent message, 0 when there is none."""
    oldest = tx.session.scalar(select(func.min(OutboxRow.created_at)).where(OutboxRow.status == "waiting"))
    return (tx.now - oldest).total_seconds() if oldest else 0.0


def _due() -> tuple[Any, ...]:
    now = func.clock_timestamp()
    return (
        OutboxRow.status == text("'waiting'"),
        OutboxRow.next_attempt_at <= now,
        or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until < now),
        ~_an_earlier_one_waits(),
    )


def _an_earlier_one_waits() -> Any:
    mine, theirs, other = aliased(FeedbackRow), aliased(FeedbackRow), aliased(OutboxRow)
    return exists().where(
        mine.id == OutboxRow.feedback_id,
        theirs.referral_id == mine.referral_id,
        theirs.number < mine.number,
        other.feedback_id == theirs.id,
        other.status == text("'waiting'"),
    )


def _body(tx: Tx, row: OutboxRow) -> bytes:
    person = person_keys.of_feedback(tx, row.feedback_id)
    key = person_keys.open_for_row(tx, row.id, row.data_key, row.key_id, person)
    return tx.cipher.open(key, Cell("outbox_message", "body", row.id), row.body) or b""


def _row(tx: Tx, outbox_id: UUID) -> OutboxRow:
    row = tx.session.get(OutboxRow, outbox_id)
    if row is None:
        raise NotFound
    return row
