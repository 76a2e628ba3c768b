"""The tables of a cohort's file: its rows wait sealed until each was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class CohortRow(Base):
    """A file of referrals as somebody checked it: for which requester, by which organisation, how far it has come."""

    __tablename__ = "cohort"
    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    uploaded_for: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )  # whose staff it was
    status: Mapped[str]  # checked, sending, ended
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    asked_by: Mapped[bytes]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("status in ('checked', 'sending', 'ended')", "status"),
        Index("ix_cohort_sending", "sent_at", postgresql_where=text("status = 'sending'")),
    )


class CohortLineRow(Base):
    """One row of the file: what it asks for, sealed until it was sent, and what has become of it."""

    __tablename__ = "cohort_line"
    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # as the spreadsheet counts
    status: Mapped[str]  # wrong, ready, taken, known, refused
    request_id: Mapped[UUID | None]  # keyed: the same person of the same cohort has the same one
    number_id: Mapped[UUID | None] = mapped_column(index=True)  # keyed likewise, by the NHS number alone
    names_id: Mapped[UUID | None] = mapped_column(index=True)  # and by the names and the birth date alone
    asked: Mapped[bytes | None]  # let go when it was sent
    problems: Mapped[list[dict[str, Any]]]  # where and what, never the value
    attempts: Mapped[int] = mapped_column(server_default="0")
    reference: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("status in ('wrong', 'ready', 'taken', 'known', 'refused')", "status"),
        CheckConstraint("(status = 'ready') = (asked is not null)", "asked_while_ready"),
    )
