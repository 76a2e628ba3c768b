"""What somebody shows beside their password: an app's secret, sealed; passkeys; recovery codes, as digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select

from app.store.crypto import Cell, code_digest
from app.store.session import Tx
from app.store.tables_sign_in import PasskeyRow, RecoveryCodeRow, TotpSecretRow


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it, and its public half."""

    id: UUID
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SecondSteps:
    """What somebody has beside their password."""

    app: bool
    passkeys: tuple[Passkey, ...]
    codes_left: int

    @property
    def any(self) -> bool:
        """Whether signing in takes two steps."""
        return self.app or bool(self.passkeys)


def find(tx: Tx, user_id: UUID) -> SecondSteps:
    """Return what somebody has."""
    app = select(TotpSecretRow.user_id).where(
        TotpSecretRow.user_id == user_id, TotpSecretRow.confirmed_at.is_not(None)
    )
    left = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
    codes = select(func.count()).select_from(RecoveryCodeRow).where(*left)
    has_app = tx.session.scalars(app).first() is not None
    return SecondSteps(has_app, tuple(list_passkeys(tx, user_id)), tx.session.scalars(codes).one())


def record_secret(tx: Tx, user_id: UUID, secret: bytes) -> None:
    """Write a secret that waits for its first code; an earlier one is replaced."""
    tx.session.execute(delete(TotpSecretRow).where(TotpSecretRow.user_id == user_id))
    key = tx.cipher.new_data_key(user_id)
    sealed = tx.cipher.seal(key, Cell("totp_secret", "secret", user_id), secret)
    row = {"data_key": key.wrapped, "key_id": key.key_id, "secret": sealed, "made_at": tx.now}
    tx.session.add(TotpSecretRow(user_id=user_id, **row))
    tx.session.flush()


def find_secret(tx: Tx, user_id: UUID, *, confirmed: bool) -> tuple[bytes, int] | None:
    """Return somebody's secret and the step of the last code used, held until the end of the transaction."""
    row = tx.session.get(TotpSecretRow, user_id, with_for_update=True, populate_existing=True)
    if row is None or (row.confirmed_at is not None) != confirmed:
        return None
    key = tx.cipher.unwrap(user_id, row.data_key, row.key_id)
    secret = tx.cipher.open(key, Cell("totp_secret", "secret", user_id), row.secret)
    return (secret or b"", row.last_step)


def record_step(tx: Tx, user_id: UUID, step: int) -> None:
    """Use a code up, and with it all before it."""
    row = tx.session.get_one(TotpSecretRow, user_id)
    row.last_step = step
    row.confirmed_at = row.confirmed_at or tx.now


def remove_app(tx: Tx, user_id: UUID) -> None:
    """Forget somebody's app."""
    tx.session.execute(delete(TotpSecretRow).where(TotpSecretRow.user_id == user_id))


def list_passkeys(tx: Tx, user_id: UUID) -> Sequence[Passkey]:
    """Return somebody's passkeys, the oldest first."""
    query = select(PasskeyRow).where(PasskeyRow.user_id == user_id)
    return [_passkey(row) for row in tx.session.scalars(query.order_by(PasskeyRow.made_at, PasskeyRow.id))]


def add_passkey(tx: Tx, user_id: UUID, name: str, credential_id: bytes, key: tuple[bytes, int]) -> None:
    """Write a passkey; `key` is its public half and how often it was used."""
    public_key, sign_count = key
    tx.session.add(
        PasskeyRow(
            id=uuid4(),
            user_id=user_id,
            name=name,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            made_at=tx.now,
        )
    )
    tx.session.flush()


def record_passkey_used(tx: Tx, passkey_id: UUID, sign_count: int) -> None:
    """Note that a passkey was used."""
    row = tx.session.get_one(PasskeyRow, passkey_id)
    row.sign_count, row.used_at = sign_count, tx.now


def remove_passkey(tx: Tx, user_id: UUID, passkey_id: UUID) -> bool:
    """Forget one passkey of somebody's own; False when they have none with this id."""
    theirs = (PasskeyRow.user_id == user_id, PasskeyRow.id == passkey_id)
    return bool(tx.session.scalars(delete(PasskeyRow).where(*theirs).returning(PasskeyRow.id)).all())


def record_codes(tx: Tx, user_id: UUID, codes: Sequence[str]) -> None:
    """Write new recovery codes, as their digests; earlier ones are gone."""
    tx.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    tx.session.add_all(
        RecoveryCodeRow(id=uuid4(), user_id=user_id, code_hash=code_digest(code), made_at=tx.now)
        for code in codes
    )
    tx.session.flush()


def use_code(tx: Tx, user_id: UUID, code: str) -> bool:
    """Use a recovery code up; False when it is none of theirs, or was used before."""
    theirs = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.code_hash == code_digest(code))
    query = select(RecoveryCodeRow).where(*theirs, RecoveryCodeRow.used_at.is_(None))
    row = tx.session.scalars(query.with_for_update()).first()
    if row is None:
        return False
    row.used_at = tx.now
    return True


def remove_all(tx: Tx, user_id: UUID) -> None:
    """Forget everything that somebody has beside their password."""
    for table in (TotpSecretRow, PasskeyRow, RecoveryCodeRow):
        tx.session.execute(delete(table).where(table.user_id == user_id))


def _passkey(row: PasskeyRow) -> Passkey:
    key = (row.credential_id, row.public_key, row.sign_count)
    return Passkey(row.id, row.name, *key, row.made_at)
