"""The table of the words by which people are asked for their consent: a row for each version, never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class ConsentWordingRow(Base):
    """A version that a steward wrote; the first of each kind comes with the program and stands in no row."""

    __tablename__ = "consent_wording"
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str]
    words: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        CheckConstraint(
            "kind in ('share-with-provider', 'secondary-use', 'follow-up', 'contact', 'research')", "kind"
        ),
        CheckConstraint("version > 1", "version"),
    )
