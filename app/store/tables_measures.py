"""The table of questionnaires as they were answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class MeasureRow(Base):
    """A measure as answered, or left out with a reason: before, after, or months after."""

    __tablename__ = "measure_response"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    measure: Mapped[str]
    phase: Mapped[str]
    answers: Mapped[dict[str, Any]]
    taken_on: Mapped[date]
    recorded_at: Mapped[datetime]
    version: Mapped[str] = mapped_column(server_default="1")
    months: Mapped[int | None]  # after the end of help, of a follow-up
    said_by: Mapped[str] = mapped_column(server_default="provider")
    way: Mapped[str] = mapped_column(server_default="page")
    skipped: Mapped[str | None]  # the code of the reason; there are no answers then
    words: Mapped[bytes | None]  # what the person wrote to items of their own words, by item, sealed
