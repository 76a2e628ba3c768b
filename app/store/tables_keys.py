"""What is kept apart because it must be able to go: people's own keys, and names beside the audit; and its proofs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class PersonKeyRow(Base):
    """A person's data key, wrapped; a destroyed one leaves the day on which it went."""

    __tablename__ = "person_key"
    __table_args__ = (
        CheckConstraint("(data_key is null) = (destroyed_at is not null)", "there_or_destroyed"),
        Index("ix_person_key_key_id_person_id", "key_id", "person_id"),
    )
    # No foreign key: the newest keys are taken up beside an older copy of the records, which lacks the newest people.
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    data_key: Mapped[bytes | None]
    key_id: Mapped[str | None]
    destroyed_at: Mapped[datetime | None]


class AuditNameRow(Base):
    """A name that somebody without an account typed or told, sealed; lines of the audit say where it lies."""

    __tablename__ = "audit_name"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    name: Mapped[bytes]


class AuditCheckRow(Base):
    """One walk along the audit's chains, asked for by a steward or due: what it found, in numbers of lines."""

    __tablename__ = "audit_check"
    id: Mapped[UUID] = new_id()
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # null: it was due
    done_at: Mapped[datetime | None]
    lines: Mapped[int | None]
    faults: Mapped[list[dict[str, Any]] | None]
    checkpoint: Mapped[int | None]  # the number of the signed one that it was held against
    checkpoint_at: Mapped[datetime | None]
    copied: Mapped[int | None]  # up to which number copies lie at another address; null: none is configured
    copy_fault: Mapped[str | None]  # why the next one is not there yet, as a short code
