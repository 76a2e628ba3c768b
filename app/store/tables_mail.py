"""The tables of messages that go out, and of the links in them: a link's code is kept as its digest only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class MailRow(Base):
    """An e-mail, a text or a letter to an organisation, to staff, or to a person; sealed until it has gone."""

    __tablename__ = "mail_message"
    id: Mapped[UUID] = new_id()
    to_address: Mapped[str | None]  # none: an address or number that is sealed like the text
    subject: Mapped[str]
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    to_person: Mapped[bytes | None]
    body: Mapped[bytes | None]  # both are taken away once it is sent or left
    purpose: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # somebody has looked at the failure and let it be
    channel: Mapped[str] = mapped_column(server_default="email")
    template: Mapped[str | None]  # its code and version; none: words made for the moment
    template_version: Mapped[int | None]
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"), index=True)  # of a person's
    # about which offer it is, to whoever was asked: looked at once more when it leaves
    placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"), index=True)
    reference: Mapped[UUID] = mapped_column(default=uuid4)  # what the carrier knows it by, at every attempt
    was_tried: Mapped[bool] = mapped_column(
        server_default="false"
    )  # it may have gone: ask before sending again
    transport: Mapped[str | None]  # smtp, notify or shown: by what it went
    transport_reference: Mapped[str | None]
    delivery: Mapped[str | None]  # what the carrier said last of its arrival
    watch_on: Mapped[datetime | None]  # when the carrier is asked again
    __table_args__ = (
        CheckConstraint("to_address is null or to_person is null", "to_one"),
        CheckConstraint("to_address ~ '^[!-?A-~]+@[!-?A-~]+$'", "to_address"),
        CheckConstraint("subject !~ '[[:cntrl:]]'", "subject"),
        CheckConstraint("channel in ('text', 'email', 'letter')", "channel"),
        CheckConstraint("transport in ('smtp', 'notify', 'shown')", "transport"),
        Index("ix_mail_message_watch", "watch_on", postgresql_where=text("watch_on is not null")),
        Index(
            "ix_mail_message_due", "due_at", postgresql_where=text("sent_at is null and failed_at is null")
        ),
    )


class LinkRow(Base):
    """A link for somebody without a sign-in: what it opens, for which organisation, and until when."""

    __tablename__ = "one_tap_link"
    id: Mapped[UUID] = new_id()
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")  # since `tries_since`: forms sent through it
    tries_since: Mapped[datetime | None]
    helper_id: Mapped[UUID | None] = mapped_column(ForeignKey("link_helper.id"))  # whose a safe link is
