"""What a placement gathers while help goes on: the register of its sessions, and the wish to pass somebody on."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id
from app.store.tables_care import PlacementRow

_OPEN = "('offered', 'opened', 'information-requested', 'accepted', 'waitlisted', 'started', 'paused')"
# Never two open placements of one referral at one service.
Index(
    "ix_placement_open_once",
    PlacementRow.referral_id,
    PlacementRow.service_id,
    unique=True,
    postgresql_where=text(f"status in {_OPEN}"),
)


class AttendanceRow(Base):
    """What was said of one person at one session, append-only: a correction is the next number, the last one counts."""

    __tablename__ = "attendance"
    id: Mapped[UUID] = new_id()
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    held_on: Mapped[date]
    number: Mapped[int]
    answer: Mapped[str]
    note: Mapped[bytes | None]  # sealed with the person's key
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("placement_id", "held_on", "number"),
        CheckConstraint("answer in ('came', 'did-not-come', 'told-us')", "answer"),
    )


class OnwardRow(Base):
    """A provider's wish to pass somebody on, or a word to the person where else to go, and what became of it."""

    __tablename__ = "onward"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))  # as suggested, or told of
    reason: Mapped[bytes | None]  # sealed with the person's key
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind in ('referred', 'signposted')", "kind"),
        CheckConstraint("state in ('proposed', 'taken-up', 'not-taken-up', 'told')", "state"),
        CheckConstraint("(kind = 'signposted') = (state = 'told')", "signposts_are_told"),
    )
