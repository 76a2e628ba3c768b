"""The tables of keeping the directory right: dials looked at, who was asked, what was said to have changed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class ServiceDialRow(Base):
    """When somebody last turned a service's dial or said that it stands right, and whose week its places are."""

    __tablename__ = "service_dial"
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    checked_at: Mapped[datetime | None]
    week: Mapped[date | None]  # the Monday of the week that the places left are counted in


class EntryChaseRow(Base):
    """One time that an organisation was asked about a service by e-mail; without one it could not be written to."""

    __tablename__ = "entry_chase"
    id: Mapped[UUID] = new_id()
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    kind: Mapped[str]
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail_message.id"))
    chased_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("kind in ('still-right', 'dial')", "kind"),
        Index("ix_entry_chase_service_id_chased_at", "service_id", "chased_at"),
    )


class EntryChangeRow(Base):
    """What an organisation says is not right any more; sealed, because people write names where none belong."""

    __tablename__ = "entry_change"
    id: Mapped[UUID] = new_id()
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)  # who said it
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    words: Mapped[bytes | None]
    told_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (Index("ix_entry_change_open", "told_at", postgresql_where=text("settled_at is null")),)
