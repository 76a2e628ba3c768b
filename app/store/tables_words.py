"""The table of what each practice has said of a person: what one said is not told to another."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class PersonWordRow(Base):
    """A person in the words of one practice, sealed with the person's key; found by the number that it gave."""

    __tablename__ = "person_word"
    __table_args__ = (
        Index("ix_person_word_practice_id_nhs_number_index", "practice_id", "nhs_number_index"),
        Index("uq_person_word_person_id_practice_id", "person_id", "practice_id", unique=True),
    )
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    practice_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    nhs_number_index: Mapped[bytes | None]  # of a confirmed identity alone, as the person's own
    words: Mapped[bytes | None]
    heard: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # as of a person, of its own messages
    updated_at: Mapped[datetime]
