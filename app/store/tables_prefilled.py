"""The table of referrals that a practice's system has begun: who it is about, until somebody opens the page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class PrefilledRow(Base):
    """A person as the practice's own system told them, sealed; gone a little after its page no longer opens."""

    __tablename__ = "prefilled_referral"
    id: Mapped[UUID] = new_id()
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    person: Mapped[bytes]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
