"""What a password must be, changing one's own, and the link by which one is set: invited, or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from zxcvbn import zxcvbn

from app.domain.access import Actor
from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.domain.vocabulary import Role
from app.services.messages import links, mailing
from app.services.signing_in import account_news
from app.services.signing_in.sign_in import fits, hash_password
from app.store import accounts, directory, own_sessions, staff
from app.store.accounts import SESSIONS, Account
from app.store.audit import Entry
from app.store.session import Database, Tx

SHORTEST: Final = 12
LONGEST: Final = 256
SET_PASSWORD: Final = "set-password"  # noqa: S105 - the purpose of a link, and its page
INVITED_DAYS: Final = 7
FORGOTTEN_DAYS: Final = 1
_LOOKED_AT: Final = 72  # characters that are enough to guess by; more only takes longer
_SAFE: Final = 3  # zxcvbn's own word for "safely unguessable" by whoever asks a slow hash
_SERVICE: Final = ("backstitch", "social prescribing")
_SHORTEST_NAME: Final = 4


def check(password: str, names: Sequence[str]) -> None:
    """Raise Invalid when a password is too short or too easily guessed; any characters will do.

    `names` are those of the person, their user name, address and organisation: no password is made of them.
    """
    if len(password) < SHORTEST:
        sentence = (
            f"A password needs {SHORTEST} characters or more. Three or four words are easy to remember."
        )
    elif len(password) > LONGEST:
        sentence = f"A password can have up to {LONGEST} characters."
    elif _holds_a_name(password, names):
        sentence = (
            "Leave your name, your organisation's and ours out of the password: they are guessed first."
        )
    elif not _is_hard_to_guess(password, names):
        sentence = (
            "This password is easily guessed: it is often used, or made of such parts. Take three or four words "
            "that do not belong together."
        )
    else:
        return
    raise Invalid([FieldProblem("password", sentence)])


def _holds_a_name(password: str, names: Sequence[str]) -> bool:
    plain = _plain(password)
    told = (_plain(name) for name in (*_SERVICE, *names))
    return any(name in plain for name in told if len(name) >= _SHORTEST_NAME)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_hard_to_guess(password: str, names: Sequence[str]) -> bool:
    given = [part for name in names for part in (name, *name.split())]
    return int(zxcvbn(password[:_LOOKED_AT], user_inputs=given)["score"]) >= _SAFE


def names_of(tx: Tx, account: Account) -> list[str]:
    """Return the names that somebody's password must not be made of."""
    home = directory.get_organisation(tx, account.organisation_id)
    return [account.username, account.full_name, home.name, (account.email or "").partition("@")[0]]


def change_own(db: Database, actor: Actor, session_id: UUID, *, now: str, new: str) -> None:
    """Replace one's own password; all other sessions end. Raises Invalid, also when the one they have is not right."""
    with db.transaction(actor) as tx:
        account = _own(tx, actor)
        if not fits(account, now):
            wrong = Invalid([FieldProblem("now", "This is not your password now.")])
            tx.audit(Entry("password change refused", "account", str(account.id)))
        else:
            wrong = None
            check(new, names_of(tx, account))
            _record(tx, account, new)
            own_sessions.end_all(tx, account.id, but=session_id)
            own_sessions.record_confirmed(tx, session_id)
    if wrong is not None:
        raise wrong


def _own(tx: Tx, actor: Actor) -> Account:
    account = accounts.find_account_by_id(tx, actor.user_id) if actor.user_id else None
    if account is None:
        raise NotAllowed("Only somebody who signs in has a password.")
    return account


def _record(tx: Tx, account: Account, password: str) -> None:
    accounts.record_password_hash(tx, account.id, hash_password(password))
    links.revoke(tx, purpose=SET_PASSWORD, subject_id=account.id)
    tx.audit(Entry("set password", "account", str(account.id)))
    if account.password_hash:  # not when it is the first
        account_news.tell(
            tx, account, "Your password was changed just now. If that was you, there is nothing to do."
        )


def ask_for_link(db: Database, named: str) -> None:
    """Send a link to whoever has this user name or address; whether anybody has is told to nobody.

    For a name that nobody has the same is done for a stand-in, and taken back, so that the time tells nothing either.
    """
    told = "" if "\x00" in named else named.strip()
    with db.transaction(SESSIONS) as tx:
        known = accounts.find_account(tx, told)
        found = {known.id} if known else set()
        found |= set(staff.list_by_email(tx, told))
        reached = [account for user_id in found if (account := _reachable(tx, user_id))]
        for account in reached:
            with tx.session.begin_nested():
                send_link(tx, account, days=FORGOTTEN_DAYS)
        if not reached:
            with tx.session.begin_nested() as rehearsal:
                send_link(replace(tx, audited=[], outgoing=[]), _stand_in(tx), days=FORGOTTEN_DAYS)
                rehearsal.rollback()
        tx.audit(Entry("ask for a new password", "account", "some" if reached else "unknown"))


def _reachable(tx: Tx, user_id: UUID) -> Account | None:
    account = accounts.find_account_by_id(tx, user_id)
    return account if account is not None and account.active and account.email else None


def _stand_in(tx: Tx) -> Account:
    blank = accounts.new_account(directory.get_place(tx).id, Role.RESIDENT, "nobody", "Nobody", "")
    return replace(blank, email="nobody@example.org")


def send_link(tx: Tx, account: Account, *, days: int, invited_by: str = "") -> None:
    """Send somebody a link by which they set their password; older ones end. Raises Invalid without an address."""
    if not account.email:
        raise Invalid([FieldProblem("email", "Write an e-mail address down first.")])
    links.revoke(tx, purpose=SET_PASSWORD, subject_id=account.id)
    address = links.make_link(
        tx,
        purpose=SET_PASSWORD,
        subject_id=account.id,
        organisation_id=account.organisation_id,
        days=days,
    )
    why = (
        f"{invited_by} would like you to work with Backstitch."
        if invited_by
        else "somebody, we hope you, asked for a new password. If it was not you, do nothing."
    )
    lines = [
        "Hello,",
        "",
        why,
        "Your user name is:",
        account.username,
        "",
        "Set your password here:",
        address,
        "",
    ]
    lines.append(f"The link is good once, for {days} {'day' if days == 1 else 'days'}. Give it to nobody.")
    mailing.mail(
        tx,
        to=account.email,
        subject="Set your password for Backstitch",
        lines=lines,
        purpose="account",
        organisation_id=account.organisation_id,
    )


def look(db: Database, code: str) -> str:
    """Return the user name that a link is for; changes nothing. Raises LinkGone."""
    link = links.look(db, code, purpose=SET_PASSWORD)
    with db.transaction(SESSIONS) as tx:
        return _of_link(tx, link.subject_id).username


def set_by_link(db: Database, code: str, password: str) -> str:
    """Set a password by a link, once; all sessions end. Return the user name. Raises LinkGone, TooOften, Invalid.

    Second steps stay: a mailbox alone opens no account that has one.
    """
    link = links.knock(db, code, purpose=SET_PASSWORD)
    with db.transaction(SESSIONS) as tx:
        account = _of_link(tx, link.subject_id)
        check(password, names_of(tx, account))
        links.use_up(tx, link)
        _record(tx, account, password)
        own_sessions.end_all(tx, account.id)
    return account.username


def _of_link(tx: Tx, user_id: UUID) -> Account:
    account = accounts.find_account_by_id(tx, user_id)
    if account is None or not account.active:
        raise links.LinkGone
    return account
