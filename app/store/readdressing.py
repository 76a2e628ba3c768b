"""Messages to a person that wait to be sent, by where they go: sent elsewhere, or stopped, when that was put right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import select

from app.store.crypto import DESTROYED, Cell
from app.store.mail import Mail, key_of
from app.store.session import Tx
from app.store.tables_mail import MailRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not left, with the way and the address."""

    id: UUID
    channel: str
    to: str = field(repr=False)


def list_waiting(tx: Tx, referral_ids: Collection[UUID]) -> Sequence[Waiting]:
    """Return the messages to the person of these referrals that may still leave, with the person's gate shut."""
    query = select(MailRow).where(
        MailRow.referral_id.in_(referral_ids),
        MailRow.to_person.is_not(None),
        MailRow.sent_at.is_(None),
        MailRow.left_at.is_(None),
    )
    rows = tx.session.scalars(query.order_by(MailRow.id).with_for_update()).all()
    return [Waiting(row.id, row.channel, _to(tx, row)) for row in rows]


def record(tx: Tx, mail_id: UUID, to: str) -> None:
    """Send a message to another address: as one that was never tried, for the first one is not to be asked about."""
    row = tx.session.get_one(MailRow, mail_id)
    row.to_person = tx.cipher.seal(key_of(tx, row), _cell(row), to)
    row.reference, row.was_tried, row.leased_until = uuid4(), False, None
    tx.session.flush()


def is_still_to(tx: Tx, letter: Mail) -> bool:
    """Tell whether a leased message still goes where it went when it was taken; to be asked with the gate held."""
    row = tx.session.get_one(MailRow, letter.id, populate_existing=True)
    return row.failed_at is None and (row.to_person is None or _to(tx, row) == letter.to)


def _to(tx: Tx, row: MailRow) -> str:
    key = key_of(tx, row)
    return "" if key is DESTROYED else tx.cipher.open_text(key, _cell(row), row.to_person) or ""


def _cell(row: MailRow) -> Cell:
    return Cell("mail_message", "to_person", row.id)
