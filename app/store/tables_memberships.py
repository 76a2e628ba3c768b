"""The table of what groups let their consortium or anchor organisation do for them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class MembershipRow(Base):
    """One agreement; it is ended and never changed, a new one follows. The policies of placements look at it."""

    __tablename__ = "membership"
    id: Mapped[UUID] = new_id()
    anchor_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    kinds: Mapped[list[str]]
    agreed_on: Mapped[date]
    agreed_by: Mapped[str]
    agreed_how: Mapped[str]
    until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("anchor_id <> member_id", "two"),
        CheckConstraint(
            "kinds <@ array['see', 'record', 'directory'] and cardinality(kinds) > 0", "kinds_known"
        ),
        CheckConstraint("agreed_how in ('phone', 'meeting', 'letter', 'email')", "agreed_how"),
        CheckConstraint(
            "(ended_at is null) = (ended_by is null) and ended_by in ('member', 'anchor', 'steward')", "ended"
        ),
        Index(
            "uq_membership_one_runs",
            "anchor_id",
            "member_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )
