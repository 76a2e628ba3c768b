"""What became of messages after they left: asked of the carrier until it knows, and shown without anybody's address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.store.crypto import Cell
from app.store.mail import TO_A_PERSON, key_of
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_mail import MailRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class Watched:
    """A message that has left and whose end is not known yet; `reference` is the carrier's own."""

    id: UUID
    reference: str
    sent_at: datetime
    referral_id: UUID | None
    purpose: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the steward sees it: never an address of a person's, and its words only where it never left."""

    id: UUID
    created_at: datetime
    channel: str
    to: str
    subject: str
    purpose: str
    template: str | None
    template_version: int | None
    organisation_name: str | None
    transport: str | None
    sent_at: datetime | None
    failed_at: datetime | None
    left_at: datetime | None
    delivery: str | None
    error: str | None
    attempts: int
    words: str | None = field(default=None, repr=False)


def list_due(tx: Tx, limit: int = 100) -> Sequence[Watched]:
    """Return what the carrier should be asked about now, the longest waiting first."""
    query = select(MailRow).where(MailRow.watch_on <= tx.now).order_by(MailRow.watch_on).limit(limit)
    return [
        Watched(row.id, row.transport_reference or "", row.sent_at or tx.now, row.referral_id, row.purpose)
        for row in tx.session.scalars(query)
    ]


def record_delivery(tx: Tx, mail_id: UUID, delivery: str | None, *, again_on: datetime | None) -> None:
    """Write what the carrier says of a message, and when it is asked again: never, once it knows."""
    row = _row(tx, mail_id)
    row.delivery, row.watch_on = delivery or row.delivery, again_on
    tx.session.flush()


def record_lost(tx: Tx, mail_id: UUID, delivery: str) -> bool:
    """Write that a message that had left did not arrive; False when that was known."""
    row = _row(tx, mail_id)
    if row.failed_at is not None:
        return False
    row.delivery, row.watch_on = delivery, None
    row.failed_at, row.last_error = tx.now, delivery
    tx.session.flush()
    return True


def keep_words(tx: Tx, mail_id: UUID, words: str) -> None:
    """Keep, sealed, the words of a message that was only shown; the caller has taken out what a link would open."""
    row = _row(tx, mail_id)
    key = key_of(tx, row)
    row.body = tx.cipher.seal(key, Cell("mail_message", "body", row.id), words)


def list_page(tx: Tx, *, page: int) -> tuple[Sequence[Shown], int]:
    """Return a page of all messages, the newest first, and how many there are."""
    query = (
        select(MailRow, OrganisationRow.name)
        .outerjoin(OrganisationRow, OrganisationRow.id == MailRow.organisation_id)
        .order_by(MailRow.created_at.desc(), MailRow.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    total = tx.session.scalar(select(func.count()).select_from(MailRow)) or 0
    return [_shown(tx, row, name) for row, name in tx.session.execute(query)], total


def _shown(tx: Tx, row: MailRow, organisation_name: str | None) -> Shown:
    words = None
    if row.transport == "shown" and row.body is not None:
        with tx.as_system("mail") as system_tx:  # whoever reads the list sees nobody's record, nor their key
            key = key_of(system_tx, row)
        words = tx.cipher.open_text(key, Cell("mail_message", "body", row.id), row.body)
    return Shown(
        id=row.id,
        created_at=row.created_at,
        channel=row.channel,
        to=row.to_address or TO_A_PERSON,
        subject=row.subject,
        purpose=row.purpose,
        template=row.template,
        template_version=row.template_version,
        organisation_name=organisation_name,
        transport=row.transport,
        sent_at=row.sent_at,
        failed_at=row.failed_at,
        left_at=row.left_at,
        delivery=row.delivery,
        error=row.last_error,
        attempts=row.attempts,
        words=words,
    )


def _row(tx: Tx, mail_id: UUID) -> MailRow:
    row = tx.session.get(MailRow, mail_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row
