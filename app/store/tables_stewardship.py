"""The steward's own tables: unmet need, the place's numbers, what stands in the way of help, entries that are one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class UnmetNeedRow(Base):
    """Nobody could help: the evidence that a place lacks something."""

    __tablename__ = "unmet_need"
    id: Mapped[UUID] = new_id()
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    need: Mapped[str]
    area: Mapped[str | None]  # the postcode district
    ward: Mapped[str | None]
    neighbourhood: Mapped[str | None]
    how: Mapped[str] = mapped_column(server_default="said")  # by a link worker, or found by the matching
    reasons: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # rule -> services it stood against
    recorded_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]  # help turned up after all, or the need was taken off
    __table_args__ = (CheckConstraint("how in ('said', 'found')", "how"),)


class PlaceRulesRow(Base):
    """The numbers that a place decided otherwise than the house does: by the fields' names of PlaceRules."""

    __tablename__ = "place_rules"
    place_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    numbers: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class PlaceChangeRow(Base):
    """One change of the place's numbers or of a neighbourhood: what it was, what it is, when and by whom."""

    __tablename__ = "place_change"
    id: Mapped[UUID] = new_id()
    subject: Mapped[str] = mapped_column(index=True)  # "rules", or a neighbourhood's typed code
    act: Mapped[str]
    detail: Mapped[dict[str, Any]]  # name -> [before, after], or the codes of areas
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class BlockageRow(Base):
    """What stood in the way of help; sealed, because people write names where none belong."""

    __tablename__ = "blockage"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)  # whose words
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    theme: Mapped[str]
    area: Mapped[str | None]  # a postcode district
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    words: Mapped[bytes | None]
    written_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    looked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    done: Mapped[bytes | None]  # what was done about it, sealed likewise


class BlockageReferralRow(Base):
    """For whose referral a blockage was written: a table by itself, so that the team alone can read it."""

    __tablename__ = "blockage_referral"
    blockage_id: Mapped[UUID] = mapped_column(ForeignKey("blockage.id"), primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)


class PutAsideRow(Base):
    """Something that could not be carried and that the steward lets rest, with the reason; it can be brought back."""

    __tablename__ = "set_aside"
    id: Mapped[UUID] = new_id()
    kind: Mapped[str]
    subject_id: Mapped[UUID]  # of the news, the message, the subscription, or what came in
    reason: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_set_aside_once", "kind", "subject_id", unique=True, postgresql_where=text("ended_at is null")
        ),
    )


class EntryPairRow(Base):
    """Two entries of the directory: the same one, where the first is kept, or not the same."""

    __tablename__ = "entry_pair"
    id: Mapped[UUID] = new_id()
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    decision: Mapped[str]
    status_before: Mapped[str | None]  # of the one that is not kept
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decision in ('same', 'apart')", "decision"),
        CheckConstraint("kept_id <> other_id", "two"),
        CheckConstraint("(decision = 'same') = (status_before is not null)", "same_has_status"),
        Index(
            "uq_entry_pair_kept_once",
            "other_id",
            unique=True,
            postgresql_where=text("decision = 'same' and undone_at is null"),
        ),
    )
