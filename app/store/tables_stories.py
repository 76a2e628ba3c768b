"""The tables of people's own stories with what they agreed to, and of the links that show a frozen pack to a funder."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from app.store.tables import Base, new_id


class StoryRow(Base):
    """What a person told an organisation, in their own words; without their recorded yes it is shown nowhere."""

    __tablename__ = "story"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[bytes | None]  # sealed with the person's key; gone once the yes was taken back
    told_as: Mapped[bytes | None]  # the name that the person wants to be told by, sealed likewise
    asked_by: Mapped[str | None]  # who asked the person
    agreed_on: Mapped[date | None]
    uses: Mapped[list[str]] = mapped_column(server_default="{}")  # app.domain.stories.Use
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint(
            "(agreed_on is null) = (asked_by is null) and (agreed_on is null) = (cardinality(uses) = 0)",
            "agreed_whole",
        ),
        CheckConstraint("uses <@ array['pack', 'public']", "uses_known"),
        CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by is null) and withdrawn_by in ('provider', 'person')",
            "withdrawn",
        ),
        CheckConstraint("withdrawn_at is null or (words is null and told_as is null)", "withdrawn_is_gone"),
    )


class FunderLinkRow(Base):
    """One funder's look at one pack: its numbers as they were on that day, of the code only the digest."""

    __tablename__ = "funder_link"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str]
    funder: Mapped[str]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    pack: Mapped[dict[str, Any]]  # app.domain.pack_frozen: numbers that were withheld are not in it
    story_ids: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid()), server_default="{}"
    )  # looked up at each visit
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    until_on: Mapped[date]  # its last day
    revoked_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime | None]  # the last time
