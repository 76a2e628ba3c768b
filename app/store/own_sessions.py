"""Somebody's sessions: listed for themselves, confirmed anew, ended one by one or all at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from app.domain.sessions import limits_of
from app.domain.vocabulary import Role
from app.store.accounts import Sitting, hash_token
from app.store.session import Tx
from app.store.tables import SessionRow, UserRow


def list_alive(tx: Tx, user_id: UUID) -> Sequence[Sitting]:
    """Return somebody's sessions that still open something, the newest first."""
    idle = limits_of(Role(tx.session.get_one(UserRow, user_id).role)).idle
    alive = (SessionRow.expires_at > tx.now, SessionRow.last_seen_at > tx.now - idle, ~SessionRow.waiting)
    query = select(SessionRow).where(SessionRow.user_id == user_id, *alive)
    rows = tx.session.scalars(query.order_by(SessionRow.last_seen_at.desc(), SessionRow.id))
    return [
        Sitting(each.id, each.created_at, each.last_seen_at, each.confirmed_at, each.two_steps, each.device)
        for each in rows
    ]


def end(tx: Tx, user_id: UUID, session_id: UUID) -> bool:
    """End one session of somebody's own; False when they have none with this name."""
    theirs = (SessionRow.user_id == user_id, SessionRow.id == session_id)
    return bool(tx.session.scalars(delete(SessionRow).where(*theirs).returning(SessionRow.id)).all())


def end_all(tx: Tx, user_id: UUID, *, but: UUID | None = None) -> int:
    """End all sessions of somebody, `but` one; return how many there were."""
    theirs = [SessionRow.user_id == user_id]
    if but is not None:
        theirs.append(SessionRow.id != but)
    return len(tx.session.scalars(delete(SessionRow).where(*theirs).returning(SessionRow.id)).all())


def record_confirmed(tx: Tx, session_id: UUID) -> None:
    """Note that who they are was shown just now."""
    tx.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(confirmed_at=tx.now))


def record_two_steps(tx: Tx, session_id: UUID) -> None:
    """Note that a second step was set up in a session; that shows nothing of who they are."""
    tx.session.execute(update(SessionRow).where(SessionRow.id == session_id).values(two_steps=True))


def new_challenge(tx: Tx, token: str) -> bytes:
    """Return what a passkey is to sign next in a session; an earlier one counts no more."""
    challenge = secrets.token_bytes(32)
    owned = SessionRow.token_hash == hash_token(token)
    tx.session.execute(update(SessionRow).where(owned).values(challenge=challenge))
    return challenge


def use_challenge(tx: Tx, token: str) -> bytes | None:
    """Return what a passkey was to sign in a session, once."""
    owned = SessionRow.token_hash == hash_token(token)
    row = tx.session.scalars(select(SessionRow).where(owned).with_for_update()).first()
    if row is None:
        return None
    challenge, row.challenge = row.challenge, None
    return challenge
