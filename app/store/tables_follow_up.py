"""The tables of what is asked and seen after and beside help: follow-ups some months on, and milestones."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id

_OPEN = "('planned', 'to-send', 'asked', 'to-call')"


class FollowUpRow(Base):
    """One asking of one person, some months after a referral ended; never two of the same months of one referral."""

    __tablename__ = "follow_up"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    months: Mapped[int]
    due_on: Mapped[date]
    status: Mapped[str]
    way: Mapped[str | None]  # how they are asked: text, email, letter, phone
    look_on: Mapped[
        date | None
    ]  # the day on which the next step is due; none: nothing more happens by itself
    asked_at: Mapped[datetime | None]  # the last time
    asked_times: Mapped[int] = mapped_column(server_default="0")
    calls: Mapped[int] = mapped_column(server_default="0")  # in vain
    reason: Mapped[str | None]  # a code: why they would not answer, or why nobody asks
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail_message.id"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        UniqueConstraint("referral_id", "months"),
        CheckConstraint("months between 1 and 60", "months"),
        CheckConstraint(
            "status in ('planned', 'to-send', 'asked', 'to-call', 'answered', 'skipped', 'could-not-reach', "
            "'not-asked', 'stopped')",
            "status",
        ),
        CheckConstraint("way in ('text', 'email', 'letter', 'phone')", "way"),
        CheckConstraint(f"(status in {_OPEN}) = (settled_at is null)", "settled"),
        CheckConstraint(f"(status in {_OPEN}) = (look_on is not null)", "open_has_day"),
        Index("ix_follow_up_open", "look_on", postgresql_where=text(f"status in {_OPEN}")),
    )


class MilestoneRow(Base):
    """Something that somebody did or came to feel, by a code of the list; what they said of it is sealed for them."""

    __tablename__ = "milestone"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    code: Mapped[str]
    happened_on: Mapped[date]
    words: Mapped[bytes | None]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))  # who wrote it
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
