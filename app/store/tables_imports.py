"""What importing a directory leaves behind: where each field came from, and the rows that could not be taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class FieldOriginRow(Base):
    """What a source last said of one field: what differs from it now was changed here."""

    __tablename__ = "field_origin"
    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB, nullable=False)
    imported_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("subject in ('organisation', 'service', 'venue')", "subject"),)


class SetAsideRow(Base):
    """A row as it came, with all that is wrong with it; settled when its service came again and could be taken."""

    __tablename__ = "import_set_aside"
    id: Mapped[UUID] = new_id()
    source: Mapped[str]
    digest: Mapped[str]  # of the row: the same one is kept once
    external_id: Mapped[str | None]
    raw: Mapped[str]  # JSON as text: the database's own JSON refuses some of what may come
    problems: Mapped[list[dict[str, Any]]]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("source", "digest"),
        Index("ix_import_set_aside_external_id", "source", "external_id"),
    )
