"""The tables that see to it that nothing waits unseen: who was told, what was put off, and what was proved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class EscalationRow(Base):
    """One rung of a ladder: who was told of what waited, when, and when it was settled. Ids and codes only."""

    __tablename__ = "escalation"
    id: Mapped[UUID] = new_id()
    matter: Mapped[str]
    subject_id: Mapped[UUID]  # the placement's id, or the referral's
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    due_at: Mapped[datetime]
    rung: Mapped[int]
    told: Mapped[str]
    presses: Mapped[bool]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_how: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("subject_id", "matter", "due_at", "rung"),  # each rung once
        CheckConstraint("matter in ('next-action', 'answer', 'first-contact', 'review')", "matter"),
        CheckConstraint("told in ('provider', 'owner', 'team', 'steward', 'practice')", "told"),
        CheckConstraint("settled_how in ('moved-on', 'provider-said')", "settled_how"),
        CheckConstraint("(settled_at is null) = (settled_how is null)", "settled_whole"),
        Index("ix_escalation_open", "team_id", postgresql_where=text("settled_at is null")),
    )


class SnoozeRow(Base):
    """A routine referral whose reminders were put off until a day, by whom and why."""

    __tablename__ = "snooze"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    until_on: Mapped[date]
    reason: Mapped[str]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # before its day: another was made, or the referral became urgent
    __table_args__ = (
        CheckConstraint(
            "reason in ('agreed-with-person', 'agreed-with-provider', 'person-away', 'waiting-for-others')",
            "reason",
        ),
    )


class InvariantRunRow(Base):
    """One proof that nobody is forgotten: how much was looked at, and the breaches as codes and ids."""

    __tablename__ = "invariant_run"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(index=True)
    checked: Mapped[int]
    breaches: Mapped[list[dict[str, Any]]]
