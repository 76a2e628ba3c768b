"""A program signs somebody in: name, password and code at once, at the paces of the pages and with their news."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain import paces
from app.domain.errors import NotAllowed
from app.services.signing_in import second_steps, sign_in, sign_in_news, sign_in_paces
from app.services.signing_in.sign_in import SignedIn
from app.services.signing_in.sign_in_paces import Counter, Try
from app.store.session import Database

CODE_NEEDED = "A code of your app is needed too. Send it as code."


@dataclass(frozen=True, slots=True)
class Given:
    """What a program gives, from which address; `code` is empty where none was sent."""

    username: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    address: str


def enter(db: Database, counter: Counter, given: Given) -> tuple[str, SignedIn]:
    """Open a session; return its token and whose it is. Raises NotAllowed, TooFast."""
    token = _token(db, counter, given)
    found = sign_in.find_signed_in(db, token)
    if found is None:
        raise NotAllowed("The account has ended.")
    sign_in_news.tell_of_program(db, counter, found.account.id, given.address)
    return token, found


def _token(db: Database, counter: Counter, given: Given) -> str:
    try:
        with Try(given.username, given.address).counted(counter):
            begun = sign_in.begin(db, given.username, given.password)
    except NotAllowed:
        sign_in_news.note_wrong_password(db, counter, given.username)
        raise
    if not begun.waits:
        return begun.token
    if not given.code:
        raise NotAllowed(CODE_NEEDED)
    return _after_code(db, counter, begun.token, given.code)


def _after_code(db: Database, counter: Counter, waiting_token: str, code: str) -> str:
    """Codes are counted by account, with those given on the pages, however the name was spelt."""
    waiting = sign_in.find_waiting(db, waiting_token)
    if waiting is None:
        raise NotAllowed(second_steps.WRONG)
    sign_in_paces.count(counter, paces.WRONG_CODE, str(waiting))
    try:
        token = second_steps.complete(db, waiting_token, code)
    except NotAllowed:
        sign_in_news.note_wrong_code(db, counter, waiting)
        raise
    counter.forget(paces.WRONG_CODE, str(waiting))
    return token
