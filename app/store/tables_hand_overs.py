"""The table of what was said when a referral was handed over, and of the day on which it is to come back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class HandOverRow(Base):
    """A word to whoever took a referral over, and until when: it stands until the referral is handed over again."""

    __tablename__ = "hand_over"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    from_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # none: the team's duty
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    words: Mapped[bytes | None]  # sealed with the person's key
    back_on: Mapped[date | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]  # when the team had its task, on the day or after it
    settled_at: Mapped[datetime | None]
