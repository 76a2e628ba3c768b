"""What somebody is written when the way they sign in has changed: never who did it, never from where."""

from __future__ import annotations

from app.services.messages import mailing
from app.store.accounts import Account
from app.store.session import Tx


def tell(tx: Tx, account: Account, what: str) -> None:
    """Write somebody who has an address what has changed in how they sign in."""
    if account.email:
        lines = ["Hello,", "", what, "If that was not you, ring the steward of your area at once."]
        subject = "News of your account"
        mailing.mail(
            tx, to=account.email, subject=subject, lines=lines, purpose="account", organisation_id=None
        )
