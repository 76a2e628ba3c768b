"""What services are found by in words; triggers of the database keep it, so that no writer can forget."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class ServiceWordsRow(Base):
    """The words of a service, its provider and its venues: as written (without accents), and as their stems."""

    __tablename__ = "service_words"
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    plain: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)
    __table_args__ = (
        Index("ix_service_words_words", "words", postgresql_using="gin"),
        Index(
            "ix_service_words_plain",
            "plain",
            postgresql_using="gin",
            postgresql_ops={"plain": "gin_trgm_ops"},
        ),
    )
