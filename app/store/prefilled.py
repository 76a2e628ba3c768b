"""Referrals that a practice's system has begun: the person sealed, found by the digest of the page's code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.store.crypto import Cell, code_digest
from app.store.session import Tx
from app.store.tables_prefilled import PrefilledRow


def add(tx: Tx, code: str, person: bytes, *, expires_at: datetime) -> UUID:
    """Write who it is about, for the actor's own organisation; of the code only the digest."""
    row_id = uuid4()
    key = tx.cipher.new_data_key(row_id)
    tx.session.add(
        PrefilledRow(
            id=row_id,
            code_hash=code_digest(code),
            organisation_id=tx.actor.organisation_id,
            data_key=key.wrapped,
            key_id=key.key_id,
            person=tx.cipher.seal(key, _cell(row_id), person),
            made_at=tx.now,
            expires_at=expires_at,
        )
    )
    tx.session.flush()
    return row_id


def find(tx: Tx, code: str) -> tuple[UUID, bytes] | None:
    """Return the row and who it is about; None when it is unknown, another organisation's, or too old."""
    open_now = (PrefilledRow.code_hash == code_digest(code), PrefilledRow.expires_at > tx.now)
    row = tx.session.scalars(select(PrefilledRow).where(*open_now)).first()
    if row is None:
        return None
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    return row.id, tx.cipher.open(key, _cell(row.id), row.person) or b""


def list_all(tx: Tx) -> Sequence[tuple[UUID, bytes]]:
    """Return every row that is still there and who it is about; as the platform."""
    rows = tx.session.scalars(select(PrefilledRow)).all()
    keys = tx.cipher.unwrap_many([(row.id, row.data_key, row.key_id) for row in rows])
    return [
        (row.id, tx.cipher.open(key, _cell(row.id), row.person) or b"")
        for row, key in zip(rows, keys, strict=True)
    ]


def remove(tx: Tx, row_id: UUID) -> None:
    """Forget one of them."""
    tx.session.execute(delete(PrefilledRow).where(PrefilledRow.id == row_id))


def remove_old(tx: Tx) -> None:
    """Forget those whose page no longer opens."""
    tx.session.execute(delete(PrefilledRow).where(PrefilledRow.expires_at <= tx.now))


def _cell(row_id: UUID) -> Cell:
    return Cell("prefilled_referral", "person", row_id)
