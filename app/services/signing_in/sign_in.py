"""Signing in and out for people: the same answer and the same work whether or not the user name exists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.access import Actor
from app.domain.errors import NotAllowed
from app.domain.referral import Organisation
from app.domain.sessions import STEP_UP, needs_second_step
from app.services.directory import entering
from app.services.directory.entering import Entering
from app.store import accounts, directory, place_rules, seats
from app.store import second_steps as stored
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.session import Database, Tx

_HASHER = PasswordHasher()
# Checked when there is no such user, so that an unknown name takes as long as a wrong password.
_NOBODY = _HASHER.hash("no such account")
_PROCESS = accounts.SESSIONS


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody with a session: as whom they act and for which organisation.

    While they enter for another, `account` and `organisation` are that one's, and `entering` tells whose they are.
    """

    account: Account
    organisation: Organisation
    entering: Entering | None = None
    lapsed: bool = False  # they entered for another, and may no longer
    owes_second_step: bool = False  # their role needs one and they have none yet: they can only set one up
    home_id: UUID | None = None  # their own organisation, also while they act for another
    has_seats: bool = False  # they may act for others beside it
    seat_is_over: bool = False  # they acted for another, and may no longer

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether they have shown who they are just now."""
        session = self.account.session
        return session is not None and now - session.confirmed_at < STEP_UP

    @property
    def own_role(self) -> str:
        """Return their own role, also while they enter for another."""
        return (self.entering.own_role if self.entering else self.account.role).value

    @property
    def acts_for(self) -> Organisation:
        """Return the organisation whose person they are in this session, also while they enter for another."""
        return self.entering.own if self.entering else self.organisation

    @property
    def actor(self) -> Actor:
        """The actor of everything they do."""
        if self.entering is None:
            return self.account.actor
        return replace(self.account.actor, entered_by=self.entering.own.id, named=self.entering.told_by)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _HASHER.hash(password)


@dataclass(frozen=True, slots=True)
class Begun:
    """A right password: `token` is the session's, or, when a second step is awaited, what that is given with."""

    token: str
    waits: bool


def begin(db: Database, username: str, password: str, *, device: str = "") -> Begun:
    """Take a password; raises NotAllowed, saying no more than that it failed."""
    with db.transaction(_PROCESS) as tx:
        # No name holds a NUL, and PostgreSQL cannot even be asked for one.
        account = None if "\x00" in username else accounts.find_account(tx, username)
        right = fits(account, password)
        if account is None or not right or not account.active:
            subject = str(account.id) if account else "unknown"
            tx.audit(Entry("sign-in refused", "account", subject))
            begun = None
        else:
            if _HASHER.check_needs_rehash(account.password_hash):
                accounts.record_password_hash(tx, account.id, _HASHER.hash(password))
            waits = stored.find(tx, account.id).any
            begun = Begun(accounts.add_session(tx, account.id, device=device, waiting=waits), waits)
            tx.audit(Entry("give password" if waits else "sign in", "account", str(account.id)))
    if begun is None:
        raise NotAllowed("The user name or the password is not right.")
    return begun


def find_waiting(db: Database, token: str) -> UUID | None:
    """Return who has given their password and owes the second step; None when nobody does."""
    with db.transaction(_PROCESS) as tx:
        account = accounts.find_waiting_account(tx, token)
        return account.id if account else None


def find_owner(db: Database, token: str) -> UUID | None:
    """Return whose session this was, also a while after it ran out."""
    with db.transaction(_PROCESS) as tx:
        return accounts.find_owner(tx, token)


def find_signed_in(db: Database, token: str) -> SignedIn | None:
    """Return who a session token belongs to, None when it has ended."""
    with db.transaction(_PROCESS) as tx:
        account = accounts.find_session_account(tx, token)
        if account is None:
            return None
        home_id, seated = account.organisation_id, seats.seated(tx, account)
        account = seated.account
        found = None if seated.is_over else entering.find(tx, account)
        acting = entering.as_the_other(account) if found else account
        organisation = directory.get_organisation(tx, acting.organisation_id)
        lapsed = seated.is_over or (found is None and account.entering_for is not None)
        return SignedIn(
            acting,
            organisation,
            found,
            lapsed,
            owes_second_step=_owes(tx, account),
            home_id=home_id,
            has_seats=bool(seated.seats),
            seat_is_over=seated.is_over,
        )


def _owes(tx: Tx, account: Account) -> bool:
    """Tell whether a role's second step is missing; on a plain local address nobody is asked for one."""
    if account.session is None or account.session.two_steps or not tx.public_url.startswith("https://"):
        return False
    return needs_second_step(place_rules.of(tx).second_step_for, account.role)


def sign_out(db: Database, token: str) -> None:
    """End a session."""
    with db.transaction(_PROCESS) as tx:
        accounts.end_session(tx, token)


def fits(account: Account | None, password: str) -> bool:
    """Tell whether a password is somebody's; takes as long for nobody's, and where none was set yet."""
    is_set = account is not None and account.password_hash
    try:
        right = _HASHER.verify(account.password_hash if account and is_set else _NOBODY, password)
        return bool(right and is_set)
    except (VerificationError, InvalidHashError):
        return False
