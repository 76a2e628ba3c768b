"""What somebody is written of signing in that may not have been theirs: never from where, and never a name or a word
that was tried."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from app.domain import paces
from app.services.signing_in import account_news
from app.services.signing_in.sign_in_paces import Counter
from app.store import accounts
from app.store.accounts import SESSIONS
from app.store.session import Database, Tx

SUBJECT: Final = "Signing in to your account"
NEW_BROWSER: Final = (
    "Somebody signed in to your account on a browser on which nobody had signed in to it for a while, or ever. If that "
    "was you, there is nothing to do."
)
PROGRAM: Final = (
    "Somebody signed in to your account with a program, from where none had for a while, or ever. If that was "
    "you, there is nothing to do."
)
WRONG_PASSWORDS: Final = (
    "Somebody gave many wrong passwords for your account. With those nobody was let in. If that was you, there is "
    "nothing to do."
)
WRONG_CODES: Final = (
    "Somebody gave the right password of your account, and wrong codes after it. With those nobody was let in. If that "
    "was not you, change your password at once: somebody knows it."
)
_NOBODY: Final = "nobody@example.org"


def tell_of_new_browser(db: Database, user_id: UUID) -> None:
    """Write the owner of an account that somebody has signed in on a browser that has no mark of theirs."""
    with db.transaction(SESSIONS) as tx:
        account_news.tell_of(tx, user_id, NEW_BROWSER, subject=SUBJECT)


def tell_of_program(db: Database, counter: Counter, user_id: UUID, address: str) -> None:
    """Write the owner of an account that a program has signed in from an address from which none had for a while.

    A program has no browser that could bear a mark: where it asks from stands in for one.
    """
    if counter.count(paces.TOLD_OF_PROGRAM, str(user_id), paces.counted_as(address)):
        return
    with db.transaction(SESSIONS) as tx:
        account_news.tell_of(tx, user_id, PROGRAM, subject=SUBJECT)


def note_wrong_password(db: Database, counter: Counter, username: str) -> None:
    """Count a wrong password, and write the owner once a day when there were many, whoever gave them.

    For a name that nobody has the same is written and taken back, so that the time tells nothing of who has an account.
    """
    name = username.strip().casefold()[:200]
    if not counter.count(paces.WRONG_BEFORE_TOLD, name) or counter.count(
        paces.TOLD_OF_WRONG, "password", name
    ):
        return
    with db.transaction(SESSIONS) as tx:
        account = None if "\x00" in username else accounts.find_account(tx, username)
        if account is not None and account.active and account.email:
            with tx.session.begin_nested():
                account_news.tell_of(tx, account.id, WRONG_PASSWORDS, subject=SUBJECT)
        else:
            _rehearse(tx)


def note_wrong_code(db: Database, counter: Counter, user_id: UUID) -> None:
    """Count a wrong code after a right password, and write the owner once a day when it was more than a slip."""
    who = str(user_id)
    if not counter.count(paces.WRONG_CODES_BEFORE_TOLD, who) or counter.count(
        paces.TOLD_OF_WRONG, "code", who
    ):
        return
    with db.transaction(SESSIONS) as tx:
        account_news.tell_of(tx, user_id, WRONG_CODES, subject=SUBJECT)


def _rehearse(tx: Tx) -> None:
    with tx.session.begin_nested() as rehearsal:
        account_news.write(replace(tx, audited=[], outgoing=[]), _NOBODY, WRONG_PASSWORDS, subject=SUBJECT)
        rehearsal.rollback()
