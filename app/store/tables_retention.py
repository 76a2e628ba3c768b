"""The tables of keeping and erasing: records to be decided by two people, legal holds, and the daily look."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class RetentionReviewRow(Base):
    """A record whose time is over, or whose person asks for its erasure: what one proposed and another confirmed."""

    __tablename__ = "retention_review"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    why: Mapped[str]  # a rule of retention, or "asked"
    kept_until: Mapped[date | None]  # the last day by that rule; none where the person asked
    asked_how: Mapped[str | None]
    due_on: Mapped[date | None]  # of whoever asked: the answer's last day
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"))  # by which it was asked
    status: Mapped[str]
    listed_at: Mapped[datetime]
    listed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # none: the daily look
    verdict: Mapped[str | None]
    reason: Mapped[str | None]
    words: Mapped[bytes | None]  # why, sealed with the person's key
    keep_until: Mapped[date | None]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    dropped_why: Mapped[str | None]
    erasure_id: Mapped[UUID | None]  # the certificate's number
    __table_args__ = (
        CheckConstraint("status in ('due', 'proposed', 'erased', 'kept', 'dropped')", "status"),
        CheckConstraint("verdict in ('erase', 'keep')", "verdict"),
        CheckConstraint("decided_by is null or decided_by <> proposed_by", "two_people"),
        CheckConstraint("status <> 'proposed' or proposed_by is not null", "proposed_by_somebody"),
        CheckConstraint(
            "status <> 'kept' or (verdict = 'keep' and decided_by is not null and proposed_by is not null)",
            "kept_by_two",
        ),
        CheckConstraint("(status = 'erased') = (erasure_id is not null)", "erased_has_certificate"),
        Index(
            "uq_retention_review_open",
            "person_id",
            unique=True,
            postgresql_where=text("status in ('due', 'proposed')"),
        ),
    )


class LegalHoldRow(Base):
    """Why a record must not be erased, for how long, and by which two people it was lifted."""

    __tablename__ = "legal_hold"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str]
    words: Mapped[bytes | None]  # who asked for it and what for, sealed with the person's key
    until: Mapped[date | None]  # its last day; none until somebody lifts it
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    lift_asked_at: Mapped[datetime | None]
    lift_asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        CheckConstraint(
            "lifted_at is null or (lift_asked_by is not null and lifted_by is not null "
            "and lifted_by <> lift_asked_by)",
            "lifted_by_two",
        ),
    )


class RetentionRunRow(Base):
    """One daily look for records whose time is over: numbers alone."""

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(index=True)
    looked_at: Mapped[int]
    listed: Mapped[int]
