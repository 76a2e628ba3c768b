"""The table of the national checks for opt-outs: when each was asked and answered, in numbers; nobody stands in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class NationalCheckRow(Base):
    """One question to the national check: of how many, under which name it travels, what came of it."""

    __tablename__ = "national_check"
    id: Mapped[UUID] = new_id()
    asked_at: Mapped[datetime]
    asked: Mapped[int]
    reference: Mapped[str | None]  # the carrier's own name of the message, once it took it
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    settled_at: Mapped[datetime | None]
    opted_out: Mapped[int | None]
    problem: Mapped[str | None]  # a code: why there is no good answer
    __table_args__ = (CheckConstraint("problem in ('overdue', 'unreadable', 'not-taken')", "problem"),)
