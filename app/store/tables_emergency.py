"""The tables of looks at records in an emergency, and of unusual looks that the audit shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class EmergencyAccessRow(Base):
    """One person's record opened to one link worker for a short time; reviewed by somebody else, once."""

    __tablename__ = "emergency_access"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # for which they acted
    reason: Mapped[str]
    words: Mapped[bytes | None]  # why, in their own words, sealed with the person's key
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # earlier than planned where they closed it
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    verdict: Mapped[str | None]
    note: Mapped[bytes | None]  # what the reviewer found, sealed likewise
    __table_args__ = (
        CheckConstraint("(reviewed_at is null) = (verdict is null)", "reviewed"),
        CheckConstraint("reviewed_by is distinct from user_id", "by_another"),
        Index("ix_emergency_access_opened_at", "opened_at"),
        Index("ix_emergency_access_user_id", "user_id", "opened_at"),
    )


class LookAlertRow(Base):
    """Something unusual that the audit shows of one account in one hour or day: a plain count, never a score."""

    __tablename__ = "look_alert"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    count: Mapped[int]
    from_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    verdict: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(reviewed_at is null) = (verdict is null)", "reviewed"),
        Index(
            "uq_look_alert_once",
            "kind",
            "user_id",
            "from_at",
            "person_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_look_alert_open", "noted_at", postgresql_where=text("reviewed_at is null")),
    )
