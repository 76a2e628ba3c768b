"""The table of questionnaires that the steward took up on a page: each file as it came, and whether it is in use."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class MeasureFileRow(Base):
    """One file: its content never changes, a new version is a new row."""

    __tablename__ = "measure_file"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    code: Mapped[str]
    version: Mapped[str]
    content: Mapped[str]  # in our own form, TOML
    state: Mapped[str]
    taken_up_at: Mapped[datetime]
    taken_up_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        UniqueConstraint("kind", "code", "version"),
        CheckConstraint("kind in ('measure', 'words', 'framework')", "kind"),
        CheckConstraint("state in ('kept', 'in-use', 'withdrawn')", "state"),
    )
