"""The table of what a referral was, version by version: what its resource shows that changes in its life."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class ReferralVersionRow(Base):
    """A referral as one change left it; written by a trigger, whoever changes it, and never changed again."""

    __tablename__ = "referral_version"
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_in: Mapped[str]  # the transaction: of the versions of one, only the last was ever seen
    status: Mapped[str]
    end_reason: Mapped[str | None]
    needs: Mapped[list[str]]
    priority: Mapped[str]
    reason: Mapped[bytes | None]  # sealed as the referral's own, whose words it was
    at: Mapped[datetime]
