"""The tables of safe links: who of a group gets them, whether it wants them, and the visits that they open."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class LinkHelperRow(Base):
    """Somebody of a group with two channels that the steward verified: one for the link, one for the six digits."""

    __tablename__ = "link_helper"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    link_to: Mapped[str]
    code_kind: Mapped[str]
    code_to: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    verified_on: Mapped[date | None]
    verified_how: Mapped[str | None]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    locked_at: Mapped[datetime | None]  # too many wrong digits: the steward looks first
    removed_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("code_kind in ('email', 'text')", "code_kind"),
        CheckConstraint("link_to <> code_to", "two_channels"),
        CheckConstraint("(verified_on is null) = (verified_how is null)", "verified_whole"),
        CheckConstraint("(verified_on is null) = (verified_by is null)", "verified_by_somebody"),
    )


class LinksOffRow(Base):
    """An organisation that wants no safe links, for as long as its row has no end."""

    __tablename__ = "links_off"
    id: Mapped[UUID] = new_id()
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    off_at: Mapped[datetime]
    off_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    on_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_links_off_organisation_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("on_at is null"),
        ),
    )


class KeptLinkFormRow(Base):
    """What a helper had typed when their visit ran out, for the next one to the same offer: sealed, theirs alone."""

    __tablename__ = "kept_link_form"
    id: Mapped[UUID] = new_id()
    helper_id: Mapped[UUID] = mapped_column(ForeignKey("link_helper.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    body: Mapped[bytes]  # where it stood and what was typed
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LinkVisitRow(Base):
    """A visit that a safe link opened: of its cookie only the digest, of the six digits only what needs the cookie."""

    __tablename__ = "link_visit"
    id: Mapped[UUID] = new_id()
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("one_tap_link.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    helper_id: Mapped[UUID] = mapped_column(ForeignKey("link_helper.id"), index=True)
    started_at: Mapped[datetime]
    code_hash: Mapped[bytes | None]
    code_until: Mapped[datetime | None]
    codes_sent: Mapped[int] = mapped_column(server_default="0")
    tries: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime | None]  # the digits were right
    named: Mapped[str | None]  # who they said they are
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
