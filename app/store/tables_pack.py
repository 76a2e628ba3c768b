"""The tables behind an evaluation: what funders gave for, and how many people of which kind live in the area."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from app.store.tables import Base, new_id


class FunderGrantRow(Base):
    """A funder's grant to an organisation: from when to when, and for which of its services (none: for all)."""

    __tablename__ = "funder_grant"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    funder: Mapped[str]
    title: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    service_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # put away: it is offered as a choice no more
    __table_args__ = (CheckConstraint("ends_on >= starts_on", "ends_after_it_begins"),)


class PopulationRow(Base):
    """How many people of a group live in an area, as published; nobody here is a person of ours."""

    __tablename__ = "population"
    area: Mapped[str] = mapped_column(primary_key=True)  # typed: "ward:E05009367"
    kind: Mapped[str] = mapped_column(primary_key=True)  # "age", "gender", "everybody", ...
    of_group: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int]
    __table_args__ = (CheckConstraint("people >= 0", "people"),)
