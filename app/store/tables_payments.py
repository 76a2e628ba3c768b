"""The tables of payments: what a payer agreed to pay for, and a line for each placement that reached it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id

_ENGAGEMENT = "engagement in ('accepted', 'first-session', 'sessions')"  # no outcome, no score


class PaymentTermsRow(Base):
    """What a payer pays for each person at a service; ended and never changed. Amounts in pence."""

    __tablename__ = "payment_terms"
    id: Mapped[UUID] = new_id()
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    amount: Mapped[int]
    overheads: Mapped[int]
    engagement: Mapped[str]
    sessions: Mapped[int | None]
    starts_on: Mapped[date]
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(_ENGAGEMENT, "engagement"),
        CheckConstraint("amount > 0 and overheads >= 0", "amounts"),
        CheckConstraint("(engagement = 'sessions') = (sessions is not null)", "sessions"),
        Index(  # what is paid for once runs once
            "ix_payment_terms_running_once",
            "service_id",
            "payer_id",
            "engagement",
            text("coalesce(sessions, 0)"),
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )


class PaymentLineRow(Base):
    """One payment for one placement, as its terms were; it names the referral's reference and nobody."""

    __tablename__ = "payment_line"
    id: Mapped[UUID] = new_id()
    terms_id: Mapped[UUID] = mapped_column(ForeignKey("payment_terms.id"))
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    reference: Mapped[str]
    due_on: Mapped[date]
    noted_at: Mapped[datetime]
    paid_on: Mapped[date | None]
    paid_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        UniqueConstraint("terms_id", "placement_id"),
        CheckConstraint("(paid_on is null) = (paid_by is null)", "paid_whole"),
    )
