"""The table of what people chose to say of themselves: sealed, for their team and themselves alone to read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class CharacteristicRow(Base):
    """One person's answer to one question, as one team keeps it."""

    __tablename__ = "person_characteristic"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    question: Mapped[str]
    said: Mapped[bytes | None]  # codes and own words, sealed with the person's key; null: taken back
    said_by: Mapped[str]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("person_id", "team_id", "question"),
        CheckConstraint("said_by in ('person', 'link-worker')", "said_by"),
    )
