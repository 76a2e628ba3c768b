"""The tables of people's rights: requests for all that is kept, and what was withheld from an answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class SubjectAccessRow(Base):
    """A request for all that a team keeps of a person, and the answer as it was released, sealed for the person."""

    __tablename__ = "subject_access"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(
        ForeignKey("referral.id")
    )  # by which it was asked, and is answered
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    asked_how: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))  # who wrote it down
    due_on: Mapped[date]
    body: Mapped[bytes | None]  # the bundle as it was released, sealed with the person's key
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        CheckConstraint("status in ('asked', 'released')", "status"),
        CheckConstraint("(status = 'released') = (released_at is not null)", "released"),
        Index(
            "uq_subject_access_open",
            "person_id",
            "team_id",
            unique=True,
            postgresql_where=text("status = 'asked'"),
        ),
    )


class AccessWithheldRow(Base):
    """A piece that somebody withheld, and why: by its name in the bundle, never its value."""

    __tablename__ = "access_withheld"
    id: Mapped[UUID] = new_id()
    access_id: Mapped[UUID] = mapped_column(ForeignKey("subject_access.id"), index=True)
    piece: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_access_withheld_piece",
            "access_id",
            "piece",
            unique=True,
            postgresql_where=text("undone_at is null"),
        ),
    )


class ErasureRow(Base):
    """A line of the ledger of erasures, append-only: numbers alone, so that it outlives what it tells of."""

    __tablename__ = "erasure"
    id: Mapped[UUID] = new_id()  # the certificate's number
    person_id: Mapped[UUID] = mapped_column(index=True)
    why: Mapped[str]
    erased_at: Mapped[datetime]
    rows: Mapped[dict[str, Any]]  # of which table how many
