"""Signing in and out for people: the same answer and the same work whether or not the user name exists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.access import Actor
from app.domain.errors import NotAllowed
from app.domain.referral import Organisation
from app.services import entering
from app.services.entering import Entering
from app.store import accounts, directory
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.session import Database

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

    @property
    def actor(self) -> Actor:
        """The actor of everything they do."""
        return replace(self.account.actor, entered_by=self.entering.own.id if self.entering else None)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _HASHER.hash(password)


def sign_in(db: Database, username: str, password: str) -> str:
    """Open a session and return its token; raises NotAllowed, saying no more than that it failed."""
    with db.transaction(_PROCESS) as tx:
        # No name holds a NUL, and PostgreSQL cannot even be asked for one.
        account = None if "\x00" in username else accounts.find_account(tx, username)
        fits = _fits(account.password_hash if account else _NOBODY, password)
        if account is None or not fits or not account.active:
            subject = str(account.id) if account else "unknown"
            tx.audit(Entry("sign-in refused", "account", subject))
            token = None
        else:
            if _HASHER.check_needs_rehash(account.password_hash):
                accounts.record_password_hash(tx, account.id, _HASHER.hash(password))
            token = accounts.add_session(tx, account.id)
            tx.audit(Entry("sign in", "account", str(account.id)))
    if token is None:
        raise NotAllowed("The user name or the password is not right.")
    return token


def find_signed_in(db: Database, token: str) -> SignedIn | None:
    """Return who a session token belongs to, None when it has ended."""
    with db.transaction(_PROCESS) as tx:
        account = accounts.find_session_account(tx, token)
        if account is None:
            return None
        found = entering.find(tx, account)
        acting = entering.as_the_other(account) if found else account
        organisation = directory.get_organisation(tx, acting.organisation_id)
        return SignedIn(
            acting, organisation, found, lapsed=found is None and account.entering_for is not None
        )


def sign_out(db: Database, token: str) -> None:
    """End a session."""
    with db.transaction(_PROCESS) as tx:
        accounts.end_session(tx, token)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
