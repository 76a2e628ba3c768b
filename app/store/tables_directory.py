"""The directory's tables beside organisation and service: public facts, none of them about a person."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class ProfileRow(Base):
    """What the directory tells of a provider."""

    __tablename__ = "organisation_profile"
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    legal_form: Mapped[str] = mapped_column(server_default="unconstituted")
    charity_number: Mapped[str | None]
    description: Mapped[str] = mapped_column(server_default="")
    led_by: Mapped[list[str]] = mapped_column(server_default="{}")
    size: Mapped[str] = mapped_column(server_default="volunteers-only")
    host_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    phone: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    verified_on: Mapped[date | None]
    verified_by: Mapped[str | None]
    source: Mapped[str] = mapped_column(server_default="own")
    external_id: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())  # kept by a trigger
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("host_id <> organisation_id", "host_is_another"),
    )


class AssuranceRow(Base):
    """What an organisation has shown of how it keeps people safe; a newer row follows, a mistake is taken back."""

    __tablename__ = "assurance"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    checked_on: Mapped[date]
    checked_by: Mapped[str]
    taken_back_on: Mapped[date | None]  # written down by mistake: it counts no more
    __table_args__ = (
        CheckConstraint(
            "kind in ('safeguarding', 'insurance', 'dbs', 'data-protection', 'health-and-safety')", "kind"
        ),
        CheckConstraint("valid_until >= valid_from", "ends_after_it_begins"),
    )


class VenueRow(Base):
    """Where sessions happen; also a host's place, or none that one travels to."""

    __tablename__ = "venue"
    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="physical")
    address_lines: Mapped[list[str]] = mapped_column(server_default="{}")
    postcode: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    access: Mapped[list[str]] = mapped_column(server_default="{}")
    host_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    source: Mapped[str] = mapped_column(server_default="own")
    external_id: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("kind in ('physical', 'virtual', 'postal')", "kind"),
        CheckConstraint("(latitude is null) = (longitude is null)", "point_whole"),
        CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", "point_range"),
    )


class ServiceSessionRow(Base):
    """When and where a service meets."""

    __tablename__ = "service_session"
    id: Mapped[UUID] = new_id()
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    venue_id: Mapped[UUID | None] = mapped_column(ForeignKey("venue.id"), index=True)
    weekday: Mapped[str]
    starts: Mapped[time]
    ends: Mapped[time]
    repeats: Mapped[str] = mapped_column(server_default="weekly")
    note: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (
        CheckConstraint(
            "weekday in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')",
            "weekday",
        ),
        CheckConstraint("repeats in ('weekly', 'monthly')", "repeats"),
    )


class TermRow(Base):
    """A category of a published taxonomy, and the needs of ours that somebody said it means."""

    __tablename__ = "taxonomy_term"
    taxonomy: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent: Mapped[str | None]
    needs: Mapped[list[str] | None]  # nothing was said; empty: none of ours
