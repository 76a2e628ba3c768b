"""The tables of projects that work with the dataset: what was asked, each step taken, and tokens as hashes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class ProjectRow(Base):
    """A project as it stands; `member_ids` repeats whose accounts the papers name, for the policies to look at."""

    __tablename__ = "project"
    id: Mapped[UUID] = new_id()
    place_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    status: Mapped[str]
    round: Mapped[int] = mapped_column(server_default="1")
    papers: Mapped[dict[str, Any]]
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    agreement: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(
            "status in ('draft', 'submitted', 'approved', 'refused', 'withdrawn', 'ended')", "status"
        ),
    )


class ProjectStepRow(Base):
    """One step of a project, with what it asked for at that moment; never changed, never removed."""

    __tablename__ = "project_step"
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    round: Mapped[int]
    decides_as: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    papers: Mapped[dict[str, Any]]
    agreement: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    __table_args__ = (
        CheckConstraint(
            "act in ('asked', 'submitted', 'changed', 'agreement', 'approved', 'refused', 'withdrawn', 'ended')",
            "act",
        ),
        CheckConstraint(
            "act <> 'approved' or (by_id is not null and decides_as in ('steward', 'guardian'))",
            "approved_by",
        ),
    )


class ProjectTokenRow(Base):
    """A token with which somebody's programs read the dataset for a project, kept as its SHA-256 only."""

    __tablename__ = "project_token"
    id: Mapped[UUID] = new_id()
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
