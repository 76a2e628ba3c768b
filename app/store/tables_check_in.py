"""The tables of asking whether help has arrived, and of how a practice likes to hear back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id

_OPEN = "('planned', 'asked', 'to-call')"


class CheckInRow(Base):
    """One asking whether help has arrived, some days after the first yes; never two of one day of one referral."""

    __tablename__ = "check_in"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    day: Mapped[int]  # after the yes
    due_on: Mapped[date]
    status: Mapped[str]
    way: Mapped[str | None]  # text, email, letter, phone
    look_on: Mapped[date | None]  # the day on which the next step is due
    asked_at: Mapped[datetime | None]
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail_message.id"))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("user_account.id")
    )  # none: the person themselves
    reason: Mapped[str | None]  # a code: why nobody asks
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("referral_id", "day"),
        CheckConstraint("day between 1 and 60", "day"),
        CheckConstraint(
            "status in ('planned', 'asked', 'to-call', 'answered', 'no-answer', 'not-asked', 'stopped')",
            "status",
        ),
        CheckConstraint("way in ('text', 'email', 'letter', 'phone')", "way"),
        CheckConstraint("answer in ('yes', 'not-yet', 'no-longer')", "answer"),
        CheckConstraint("(answer is null) = (answered_at is null)", "answered_whole"),
        CheckConstraint("(status = 'answered') = (answer is not null)", "answered"),
        CheckConstraint(f"(status in {_OPEN}) = (settled_at is null)", "settled"),
        CheckConstraint(f"(status in {_OPEN}) = (look_on is not null)", "open_has_day"),
        Index("ix_check_in_open", "look_on", postgresql_where=text(f"status in {_OPEN}")),
    )


class PracticeSettingRow(Base):
    """What a practice decided of its monthly summary: whether, to which address, and the month last told."""

    __tablename__ = "practice_setting"
    practice_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    summary_on: Mapped[bool] = mapped_column(server_default="true")
    summary_to: Mapped[str | None]  # an address of the practice, never a person's
    confirmed_at: Mapped[datetime | None]  # somebody who reads it has said yes
    told_month: Mapped[date | None]  # the first day of the month whose summary was looked at last
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (CheckConstraint("summary_to ~ '^[!-?A-~]+@[!-?A-~]+$'", "summary_to"),)
