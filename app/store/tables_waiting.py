"""What stands beside a placement until help begins: its place on a waiting list, and the provider's questions."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class WaitingPlaceRow(Base):
    """Since when a placement is on its service's list, and how long the provider expects for this person.

    Its position is nowhere: it follows from the urgency and the time of joining of all that wait.
    """

    __tablename__ = "waiting_place"
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), primary_key=True)
    joined_at: Mapped[datetime]
    wait_weeks: Mapped[int | None]  # said for this person; without it the service's own wait counts
    wait_said_on: Mapped[date | None]  # from which day those weeks count
    __table_args__ = (
        CheckConstraint("wait_weeks between 0 and 104", "wait_weeks"),
        CheckConstraint("(wait_weeks is null) = (wait_said_on is null)", "wait_whole"),
    )


class QuestionRow(Base):
    """What a provider asks before it answers an offer, and what the link worker answers; both sealed for the person."""

    __tablename__ = "question"
    id: Mapped[UUID] = new_id()
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    asked: Mapped[bytes | None]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    days_left: Mapped[int]  # working days to answer the offer in, when the clock was stopped
    answer: Mapped[bytes | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
