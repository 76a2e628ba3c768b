"""What somebody has typed and not sent: sealed, theirs alone, and gone when it is sent or too old."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select

from app.domain.sessions import KEPT_FOR_LATER, KEPT_FORM
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables_care import PlacementRow, ReferralRow
from app.store.tables_sign_in import KeptFormRow


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form stood, and what was typed, as pairs in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A form that somebody chose to come back to."""

    id: UUID
    form: KeptForm = field(repr=False)
    saved_at: datetime
    expires_at: datetime


def add(
    tx: Tx, user_id: UUID, form: KeptForm, *, for_later: bool = False, organisation_id: UUID | None = None
) -> UUID:
    """Write a form, sealed under a key of its own; what is too old goes.

    `for_later`: they chose to come back to it. `organisation_id`: for which it was begun; it shows for no other.
    """
    remove_old(tx)
    form_id = uuid4()
    key = tx.cipher.new_data_key(form_id)
    clear = json.dumps([form.path, form.fields])
    row = {"data_key": key.wrapped, "key_id": key.key_id, "created_at": tx.now}
    row |= {"for_later": for_later, "organisation_id": organisation_id}
    body = tx.cipher.seal(key, Cell("kept_form", "body", form_id), clear)
    expires = tx.now + (KEPT_FOR_LATER if for_later else KEPT_FORM)
    tx.session.add(KeptFormRow(id=form_id, user_id=user_id, body=body, expires_at=expires, **row))
    tx.session.flush()
    return form_id


def find(tx: Tx, user_id: UUID, form_id: UUID) -> KeptForm | None:
    """Return a form of somebody's own; None when it is another's, gone or too old."""
    row = tx.session.get(KeptFormRow, form_id)
    if row is None or row.user_id != user_id or row.expires_at <= tx.now:
        return None
    return _opened(tx, row)


def list_begun(tx: Tx, user_id: UUID, organisation_id: UUID | None) -> Sequence[Begun]:
    """Return what somebody chose to come back to while acting for an organisation, the newest first."""
    theirs = (KeptFormRow.user_id == user_id, KeptFormRow.organisation_id == organisation_id)
    query = select(KeptFormRow).where(*theirs, KeptFormRow.for_later, KeptFormRow.expires_at > tx.now)
    rows = tx.session.scalars(query.order_by(KeptFormRow.created_at.desc(), KeptFormRow.id))
    return [Begun(row.id, _opened(tx, row), row.created_at, row.expires_at) for row in rows]


def count_begun(tx: Tx, user_id: UUID, organisation_id: UUID | None) -> int:
    """Return how many there are of them."""
    theirs = (KeptFormRow.user_id == user_id, KeptFormRow.organisation_id == organisation_id)
    query = select(func.count()).where(*theirs, KeptFormRow.for_later, KeptFormRow.expires_at > tx.now)
    return tx.session.scalar(query) or 0


def remove(tx: Tx, user_id: UUID, form_id: UUID) -> None:
    """Forget a form of somebody's own."""
    theirs = (KeptFormRow.user_id == user_id, KeptFormRow.id == form_id)
    tx.session.execute(delete(KeptFormRow).where(*theirs))


def remove_old(tx: Tx) -> None:
    """Forget what was kept long enough."""
    tx.session.execute(delete(KeptFormRow).where(KeptFormRow.expires_at <= tx.now))


def references(tx: Tx, *, referral_ids: Iterable[UUID], placement_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the references of those referrals, and of those placements, that the actor may see; by id."""
    own = select(ReferralRow.id, ReferralRow.reference).where(ReferralRow.id.in_(list(referral_ids)))
    asked = select(PlacementRow.id, ReferralRow.reference).join(
        ReferralRow, ReferralRow.id == PlacementRow.referral_id
    )
    asked = asked.where(PlacementRow.id.in_(list(placement_ids)))
    return {of: reference for query in (own, asked) for of, reference in tx.session.execute(query)}


def _opened(tx: Tx, row: KeptFormRow) -> KeptForm:
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    path, fields = json.loads(tx.cipher.open_text(key, Cell("kept_form", "body", row.id), row.body) or "[]")
    return KeptForm(path, tuple((name, value) for name, value in fields))
