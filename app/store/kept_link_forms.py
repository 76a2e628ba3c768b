"""What a helper has typed and not sent when a visit ran out: sealed, given back in the next visit, and then gone."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.domain.safe_links import KEPT_BY_LINK
from app.store.crypto import Cell
from app.store.kept_forms import KeptForm
from app.store.session import Tx
from app.store.tables_safe_links import KeptLinkFormRow

_TABLE = "kept_link_form"


def add(tx: Tx, helper_id: UUID, placement_id: UUID, form: KeptForm) -> None:
    """Write a form under a key of its own in the place of what was kept of this offer; what is too old goes."""
    tx.session.execute(delete(KeptLinkFormRow).where(KeptLinkFormRow.expires_at <= tx.now))
    remove(tx, helper_id, placement_id)
    form_id = uuid4()
    key = tx.cipher.new_data_key(form_id)
    body = tx.cipher.seal(key, Cell(_TABLE, "body", form_id), json.dumps([form.path, form.fields]))
    whose = {"helper_id": helper_id, "placement_id": placement_id}
    when = {"created_at": tx.now, "expires_at": tx.now + KEPT_BY_LINK}
    tx.session.add(
        KeptLinkFormRow(id=form_id, data_key=key.wrapped, key_id=key.key_id, body=body, **whose, **when)
    )
    tx.session.flush()


def find(tx: Tx, helper_id: UUID, placement_id: UUID) -> KeptForm | None:
    """Return what a helper had typed about an offer; None when there is nothing, or it is too old."""
    row = tx.session.scalars(
        select(KeptLinkFormRow).where(
            KeptLinkFormRow.helper_id == helper_id,
            KeptLinkFormRow.placement_id == placement_id,
            KeptLinkFormRow.expires_at > tx.now,
        )
    ).first()
    if row is None:
        return None
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    path, fields = json.loads(tx.cipher.open_text(key, Cell(_TABLE, "body", row.id), row.body) or "[]")
    return KeptForm(path, tuple((name, value) for name, value in fields))


def remove(tx: Tx, helper_id: UUID, placement_id: UUID) -> None:
    """Forget it."""
    theirs = (KeptLinkFormRow.helper_id == helper_id, KeptLinkFormRow.placement_id == placement_id)
    tx.session.execute(delete(KeptLinkFormRow).where(*theirs))
