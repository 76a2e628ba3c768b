"""Messages as they came: raw bytes sealed, digest kept, the answer kept, one row for one message for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select

from app.domain.errors import NotFound
from app.domain.undelivered import Kind
from app.store import person_keys
from app.store.audit import Entry
from app.store.crypto import OF_PERSON, Cell, DataKey
from app.store.session import Tx
from app.store.set_aside import is_aside
from app.store.tables_messages import InboxRow

# Why a change can wait for the referral that it changes: that has not come, or its practice was not set up.
CHANGES_WAIT = ("change-of-unknown-referral", "unknown-practice")


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a message names itself, and its bytes."""

    sender: str
    request_id: str
    correlation_id: str | None
    bundle_id: str
    header_id: str
    body: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes as they came."""
        return hashlib.sha256(self.body).digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer given to a message, kept so that a repeat can be given it again."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that came before under one of its names."""

    same_request: bool
    same_body: bool
    answer: Answer


@dataclass(frozen=True, slots=True)
class Parked:
    """A message kept for the steward: which sender, why, since when; never its content."""

    id: UUID
    sender: str
    reason: str
    received_at: datetime


def find(tx: Tx, envelope: Envelope) -> Seen | None:
    """Return the earlier message with the same request id, or the same Bundle.id and MessageHeader.id."""
    same_message = (InboxRow.bundle_id == envelope.bundle_id) & (InboxRow.header_id == envelope.header_id)
    query = select(InboxRow).where(
        InboxRow.sender == envelope.sender,
        or_(InboxRow.request_id == envelope.request_id, same_message),
    )
    rows = tx.session.scalars(query).all()
    if not rows:
        return None
    row = next((row for row in rows if row.request_id == envelope.request_id), rows[0])
    return Seen(
        same_request=row.request_id == envelope.request_id,
        same_body=row.digest == envelope.digest,
        answer=Answer(row.response_status, row.response_body),
    )


def add(
    tx: Tx,
    envelope: Envelope,
    answer: Answer,
    *,
    referral_id: UUID | None = None,
    parked: str | None = None,
    audit: str,
) -> UUID:
    """Write a message under a key of its own, which goes with the person's where it is known whom it is about.

    `parked` names why it waits for the steward.
    """
    inbox_id = uuid4()
    key = person_keys.new_for_row(tx, inbox_id, _person_key(tx, referral_id))
    tx.session.add(
        InboxRow(
            id=inbox_id,
            sender=envelope.sender,
            request_id=envelope.request_id,
            correlation_id=envelope.correlation_id,
            bundle_id=envelope.bundle_id,
            header_id=envelope.header_id,
            digest=envelope.digest,
            data_key=key.wrapped,
            key_id=key.key_id,
            body=tx.cipher.seal(key, Cell("inbox_message", "body", inbox_id), envelope.body),
            status="parked" if parked else "taken",
            parked_reason=parked,
            referral_id=referral_id,
            response_status=answer.status,
            response_body=answer.body,
            received_at=tx.now,
        )
    )
    tx.session.flush()
    detail = {"sender": envelope.sender, "parked": parked}
    tx.audit(Entry(audit, "message", str(inbox_id), None, detail))
    return inbox_id


def hold_case(tx: Tx, bundle_id: str, correlation_id: str | None) -> None:
    """Let the messages of one case pass one at a time until the end of the transaction: none misses another."""
    names = sorted({f"bundle {bundle_id}", f"case {correlation_id}"} - {"case None"})
    for name in names:  # always in one order, so that two never wait for each other
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def list_held(
    tx: Tx, bundle_id: str, correlation_id: str | None, *, audit: str
) -> Sequence[tuple[UUID, Envelope]]:
    """Return the parked messages of one case, opened, and hold their rows; whose they are is not judged here."""
    same_case = InboxRow.bundle_id == bundle_id
    if correlation_id:
        same_case = or_(same_case, InboxRow.correlation_id == correlation_id)
    waits = (InboxRow.status == "parked", InboxRow.parked_reason.in_(CHANGES_WAIT))
    query = select(InboxRow).where(*waits, same_case).order_by(InboxRow.received_at, InboxRow.id)
    rows = tx.session.scalars(query.with_for_update()).all()
    for row in rows:
        tx.audit(Entry(audit, "message", str(row.id)))
    return [(row.id, _opened(tx, row)) for row in rows]


def list_parked(tx: Tx, *, audit: str) -> Sequence[Parked]:
    """Return the messages that wait for the steward and are not set aside, oldest first."""
    stands = (InboxRow.status == "parked", ~is_aside(Kind.WAITING, InboxRow.id))
    query = select(InboxRow).where(*stands).order_by(InboxRow.received_at)
    tx.audit(Entry(audit, "message", "parked"))
    return [
        Parked(row.id, row.sender, row.parked_reason or "", row.received_at)
        for row in tx.session.scalars(query)
    ]


def get_parked_for_update(tx: Tx, inbox_id: UUID, *, audit: str) -> Envelope:
    """Return a parked message, opened, and hold its row; raises NotFound."""
    row = tx.session.get(InboxRow, inbox_id, with_for_update=True)
    if row is None or row.status != "parked":
        raise NotFound
    tx.audit(Entry(audit, "message", str(inbox_id)))
    return _opened(tx, row)


def _person_key(tx: Tx, referral_id: UUID | None) -> DataKey | None:
    return person_keys.of_referral(tx, referral_id) if referral_id else None


def _opened(tx: Tx, row: InboxRow) -> Envelope:
    person = _person_key(tx, row.referral_id)
    key = person_keys.open_for_row(tx, row.id, row.data_key, row.key_id, person)
    body = tx.cipher.open(key, Cell("inbox_message", "body", row.id), row.body) or b""
    return Envelope(row.sender, row.request_id, row.correlation_id, row.bundle_id, row.header_id, body)


def record_taken(tx: Tx, inbox_id: UUID, referral_id: UUID, *, audit: str) -> None:
    """A parked message has become a referral."""
    row = tx.session.get(InboxRow, inbox_id)
    if row is None:
        raise NotFound
    if row.key_id != OF_PERSON:
        own = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
        moved = tx.cipher.move_under(person_keys.of_referral(tx, referral_id), row.id, own)
        row.data_key, row.key_id = moved.wrapped, moved.key_id
    row.status, row.referral_id, row.parked_reason = "taken", referral_id, None
    tx.audit(Entry(audit, "message", str(inbox_id), None, {"referral": str(referral_id)}))
