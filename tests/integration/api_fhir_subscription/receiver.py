"""A subscriber's endpoint: a real HTTP server on loopback that remembers what it was sent and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def bundle(self) -> Json:
        return dict(json.loads(self.body))

    @property
    def status(self) -> dict[str, str]:
        """The plain parameters of the subscription's status."""
        parameters = self.bundle["entry"][0]["resource"]["parameter"]
        return {each["name"]: value_of(each) for each in parameters if each["name"] != "notification-event"}

    @property
    def events(self) -> list[dict[str, str]]:
        """What happened: event-number, timestamp, focus of each."""
        parameters = self.bundle["entry"][0]["resource"]["parameter"]
        events = [each["part"] for each in parameters if each["name"] == "notification-event"]
        return [{part["name"]: value_of(part) for part in event} for event in events]


def value_of(parameter: Json) -> str:
    """The one value of a parameter, of a reference its address."""
    (value,) = (told for name, told in parameter.items() if name.startswith("value"))
    return str(value["reference"] if isinstance(value, dict) else value)


@dataclass
class Receiver:
    """What the endpoint was sent, and how it answers: with a status, once it may.

    Until then it is silent, or with `drips` sends a byte of its answer now and then.
    """

    url: str
    answer: int = 200
    drips: bool = False
    location: str = ""
    may_answer: Event = field(default_factory=Event)
    taken: list[Taken] = field(default_factory=list)

    @property
    def notifications(self) -> list[Taken]:
        """What came after the handshakes."""
        return [each for each in self.taken if each.status["type"] == "event-notification"]

    @property
    def events(self) -> list[dict[str, str]]:
        return [event for each in self.notifications for event in each.events]

    @property
    def focuses(self) -> list[str]:
        """Type/id of everything that happened, in the order of arrival."""
        return ["/".join(event["focus"].split("/")[-2:]) for event in self.events]

    def wait_for(self, count: int) -> None:
        """Return once so many events have come; fails when they do not."""
        patience = Event()
        for _ in range(100):
            if len(self.events) >= count:
                return
            patience.wait(0.1)
        raise AssertionError(f"{len(self.events)} of {count} events came")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """An endpoint that is up until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            receiver.taken.append(Taken(self.path, dict(self.headers), body))
            with suppress(ConnectionError):  # whoever called may have gone
                self._wait()
                self.send_response(receiver.answer)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _wait(self) -> None:
            if receiver.drips:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not receiver.may_answer.wait(0.1):
                    self.wfile.write(b".")
            receiver.may_answer.wait()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    receiver.may_answer.set()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()
