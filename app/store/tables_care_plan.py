"""The tables of people's care and support plans: every version whole, and which goals which provider may read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class CarePlanRow(Base):
    """One version of one referral's plan; a later one follows, none is changed."""

    __tablename__ = "care_plan"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    team_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id")
    )  # so that its policy needs no other table
    version: Mapped[int]
    plan: Mapped[bytes | None]  # sealed with the person's key
    how: Mapped[str]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("referral_id", "version"),
        CheckConstraint("how in ('with', 'for', 'own-link')", "how"),
        CheckConstraint("version >= 1", "version"),
    )


class SharedGoalRow(Base):
    """One goal that the person agreed one provider may read, in the words that they agreed to."""

    __tablename__ = "shared_goal"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"))
    goal_id: Mapped[UUID]
    words: Mapped[bytes | None]  # sealed with the person's key; gone once it is taken back
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("ended_at is null or words is null", "ended_is_gone"),
        Index(
            "uq_shared_goal_running",
            "placement_id",
            "goal_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )
