"""A server that answers as GOV.UK Notify's API does, and the house put together with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.clients.notify import Notify, NotifyAccount
from app.runtime import Runtime
from app.services.follow_up import check_in_asking
from app.services.follow_up.follow_up_asking import House
from app.services.helping import delivery
from app.store import check_ins
from app.store.check_ins import CheckIn
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SERVICE, SECRET = "5f2a1c9e-6c3b-4c1f-9a60-1b1f0d6f2a11", "0c7e5d1a-2f4b-4e0a-8a53-6f6f2e9b7c22"
KEY = f"tests-{SERVICE}-{SECRET}"
TEMPLATES = {
    each: f"d9a3b0c4-1111-4222-8333-{number:012}" for number, each in enumerate(("text", "email", "letter"))
}


@dataclass
class FakeNotify:
    """What Notify has taken, as it keeps it; `answers` (status, body) are given first, one a call."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    takes_first: bool = False  # what is answered from `answers` is taken all the same

    def now_is(self, status: str) -> None:
        """Let every message have come to a status."""
        for each in self.taken:
            each["status"] = status


class _Handler(BaseHTTPRequestHandler):
    notify: FakeNotify

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_signed():
            self._answer(
                403, {"status_code": 403, "errors": [{"error": "AuthError", "message": "Invalid token"}]}
            )
            return
        one = {"id": str(uuid4()), "status": "created", "path": self.path, **told}
        if not self.notify.answers or self.notify.takes_first:
            self.notify.taken.append(one)
        if self.notify.answers:
            self._answer(*self.notify.answers.pop(0))
        else:
            self._answer(201, {"id": one["id"], "reference": one.get("reference")})

    def do_GET(self) -> None:
        self.notify.asked.append(self.path)
        if not self._is_signed():
            self._answer(403, {"status_code": 403, "errors": []})
            return
        parts = urlsplit(self.path)
        if parts.path == "/v2/notifications":
            (wanted,) = parse_qs(parts.query)["reference"]
            found = [each for each in self.notify.taken if each.get("reference") == wanted]
            self._answer(200, {"notifications": found, "links": {"current": self.path}})
            return
        known = {f"/v2/notifications/{each['id']}": each for each in self.notify.taken}
        self._answer(*((200, known[parts.path]) if parts.path in known else (404, {"status_code": 404})))

    def _is_signed(self) -> bool:
        """Whether the token is one of the service's own, signed with its secret."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            told = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"])
        except (JoseError, ValueError):
            return False
        return told.claims["iss"] == SERVICE

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def notify() -> Iterator[FakeNotify]:
    fake = FakeNotify()
    handler = type("Handler", (_Handler,), {"notify": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()


@pytest.fixture
def posting(runtime: Runtime, notify: FakeNotify) -> Runtime:
    """The house with GOV.UK Notify."""
    return replace(runtime, notify=Notify(NotifyAccount(KEY, TEMPLATES, notify.url)))


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody to whom a service has said yes today."""
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    return made


@pytest.fixture
def asked(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Callable[[], Sequence[CheckIn]]:
    """What became of that person's askings, the first first."""
    return lambda: check_ins_of(runtime.db, place, made)


def check_ins_of(db: Database, place: MadePlace, made: MadeReferral) -> Sequence[CheckIn]:
    with db.transaction(place.link_worker) as tx:
        return check_ins.list_for_referral(tx, made.id, audit="test")


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger with a browser."""
    return Visitor(app.test_client())


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def sweep(db: Database, *, has_mail: bool = False, has_texts: bool = False, has_letters: bool = False) -> int:
    """Plan and take every step that is due, as the worker does; return how many there were."""
    check_in_asking.plan_new(db)
    found = check_in_asking.due(db)
    house = House(has_mail, "020 7946 0001", has_texts, has_letters)
    for check_in_id in found:
        check_in_asking.take_step(db, check_in_id, house)
    return len(found)
