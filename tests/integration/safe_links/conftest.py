"""A group without an account, its helpers, and the post that reaches them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.access import system
from app.runtime import Runtime
from app.store import mail, people
from app.store.crypto import Cell
from tests import by_link
from tests.by_link import CODE_TO, LINK_TO, path_in
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor, sign_in, visitor

__all__ = ["CODE_TO", "LINK_TO", "sign_in", "visitor"]


@dataclass
class Post:
    """What was put on its way: every letter once, in its order."""

    runtime: Runtime

    def take(self) -> list[mail.Mail]:
        """Return what came since it was last asked."""
        return by_link.take_post(self.runtime.db)

    def link(self, to: str = LINK_TO) -> str:
        """Return the path of the only new link to an address."""
        (found,) = [each for each in self.take() if each.to == to]
        return path_in(found.text)

    def digits(self, to: str = CODE_TO) -> str:
        """Return the newest six digits to a channel."""
        found = [each for each in self.take() if each.to == to]
        return str(re.findall(r"\b\d{6}\b", found[-1].text)[0])


@pytest.fixture
def post(runtime: Runtime) -> Post:
    return Post(runtime)


def names_at_steps(runtime: Runtime, admin: Engine, referral_id: UUID) -> list[str | None]:
    """Return who is named at the steps of a provider, oldest first; every name lies sealed."""
    query = "select id, named from transition where referral_id = :referral and role = 'provider'"
    with admin.connect() as connection:
        rows = connection.execute(text(f"{query} order by id"), {"referral": referral_id}).all()
        whose = "select person_id from referral where id = :referral"
        person_id = connection.execute(text(whose), {"referral": referral_id}).scalar_one()
    with runtime.db.transaction(system("test")) as tx:
        return [
            people.open_for(tx, person_id, Cell("transition", "named", each.id), each.named) for each in rows
        ]


AddHelper = Callable[..., UUID]


@pytest.fixture
def add_helper(runtime: Runtime, place: MadePlace) -> AddHelper:
    """Add a helper of the first provider, verified unless told otherwise; return their id."""
    return partial(by_link.add_helper, runtime.db, place)


@dataclass
class Helper(Visitor):
    """A helper with a browser of their own."""

    post: Post

    def knock(self, path: str) -> None:
        """Press the button of the neutral page."""
        answer = self.send(path)
        assert (answer.status_code, answer.location) == (303, "/by-link"), answer.text[:1000]

    def type(self, digits: str, named: str = "Sam Lee") -> int:
        """Type six digits and a name; return the answer's status."""
        return self.send("/by-link", {"digits": digits, "named": named}).status_code

    def come_in(self, path: str, *, named: str = "Sam Lee", code_to: str = CODE_TO) -> Helper:
        """Go all the way, from a link to the offer."""
        self.knock(path)
        assert self.type(self.post.digits(code_to), named) == 303
        return self


@pytest.fixture
def helper(app: Flask, post: Post) -> Callable[[], Helper]:
    """Somebody of the group in a browser of their own."""
    return lambda: Helper(app.test_client(), post)
