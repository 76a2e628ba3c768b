"""The table of what link workers decided of two requests that may be for one person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class ReferralBondRow(Base):
    """Two referrals of one team: worked as one, where the first follows the second, or kept apart, and why."""

    __tablename__ = "referral_bond"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    decision: Mapped[str]
    reason: Mapped[str | None]  # a code, of what is kept apart
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decision in ('together', 'apart')", "decision"),
        CheckConstraint("(decision = 'apart') = (reason is not null)", "apart_has_reason"),
        CheckConstraint("referral_id <> other_id", "two"),
        Index(
            "uq_referral_bond_follows_one",
            "referral_id",
            unique=True,
            postgresql_where=text("decision = 'together' and undone_at is null"),
        ),
    )
