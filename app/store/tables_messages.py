"""The tables of what came in, what goes out, what leaves for the dataset, and the audit of it all."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class InboxRow(Base):
    """A message as it came, sealed, with its digest and the answer given: the memory of the retry contract."""

    __tablename__ = "inbox_message"
    id: Mapped[UUID] = new_id()
    sender: Mapped[str]  # API client or mailbox
    request_id: Mapped[str]
    correlation_id: Mapped[str | None]
    bundle_id: Mapped[str]
    header_id: Mapped[str]
    digest: Mapped[bytes]
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    body: Mapped[bytes]
    status: Mapped[str]  # taken, parked
    parked_reason: Mapped[str | None]
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"), index=True)
    response_status: Mapped[int]
    response_body: Mapped[bytes]
    received_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("sender", "request_id"),
        UniqueConstraint("sender", "bundle_id", "header_id"),
        CheckConstraint("status in ('taken', 'parked')", "status"),
    )


class OutboxRow(Base):
    """A message to carry out: written with the change it tells of, leased by the worker that carries it."""

    __tablename__ = "outbox_message"
    id: Mapped[UUID] = new_id()
    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"), index=True)
    transport: Mapped[str]
    recipient: Mapped[str]
    content_type: Mapped[str]
    correlation_id: Mapped[str | None]
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    body: Mapped[bytes]
    status: Mapped[str]  # waiting, sent, failed, superseded
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    transport_reference: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'sent', 'failed', 'superseded')", "status"),
        Index("ix_outbox_message_due", "next_attempt_at", postgresql_where=text("status = 'waiting'")),
    )


class AuditRow(Base):
    """One line of an audit chain: ids and codes only, each line sealed to the one before by its hash."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("shard", "number"),
        Index("ix_audit_event_at", "at", postgresql_using="brin"),  # the newest lines, for what is unusual
        Index("ix_audit_event_refused", "subject_id", postgresql_where=text("act = 'refuse'")),
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shard: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(BigInteger)  # within the shard, without a gap
    at: Mapped[datetime]
    role: Mapped[str]
    actor: Mapped[str]
    organisation_id: Mapped[UUID | None]
    act: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class ExtractRow(Base):
    """One sealed extract that left for the anonymiser."""

    __tablename__ = "extract_run"
    id: Mapped[UUID] = new_id()
    created_at: Mapped[datetime]
    policy: Mapped[str]
    rows: Mapped[int]
    opted_out: Mapped[int]
    excluded: Mapped[dict[str, Any]]
    sealed_sha256: Mapped[str]


class ExtractItemRow(Base):
    """Why a referral is or is not in the dataset; each goes once."""

    __tablename__ = "extract_item"
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    extract_id: Mapped[UUID] = mapped_column(ForeignKey("extract_run.id"), index=True)
    included: Mapped[bool]
    reason: Mapped[str]
