"""What somebody had typed when their session ran out: sealed, and gone after an hour or when it was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import delete

from app.domain.sessions import KEPT_FORM
from app.store.crypto import Cell
from app.store.session import Tx
from app.store.tables_sign_in import KeptFormRow


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form stood, and what was typed, as pairs in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def add(tx: Tx, user_id: UUID, form: KeptForm) -> UUID:
    """Write a form, sealed under a key of its own; what is too old goes."""
    tx.session.execute(delete(KeptFormRow).where(KeptFormRow.expires_at <= tx.now))
    form_id = uuid4()
    key = tx.cipher.new_data_key(form_id)
    clear = json.dumps([form.path, form.fields])
    row = {"data_key": key.wrapped, "key_id": key.key_id, "created_at": tx.now}
    body = tx.cipher.seal(key, Cell("kept_form", "body", form_id), clear)
    expires = tx.now + KEPT_FORM
    tx.session.add(KeptFormRow(id=form_id, user_id=user_id, body=body, expires_at=expires, **row))
    tx.session.flush()
    return form_id


def find(tx: Tx, user_id: UUID, form_id: UUID) -> KeptForm | None:
    """Return a form of somebody's own; None when it is another's, gone or too old."""
    row = tx.session.get(KeptFormRow, form_id)
    if row is None or row.user_id != user_id or row.expires_at <= tx.now:
        return None
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    path, fields = json.loads(tx.cipher.open_text(key, Cell("kept_form", "body", row.id), row.body) or "[]")
    return KeptForm(path, tuple((name, value) for name, value in fields))


def remove(tx: Tx, user_id: UUID, form_id: UUID) -> None:
    """Forget a form of somebody's own."""
    theirs = (KeptFormRow.user_id == user_id, KeptFormRow.id == form_id)
    tx.session.execute(delete(KeptFormRow).where(*theirs))
