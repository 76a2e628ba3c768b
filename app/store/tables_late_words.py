"""The table of what groups tell of help that the link worker had ended already."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class LateWordRow(Base):
    """What came of a placement that was taken back, as its group told it later, and what the team made of it."""

    __tablename__ = "late_word"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"))
    state: Mapped[str]
    words: Mapped[bytes | None]  # sealed with the person's key
    named: Mapped[bytes | None]  # sealed likewise: who told it, by a safe link or on the telephone
    told_at: Mapped[datetime]
    told_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # none by a safe link
    entered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    settled_as: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        UniqueConstraint("placement_id"),
        CheckConstraint(
            "state in ('better', 'no-change', 'worse', 'did-not-engage', 'could-not-reach', 'not-asked',"
            " 'not-known')",
            "state",
        ),
        CheckConstraint("settled_as in ('passed-on', 'left')", "settled_as"),
    )
