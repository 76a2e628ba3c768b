"""What somebody is written when the way they sign in has changed: never who did it, never from where."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.services.messages import mailing
from app.store import accounts, staff
from app.store.accounts import Account
from app.store.session import Tx

SUBJECT: Final = "News of your account"


def tell(tx: Tx, account: Account, what: str) -> None:
    """Write somebody who has an address what has changed in how they sign in; the one before hears for a while too."""
    tell_of(tx, account.id, what)


def tell_of(tx: Tx, user_id: UUID, what: str, *, also: str | None = None, subject: str = SUBJECT) -> None:
    """Write the owner of an account, at the address now, at those until lately, and `also` there."""
    account = accounts.find_account_by_id(tx, user_id)
    with tx.as_system("accounts") as system_tx:
        before = staff.addresses_before(system_tx, user_id)
    for to in sorted({each for each in (account and account.email, also, *before) if each}):
        write(tx, to, what, subject=subject)


def write(tx: Tx, to: str, what: str, *, subject: str = SUBJECT) -> None:
    """Write one address what has happened to an account."""
    lines = ["Hello,", "", what, "If you did not know of this, ring the steward of your area at once."]
    mailing.mail(tx, to=to, subject=subject, lines=lines, purpose="account", organisation_id=None)
