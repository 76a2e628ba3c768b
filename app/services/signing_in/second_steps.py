"""The second step of signing in: codes of an app, once each, and recovery codes; set up, used, switched off."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, own_account_id
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed
from app.services.signing_in import account_news
from app.store import accounts, one_time_codes, own_sessions
from app.store import second_steps as stored
from app.store.accounts import SESSIONS, Account
from app.store.audit import Entry
from app.store.second_steps import SecondSteps
from app.store.session import Database, Tx

CODES: Final = 10
ISSUER: Final = "Backstitch"
_CODE_BYTES: Final = 15  # 120 random bits: from 112 on a plain digest is enough (ASVS 6.5.2)
WRONG: Final = "This code is not right, or it was used already. Wait for the next one, then try again."
_APP_CODE: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class AppSecret:
    """What an authenticator app is told, as an address (for a picture) and as text to type."""

    address: str
    text: str


def find_own(db: Database, actor: Actor) -> SecondSteps:
    """Return what the actor has beside their password."""
    with db.transaction(actor) as tx:
        return stored.find(tx, own_account_id(actor))


def begin_app(db: Database, actor: Actor) -> AppSecret:
    """Make a secret for the actor's app; it counts once a code of it was given. Raises Conflict where there is one."""
    with db.transaction(actor) as tx:
        account = own_account(tx, actor)
        if stored.find(tx, account.id).app:
            raise Conflict("You have an app already. Switch it off first.")
        secret = one_time_codes.new_secret()
        stored.record_secret(tx, account.id, secret)
        return _told(secret, account)


def show_app(db: Database, actor: Actor) -> AppSecret | None:
    """Return the secret that still waits for its first code, None when there is none."""
    with db.transaction(actor) as tx:
        account = own_account(tx, actor)
        found = stored.find_secret(tx, account.id, confirmed=False)
        return _told(found[0], account) if found else None


def confirm_app(db: Database, actor: Actor, session_id: UUID, code: str) -> tuple[str, ...]:
    """Let the app count from now on; return new recovery codes, once, when there were none. Raises Invalid."""
    with db.transaction(actor) as tx:
        account = own_account(tx, actor)
        found = stored.find_secret(tx, account.id, confirmed=False)
        step = _step(tx, found, code)
        if step is None:
            raise Invalid([FieldProblem("code", WRONG)])
        stored.record_step(tx, account.id, step)
        tx.audit(Entry("set up app for codes", "account", str(account.id)))
        account_news.tell(tx, account, "An app for codes was set up for your account.")
        return added(tx, account, session_id)


def added(tx: Tx, account: Account, session_id: UUID) -> tuple[str, ...]:
    """Note that a second step was set up in this session, and end all others; return first recovery codes, if new."""
    own_sessions.end_all(tx, account.id, but=session_id)
    own_sessions.record_two_steps(tx, session_id)
    return () if stored.find(tx, account.id).codes_left else _new_codes(tx, account.id)


def new_codes(db: Database, actor: Actor) -> tuple[str, ...]:
    """Make new recovery codes and return them, once; earlier ones open nothing any more.

    Raises Conflict without an app or a passkey.
    """
    with db.transaction(actor) as tx:
        account = own_account(tx, actor)
        if not stored.find(tx, account.id).any:
            raise Conflict("Set up an app or a passkey first.")
        tx.audit(Entry("make recovery codes", "account", str(account.id)))
        return _new_codes(tx, account.id)


def remove_app(db: Database, actor: Actor) -> None:
    """Switch the actor's app off; with the last second step the recovery codes go too."""
    with db.transaction(actor) as tx:
        account = own_account(tx, actor)
        stored.remove_app(tx, account.id)
        tx.audit(Entry("remove app for codes", "account", str(account.id)))
        removed(tx, account, "The app for codes was switched off for your account.")


def removed(tx: Tx, account: Account, what: str) -> None:
    """Tell somebody of a second step that is gone; with the last one their recovery codes go."""
    if not stored.find(tx, account.id).any:
        stored.remove_all(tx, account.id)
    account_news.tell(tx, account, what)


def complete(db: Database, token: str, code: str) -> str:
    """Open the session that waits for its second step, under a new token. Raises NotAllowed for a wrong code."""
    with db.transaction(SESSIONS) as tx:
        account = accounts.find_waiting_account(tx, token)
        opened = open_session(tx, token, account) if account and _is_right(tx, account, code) else None
        if opened is None:
            subject = str(account.id) if account else "unknown"
            tx.audit(Entry("second step refused", "account", subject))
    if opened is None:
        raise NotAllowed(WRONG)
    return opened


def open_session(tx: Tx, token: str, account: Account) -> str:
    """Give a session that has waited a new token, and end the old one."""
    accounts.end_session(tx, token)
    sitting = account.session
    tx.audit(Entry("sign in", "account", str(account.id), None, {"steps": 2}))
    by = replace(sitting.by, shown_at=tx.now) if sitting and sitting.by else None
    device = sitting.device if sitting else ""
    return accounts.add_session(tx, account.id, device=device, two_steps=True, by=by)


def is_own_code(tx: Tx, actor: Actor, code: str) -> bool:
    """Tell whether a code of the actor's app is right, and use it up."""
    account = own_account(tx, actor)
    return _is_app_code(tx, account, _typed(code))


def _is_right(tx: Tx, account: Account, code: str) -> bool:
    typed = _typed(code)
    if _APP_CODE.fullmatch(typed):
        return _is_app_code(tx, account, typed)
    if not stored.use_code(tx, account.id, typed):
        return False
    tx.audit(Entry("use recovery code", "account", str(account.id)))
    left = stored.find(tx, account.id).codes_left
    account_news.tell(tx, account, f"A recovery code was used to sign in to your account. {left} are left.")
    return True


def _is_app_code(tx: Tx, account: Account, typed: str) -> bool:
    step = _step(tx, stored.find_secret(tx, account.id, confirmed=True), typed)
    if step is None:
        return False
    stored.record_step(tx, account.id, step)
    return True


def _step(tx: Tx, found: tuple[bytes, int] | None, code: str) -> int | None:
    typed = _typed(code)
    if found is None or not _APP_CODE.fullmatch(typed):
        return None
    return one_time_codes.matching_step(found[0], typed, tx.now, after=found[1])


def _typed(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isascii() and letter.isalnum())


def _new_codes(tx: Tx, user_id: UUID) -> tuple[str, ...]:
    codes = [base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower() for _ in range(CODES)]
    stored.record_codes(tx, user_id, codes)
    return tuple("-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes)


def own_account(tx: Tx, actor: Actor) -> Account:
    """Return the actor's own account; raises NotAllowed for whoever has none."""
    account = accounts.find_account_by_id(tx, own_account_id(actor))
    if account is None:
        raise NotAllowed("Only somebody who signs in has an account.")
    return account


def _told(secret: bytes, account: Account) -> AppSecret:
    return AppSecret(one_time_codes.address(secret, account.username, ISSUER), one_time_codes.as_text(secret))
