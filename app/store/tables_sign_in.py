"""The tables of signing in beyond a password: second steps, forms kept over a sign-in, stewards agreed by two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
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
    """What somebody had typed when their session ran out, or chose to come back to: sealed, theirs alone."""

    __tablename__ = "kept_form"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    data_key: Mapped[bytes]
    key_id: Mapped[str]
    body: Mapped[bytes]  # where it stood and what was typed
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisation.id")
    )  # for which it was begun; none: whichever they act for
    for_later: Mapped[bool] = mapped_column(server_default="false")  # they chose to come back to it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class IdentityRow(Base):
    """Who somebody is at a provider that signs people in: its issuer and its own name for them, as a digest."""

    __tablename__ = "identity"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    issuer: Mapped[str]
    subject_hash: Mapped[bytes]
    joined_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("issuer", "subject_hash"),
        UniqueConstraint("user_id", "issuer"),
    )


class LogoutTokenRow(Base):
    """Every logout token that a provider sent, so that none counts twice, by any process, after any restart."""

    __tablename__ = "logout_token"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    __table_args__ = (Index("ix_logout_token_expires_at", "expires_at"),)


class SeatRow(Base):
    """An organisation that somebody acts for beside their own, in one role, until that ends."""

    __tablename__ = "seat"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str]
    begun_at: Mapped[datetime]
    begun_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        CheckConstraint("role in ('link-worker', 'provider', 'practice')", "role"),
        CheckConstraint("(ended_at is null) = (ended_by is null)", "ended_whole"),
        Index(
            "uq_seat_one_runs",
            "user_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )


class StewardGrantRow(Base):
    """One steward asks for what would lead into an account, or make a steward; another person says yes or no."""

    __tablename__ = "steward_grant"
    id: Mapped[UUID] = new_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]
    kind: Mapped[str] = mapped_column(server_default="steward")  # what is asked for
    email: Mapped[str | None]  # the address to be
    email_before: Mapped[str | None]  # the one until then, which hears of it
    role: Mapped[str | None]  # what they are to do instead of a steward's work
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by or granted is not true", "two_people"),
        CheckConstraint("(decided_at is null) = (granted is null)", "decided_whole"),
        CheckConstraint("kind in ('steward', 'address', 'steps', 'role', 'end')", "kind"),
        CheckConstraint("(kind = 'address') = (email is not null)", "address"),
        CheckConstraint("(kind = 'role') = (role is not null)", "role"),
        Index(
            "uq_steward_grant_one_waits",
            "user_id",
            "kind",
            unique=True,
            postgresql_where=text("decided_at is null"),
        ),
    )
