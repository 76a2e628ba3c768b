"""Messages that wait to be sent: written with the change they tell of, leased by whoever sends them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select

from app.domain.errors import Conflict, NotFound
from app.store import person_keys
from app.store.crypto import DESTROYED, Cell, DataKey
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_mail import MailRow

LEASE = timedelta(seconds=60)  # longer than the longest attempt
TO_A_PERSON = "a person"  # in place of an address that is kept sealed, for whoever looks at what failed
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Mail:
    """A leased message, opened for sending; `attempts` were made before this one.

    `repeated`: it may have gone, and whoever sends it asks the carrier for its `reference` first. `referral_id` is of
    the person whom it is for, where it is for one; `placement_id` is the offer that a group is told of.
    """

    id: UUID
    to: str
    subject: str
    text: str = field(repr=False)
    attempts: int
    channel: str = EMAIL
    reference: str = ""
    repeated: bool = False
    referral_id: UUID | None = None
    purpose: str = ""
    placement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FailedMail:
    """A letter that could not be delivered: to whom, why, since when; never its text, nor a person's address.

    One that had left and did not arrive cannot be sent again: its words are kept no longer.
    """

    id: UUID
    to: str
    subject: str
    organisation_name: str | None
    error: str
    failed_at: datetime
    can_be_sent: bool = True


def add(tx: Tx, values: dict[str, Any], body: str, *, to_person: str | None = None) -> UUID:
    """Write a letter to send, its text sealed under a key of its own, and so a person's address.

    A letter about a person goes with that person's key: its own is wrapped by theirs.
    """
    mail_id = uuid4()
    person = person_keys.find_of_message(tx, values.get("referral_id"), values.get("placement_id"))
    key = person_keys.new_for_row(tx, mail_id, person)
    tx.session.add(
        MailRow(
            id=mail_id,
            data_key=key.wrapped,
            key_id=key.key_id,
            body=tx.cipher.seal(key, Cell("mail_message", "body", mail_id), body),
            to_person=tx.cipher.seal(key, Cell("mail_message", "to_person", mail_id), to_person),
            created_at=tx.now,
            due_at=tx.now,
            **values,
        )
    )
    tx.session.flush()
    return mail_id


def list_due(tx: Tx, limit: int = 100) -> Sequence[UUID]:
    """Return the letters that should be sent now and are in nobody's hands, the longest due first."""
    return tx.session.scalars(
        select(MailRow.id).where(*_due(tx)).order_by(MailRow.due_at, MailRow.id).limit(limit)
    ).all()


def lease(tx: Tx, mail_id: UUID) -> Mail | None:
    """Take a letter in hand for a minute; None when it is not due, gone, or in another process's hands."""
    found = select(MailRow).where(MailRow.id == mail_id, *_due(tx)).with_for_update(skip_locked=True)
    row = tx.session.scalars(found).first()
    if row is None:
        return None
    row.leased_until = tx.session.scalars(select(func.clock_timestamp())).one() + LEASE
    repeated, row.was_tried = row.was_tried, True
    key = key_of(tx, row)
    if key is DESTROYED:
        record_held_back(tx, mail_id, "erased")
        return None
    body = tx.cipher.open_text(key, Cell("mail_message", "body", row.id), row.body) or ""
    person = tx.cipher.open_text(key, Cell("mail_message", "to_person", row.id), row.to_person)
    return Mail(
        row.id,
        row.to_address or person or "",
        row.subject,
        body,
        row.attempts,
        row.channel,
        str(row.reference),
        repeated,
        row.referral_id,
        row.purpose,
        row.placement_id,
    )


def key_of(tx: Tx, row: MailRow) -> DataKey:
    """Return the key of a letter, DESTROYED where the person whom it is about was erased."""
    person = person_keys.find_of_message(tx, row.referral_id, row.placement_id)
    return person_keys.open_for_row(tx, row.id, row.data_key, row.key_id, person)


def record_sent(
    tx: Tx, mail_id: UUID, *, transport: str = "smtp", reference: str = "", watch_on: datetime | None = None
) -> None:
    """The carrier took it; what it said is kept no longer, because links stood in it.

    `reference` is the carrier's own, and `watch_on` when it is asked what became of it.
    """
    row = _row(tx, mail_id)
    row.sent_at, row.body, row.leased_until, row.last_error = tx.now, None, None, None
    row.to_person = None
    row.transport, row.transport_reference, row.watch_on = transport, reference or None, watch_on
    row.attempts += 1


def record_held_back(tx: Tx, mail_id: UUID, reason: str) -> None:
    """It does not leave: the person must not be written to any more. Address and words are gone; nobody need look."""
    row = _row(tx, mail_id)
    row.failed_at, row.left_at, row.leased_until = tx.now, tx.now, None
    row.last_error, row.body, row.to_person = f"held-back-{reason}", None, None


def record_retry(tx: Tx, mail_id: UUID, error: str, *, again_in: timedelta) -> None:
    """Put it back for later."""
    row = _row(tx, mail_id)
    row.due_at, row.leased_until, row.last_error = tx.now + again_in, None, error
    row.attempts += 1


def record_failed(tx: Tx, mail_id: UUID, error: str) -> None:
    """It is not tried any more: a person must look."""
    row = _row(tx, mail_id)
    row.failed_at, row.leased_until, row.last_error = tx.now, None, error
    row.attempts += 1


def record_again(tx: Tx, mail_id: UUID) -> None:
    """Try a failed letter again from the beginning; raises NotFound, Conflict when it has not failed."""
    row = _failed_row(tx, mail_id)
    if row.body is None:
        raise Conflict(
            "It went out and did not arrive. Its words are kept no longer: write again, another way."
        )
    row.failed_at, row.due_at, row.attempts = None, tx.now, 0


def record_left(tx: Tx, mail_id: UUID) -> None:
    """Let a failed letter be; raises NotFound, Conflict when it has not failed."""
    row = _failed_row(tx, mail_id)
    row.left_at, row.body, row.to_person = tx.now, None, None


def list_failed(tx: Tx) -> Sequence[FailedMail]:
    """Return the letters that nobody has looked at since they failed, the newest first."""
    query = (
        select(MailRow, OrganisationRow.name)
        .outerjoin(OrganisationRow, OrganisationRow.id == MailRow.organisation_id)
        .where(MailRow.failed_at.is_not(None), MailRow.left_at.is_(None))
        .order_by(MailRow.failed_at.desc(), MailRow.id)
        .limit(200)
    )
    return [
        FailedMail(
            row.id,
            row.to_address or TO_A_PERSON,
            row.subject,
            name,
            row.last_error or "",
            row.failed_at or tx.now,
            row.body is not None,
        )
        for row, name in tx.session.execute(query)
    ]


def forget_failed(tx: Tx, mail_ids: Collection[UUID], *, purpose: str) -> Sequence[UUID]:
    """Return which of these letters failed, and let them be, address and text gone: another way is tried now."""
    wanted = (MailRow.id.in_(mail_ids), MailRow.purpose == purpose, MailRow.failed_at.is_not(None))
    rows = tx.session.scalars(select(MailRow).where(*wanted, MailRow.left_at.is_(None))).all()
    for row in rows:
        row.left_at, row.body, row.to_person = tx.now, None, None
    return [row.id for row in rows]


def _due(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    free = or_(MailRow.leased_until.is_(None), MailRow.leased_until < func.clock_timestamp())
    return MailRow.sent_at.is_(None), MailRow.failed_at.is_(None), MailRow.due_at <= tx.now, free


def _failed_row(tx: Tx, mail_id: UUID) -> MailRow:
    row = _row(tx, mail_id)
    if row.failed_at is None or row.left_at is not None:
        raise Conflict("This e-mail has been seen to already.")
    return row


def _row(tx: Tx, mail_id: UUID) -> MailRow:
    row = tx.session.get(MailRow, mail_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row
