"""Everybody of the place in browsers of their own, with a mail box, an authenticator app, and a secure address."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.domain.access import system
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing
from app.services.signing_in import sign_in_news
from app.store import accounts, one_time_codes, staff
from app.store.accounts import Account
from app.store.mail import Mail
from app.store.tables import UserRow
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace
from tests.integration.web.conftest import Visitor

ADDRESS = "{name}@example.org"


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger."""
    return Visitor(app.test_client())


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@dataclass
class MailBox:
    """What was sent, to whom and with which words."""

    runtime: Runtime

    def open(self) -> list[Mail]:
        """Let everything that waits be sent, and return it, without the news of signing in."""
        return [each for each in self._take() if each.subject != sign_in_news.SUBJECT]

    def news(self) -> list[Mail]:
        """Let everything that waits be sent, and return the news of signing in."""
        return [each for each in self._take() if each.subject == sign_in_news.SUBJECT]

    def _take(self) -> list[Mail]:
        letters: list[Mail] = []

        def send(letter: Mail) -> Attempt:
            letters.append(letter)
            return Attempt(Result.SENT)

        mailing.send_due(self.runtime.db, send)
        return letters

    def link(self, purpose: str = "set-password") -> str:
        """The path of the newest link that was sent."""
        found = [path for letter in self.open() for path in re.findall(rf"/{purpose}/[\w-]+", letter.text)]
        assert found
        return found[-1]


@pytest.fixture
def mail_box(runtime: Runtime) -> MailBox:
    return MailBox(runtime)


@pytest.fixture
def addressed(runtime: Runtime, place: MadePlace) -> MadePlace:
    """The place, where everybody has an e-mail address."""
    with runtime.db.transaction(system("test")) as tx:
        for name, account in place.accounts.items():
            staff.record_email(tx, account.id, ADDRESS.format(name=name))
    return place


@dataclass
class App:
    """An authenticator app: what it was told, and the clock that it goes by."""

    clock: Clock
    secret: bytes

    def code(self) -> str:
        """The code of now."""
        return one_time_codes.code_at(self.secret, self.clock())

    def next_code(self) -> str:
        """The code of the next half minute."""
        self.clock.advance(seconds=30)
        return self.code()


def set_up_app(visitor: Visitor, clock: Clock) -> tuple[App, list[str]]:
    """Set an app up by the pages; return it and the recovery codes."""
    assert visitor.send("/account/app/begin", at="/account/app").status_code == 303
    page = visitor.get("/account/app")
    told = re.search(r"<strong>([A-Z2-7 ]{32,})</strong>", page.html)
    assert told
    plain = told[1].replace(" ", "")
    app = App(clock, base64.b32decode(plain + "=" * (-len(plain) % 8)))
    answer = visitor.send("/account/app", {"code": app.code()})
    assert answer.status_code == 200, answer.text[:2000]
    return app, re.findall(r"<code>([a-z0-9-]+)</code>", answer.text)


@pytest.fixture
def secure(runtime: Runtime, place: MadePlace) -> Runtime:
    """The house at an https address, as it is for real."""
    settings = replace(runtime.settings, public_url="https://localhost")
    runtime.db.public_url = "https://localhost"
    return replace(runtime, settings=settings)


class SecureVisitor(Visitor):
    """A browser that speaks TLS."""

    def __init__(self, runtime: Runtime) -> None:
        client = application_of(runtime).test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        client.environ_base["HTTP_REFERER"] = "https://localhost/"
        super().__init__(client)


def give_password(visitor: Visitor, username: str, password: str = PASSWORD) -> str:
    """Give the password; return where that leads."""
    answer = visitor.send("/sign-in", {"username": username, "password": password})
    assert answer.status_code == 303, answer.text[:1500]
    return answer.location


def invited(runtime: Runtime, full_name: str = "Ada Lane") -> Account:
    """The one account of this name: its user name was drawn."""
    with runtime.db.transaction(system("test")) as tx:
        user_id = tx.session.scalars(select(UserRow.id).where(UserRow.full_name == full_name)).one()
        account = accounts.find_account_by_id(tx, user_id)
    assert account is not None
    return account


def acts(runtime: Runtime, act: str) -> int:
    """How often the audit tells of an act."""
    with runtime.db.transaction(system("test")) as tx:
        query = text("select count(*) from audit_event where act = :act")
        return int(tx.session.execute(query, {"act": act}).scalar_one())
