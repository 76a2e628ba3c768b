"""The tables of signing in beyond a password: second steps, forms kept over a sign-in, stewards agreed by two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base, new_id


class TotpSecretRow(Base):
    """The secret that somebody's authenticator app shares with us, sealed; counts once it was confirmed."""

    __tablename__ = "totp_secret"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    secret: Mapped[bytes]
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(
        BigInteger, server_default="0"
    )  # of the newest code that was used: none counts twice


class PasskeyRow(Base):
    """A passkey: its public half, and how often it says it was used."""

    __tablename__ = "passkey"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCodeRow(Base):
    """A code for whoever lost their telephone, as its digest; good once."""

    __tablename__ = "recovery_code"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KeptFormRow(Base):
    """What somebody had typed when their session ran out: sealed, theirs alone, for an hour."""

    __tablename__ = "kept_form"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    body: Mapped[bytes]  # where it stood and what was typed
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class StewardGrantRow(Base):
    """One steward asks that somebody become one; another says yes or no."""

    __tablename__ = "steward_grant"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by or granted is not true", "two_people"),
        CheckConstraint("(decided_at is null) = (granted is null)", "decided_whole"),
        Index(
            "uq_steward_grant_one_waits",
            "user_id",
            unique=True,
            postgresql_where=text("decided_at is null"),
        ),
    )
