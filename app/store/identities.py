"""Who people are at the providers that sign them in, by issuer and subject; and the sessions that those opened."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.store.accounts import Account, find_account_by_id, hash_token
from app.store.session import Tx
from app.store.tables import SessionRow
from app.store.tables_sign_in import IdentityRow, LogoutTokenRow


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody's account at one provider, joined to their account here."""

    id: UUID
    user_id: UUID
    issuer: str
    joined_at: datetime
    used_at: datetime | None


def subject_digest(issuer: str, subject: str) -> bytes:
    """Return what is kept of a provider's own name for somebody; the same name elsewhere has another digest."""
    return hashlib.sha256(f"{issuer}\x00{subject}".encode()).digest()


def find(tx: Tx, issuer: str, subject: str) -> Identity | None:
    """Return the identity that a provider means, None when nobody here has it."""
    theirs = (IdentityRow.issuer == issuer, IdentityRow.subject_hash == subject_digest(issuer, subject))
    row = tx.session.scalars(select(IdentityRow).where(*theirs)).first()
    return None if row is None else _identity(row)


def find_account(tx: Tx, identity: Identity) -> Account | None:
    """Return whose identity it is, None when their account has ended."""
    account = find_account_by_id(tx, identity.user_id)
    return account if account is not None and account.active else None


def list_of(tx: Tx, user_id: UUID) -> Sequence[Identity]:
    """Return somebody's identities, the oldest first."""
    query = select(IdentityRow).where(IdentityRow.user_id == user_id)
    return [
        _identity(row) for row in tx.session.scalars(query.order_by(IdentityRow.joined_at, IdentityRow.id))
    ]


def add(tx: Tx, user_id: UUID, issuer: str, subject: str) -> bool:
    """Join an identity to an account; False when it is somebody's, or they have one at this provider already."""
    values = {
        "id": uuid4(),
        "user_id": user_id,
        "issuer": issuer,
        "subject_hash": subject_digest(issuer, subject),
        "joined_at": tx.now,
    }
    done = tx.session.execute(
        insert(IdentityRow).values(values).on_conflict_do_nothing().returning(IdentityRow.id)
    )
    return done.first() is not None


def record_used(tx: Tx, identity_id: UUID) -> None:
    """Note that somebody signed in by it."""
    tx.session.get_one(IdentityRow, identity_id).used_at = tx.now


def remove(tx: Tx, user_id: UUID, identity_id: UUID) -> str | None:
    """Part an identity of somebody's own, and end the sessions it opened; return its issuer, None for no such one."""
    theirs = (IdentityRow.user_id == user_id, IdentityRow.id == identity_id)
    issuer = tx.session.scalars(delete(IdentityRow).where(*theirs).returning(IdentityRow.issuer)).first()
    if issuer is not None:
        tx.session.execute(delete(SessionRow).where(SessionRow.identity_id == identity_id))
    return issuer


def find_issuer_of_session(tx: Tx, token: str) -> str | None:
    """Return the issuer of the provider that opened a session, None when a password did."""
    query = select(IdentityRow.issuer).join(SessionRow, SessionRow.identity_id == IdentityRow.id)
    return tx.session.scalars(query.where(SessionRow.token_hash == hash_token(token))).first()


def end_sessions(tx: Tx, issuer: str, *, subject: str | None, sid: str | None) -> list[UUID]:
    """End the sessions that a provider names by its session, by its name for somebody, or both; return whose."""
    identities = select(IdentityRow.id).where(IdentityRow.issuer == issuer)
    if subject is not None:
        identities = identities.where(IdentityRow.subject_hash == subject_digest(issuer, subject))
    named: list[ColumnElement[bool]] = [SessionRow.identity_id.in_(identities)]
    if sid is not None:
        named.append(SessionRow.provider_session == hash_token(sid))
    return list(tx.session.scalars(delete(SessionRow).where(*named).returning(SessionRow.user_id)))


def use_logout_token(tx: Tx, issuer: str, jti: str, expires_at: datetime) -> bool:
    """Use a logout token up; False when it was used before, by any process."""
    tx.session.execute(delete(LogoutTokenRow).where(LogoutTokenRow.expires_at < tx.now))
    values = {"issuer": issuer, "jti": jti, "expires_at": expires_at}
    done = tx.session.execute(
        insert(LogoutTokenRow).values(values).on_conflict_do_nothing().returning(LogoutTokenRow.jti)
    )
    return done.first() is not None


def _identity(row: IdentityRow) -> Identity:
    return Identity(row.id, row.user_id, row.issuer, row.joined_at, row.used_at)
