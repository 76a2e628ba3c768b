"""People who sign in and their sessions; tokens are kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from app.domain.access import Actor, system
from app.domain.vocabulary import Role
from app.store.session import Tx
from app.store.tables import SessionRow, UserRow

SESSIONS = system("sign-in")  # who looks after sessions: nobody is signed in yet
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_TOUCH = timedelta(minutes=1)  # a session is written to at most once a minute


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in."""

    id: UUID
    organisation_id: UUID
    role: Role
    username: str
    full_name: str
    password_hash: str
    active: bool
    entering_for: UUID | None = None  # the organisation that this session enters for, other than its own

    @property
    def actor(self) -> Actor:
        """As whom they act."""
        return Actor(self.role, self.organisation_id, user_id=self.id)


def hash_token(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def find_account(tx: Tx, username: str) -> Account | None:
    """Return the account with this user name, None when there is none."""
    row = tx.session.scalar(select(UserRow).where(UserRow.username == username.strip().casefold()))
    return None if row is None else _account(row)


def find_account_by_id(tx: Tx, account_id: UUID) -> Account | None:
    """Return the account with this id, None when there is none."""
    row = tx.session.get(UserRow, account_id)
    return None if row is None else _account(row)


def add_account(tx: Tx, account: Account) -> None:
    """Write a new account."""
    tx.session.add(
        UserRow(
            id=account.id,
            organisation_id=account.organisation_id,
            role=account.role,
            username=account.username.casefold(),
            password_hash=account.password_hash,
            full_name=account.full_name,
            active=account.active,
        )
    )
    tx.session.flush()


def new_account(
    organisation_id: UUID, role: Role, username: str, full_name: str, password_hash: str
) -> Account:
    """Make an account's value."""
    return Account(uuid4(), organisation_id, role, username.casefold(), full_name, password_hash, active=True)


def record_password_hash(tx: Tx, user_id: UUID, password_hash: str) -> None:
    """Replace a password's hash: new password, or stronger parameters."""
    row = tx.session.get(UserRow, user_id)
    if row is not None:
        row.password_hash = password_hash


def add_session(tx: Tx, user_id: UUID) -> str:
    """Open a session and return its token, which is not kept."""
    token = secrets.token_urlsafe(32)
    tx.session.add(
        SessionRow(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=tx.now,
            last_seen_at=tx.now,
            expires_at=tx.now + ABSOLUTE,
        )
    )
    return token


def find_session_account(tx: Tx, token: str) -> Account | None:
    """Return whose session this is, None when it ended, idled out or its owner was switched off."""
    query = select(SessionRow, UserRow).join(UserRow, UserRow.id == SessionRow.user_id)
    found = tx.session.execute(query.where(SessionRow.token_hash == hash_token(token))).first()
    if found is None:
        return None
    session, user = found
    if tx.now >= session.expires_at or tx.now - session.last_seen_at >= IDLE or not user.active:
        tx.session.delete(session)
        return None
    if tx.now - session.last_seen_at >= _TOUCH:
        session.last_seen_at = tx.now
    return replace(_account(user), entering_for=session.entering_for)


def record_entering(tx: Tx, token: str, organisation_id: UUID | None) -> None:
    """Write for which other organisation a session enters from now on; None: for its own."""
    owned = SessionRow.token_hash == hash_token(token)
    tx.session.execute(update(SessionRow).where(owned).values(entering_for=organisation_id))


def end_session(tx: Tx, token: str) -> None:
    """Sign out."""
    tx.session.execute(delete(SessionRow).where(SessionRow.token_hash == hash_token(token)))


def _account(row: UserRow) -> Account:
    return Account(
        id=row.id,
        organisation_id=row.organisation_id,
        role=Role(row.role),
        username=row.username,
        full_name=row.full_name,
        password_hash=row.password_hash,
        active=row.active,
    )
