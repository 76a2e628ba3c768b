"""People who sign in and their sessions; tokens are kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from app.domain.access import Actor, system
from app.domain.sessions import KNOWN_AFTER, SECOND_STEP, USUAL, limits_of
from app.domain.vocabulary import Role
from app.store.session import Tx
from app.store.tables import SessionRow, UserRow

SESSIONS = system("sign-in")  # who looks after sessions: nobody is signed in yet
IDLE, ABSOLUTE = USUAL.idle, USUAL.longest  # of most roles
_TOUCH = timedelta(minutes=1)  # a session is written to at most once a minute


@dataclass(frozen=True, slots=True)
class ByProvider:
    """What opened a session in a password's place: an identity, by the provider's own session `sid`, if it has one."""

    identity_id: UUID
    sid: bytes | None  # its digest
    shown_at: datetime  # when they last showed there who they are


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sign-in: when it began, when who they are was last shown, on what kind of browser."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    confirmed_at: datetime
    two_steps: bool
    device: str
    by: ByProvider | None = None


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
    told_by: str | None = None  # who of that one told what is entered
    email: str | None = None
    manages: bool = False  # may invite helpers of their own group
    session: Sitting | None = None  # by which they are signed in
    seat_id: UUID | None = None  # by which this session acts for another organisation than their own

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
            email=account.email,
            manages=account.manages,
            active=account.active,
            begun_at=tx.now if account.password_hash else None,
        )
    )
    tx.session.flush()


def new_account(
    organisation_id: UUID, role: Role, username: str, full_name: str, password_hash: str
) -> Account:
    """Make an account's value; whoever is the first of a provider may invite its helpers."""
    manages = role is Role.PROVIDER
    who = (uuid4(), organisation_id, role, username.casefold(), full_name, password_hash)
    return Account(*who, active=True, manages=manages)


def record_password_hash(tx: Tx, user_id: UUID, password_hash: str) -> None:
    """Replace a password's hash: new password, or stronger parameters."""
    row = tx.session.get(UserRow, user_id)
    if row is not None:
        row.password_hash = password_hash
        row.begun_at = row.begun_at or tx.now


def add_session(
    tx: Tx,
    user_id: UUID,
    *,
    device: str = "",
    waiting: bool = False,
    two_steps: bool = False,
    by: ByProvider | None = None,
) -> str:
    """Open a session and return its token, which is not kept; `waiting`: for the second step, it opens nothing yet."""
    token = secrets.token_urlsafe(32)
    user = tx.session.get_one(UserRow, user_id)
    longest = SECOND_STEP if waiting else limits_of(Role(user.role)).longest
    theirs = SessionRow.user_id == user_id
    tx.session.execute(delete(SessionRow).where(theirs, SessionRow.expires_at < tx.now - KNOWN_AFTER))
    tx.session.add(
        SessionRow(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=tx.now,
            last_seen_at=tx.now,
            expires_at=tx.now + longest,
            confirmed_at=by.shown_at if by else tx.now,
            waiting=waiting,
            two_steps=two_steps,
            device=device,
            identity_id=by.identity_id if by else None,
            provider_session=by.sid if by else None,
        )
    )
    return token


def find_session_account(tx: Tx, token: str) -> Account | None:
    """Return whose session this is, None when it ended, idled out, waits for its second step, or they have left."""
    found = _find(tx, token)
    if found is None or found[0].waiting or _is_over(tx, *found):
        return None
    session, user = found
    if tx.now - session.last_seen_at >= _TOUCH:
        session.last_seen_at = tx.now
    account = replace(_account(user), entering_for=session.entering_for, told_by=session.told_by)
    return replace(account, session=_session(session), seat_id=session.seat_id)


def find_waiting_account(tx: Tx, token: str) -> Account | None:
    """Return who has given their password and owes the second step, None when that is too long ago."""
    found = _find(tx, token)
    if found is None or not found[0].waiting or _is_over(tx, *found):
        return None
    return replace(_account(found[1]), session=_session(found[0]))


def find_owner(tx: Tx, token: str) -> UUID | None:
    """Return whose session this was, also a while after it ran out; None when it was ended, or they have left."""
    found = _find(tx, token)
    if found is None or found[0].waiting or not found[1].active:
        return None
    return None if tx.now - found[0].last_seen_at >= KNOWN_AFTER else found[1].id


def _find(tx: Tx, token: str) -> tuple[SessionRow, UserRow] | None:
    query = select(SessionRow, UserRow).join(UserRow, UserRow.id == SessionRow.user_id)
    found = tx.session.execute(query.where(SessionRow.token_hash == hash_token(token))).first()
    return None if found is None else (found[0], found[1])


def _is_over(tx: Tx, session: SessionRow, user: UserRow) -> bool:
    idle = tx.now - session.last_seen_at >= limits_of(Role(user.role)).idle
    # A role that was changed since has its own limit, from the beginning of the session.
    too_long = tx.now - session.created_at >= limits_of(Role(user.role)).longest
    return tx.now >= session.expires_at or idle or too_long or not user.active


def record_entering(tx: Tx, token: str, organisation_id: UUID | None, *, told_by: str | None = None) -> None:
    """Write for which other organisation a session enters from now on, told by whom of it; None: for its own."""
    owned = SessionRow.token_hash == hash_token(token)
    entering = {"entering_for": organisation_id, "told_by": told_by}
    tx.session.execute(update(SessionRow).where(owned).values(**entering))


def record_seat(tx: Tx, token: str, seat_id: UUID | None) -> None:
    """Write by which seat a session acts from now on, None: for their own organisation; it enters for nobody."""
    owned = SessionRow.token_hash == hash_token(token)
    acting = {"seat_id": seat_id, "entering_for": None, "told_by": None}
    tx.session.execute(update(SessionRow).where(owned).values(**acting))


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
        email=row.email,
        manages=row.manages,
    )


def _session(row: SessionRow) -> Sitting:
    when = (row.created_at, row.last_seen_at, row.confirmed_at)
    by = ByProvider(row.identity_id, row.provider_session, row.confirmed_at) if row.identity_id else None
    return Sitting(row.id, *when, row.two_steps, row.device, by)
