"""Calls a subscriber's own address, once, and tells in a short code how that went; never what was said."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from typing import Any, Final

import requests
import urllib3

from app.clients.outside import NotOutside, check_outside, outside_session

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0  # between two pieces of an answer
WHOLE_SECONDS: Final = 10.0  # for all of it: an answer that drips must not hold the others up


class RestHook:
    """A way out to addresses that clients gave; `allow_private` lets in those of our own network (tests, a demo)."""

    def __init__(self, *, allow_private: bool, whole_seconds: float = WHOLE_SECONDS):
        self._allow_private = allow_private
        self._whole_seconds = whole_seconds

    def why_not(self, url: str) -> str | None:
        """Return a sentence that says why this address is never called, None when it may be.

        A name that cannot be resolved just now is let pass: every call looks again.
        """
        try:
            check_outside(url, allow_private=self._allow_private)
        except NotOutside as refused:
            return None if refused.may_pass else refused.sentence
        return None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """POST once; None when the answer was a 2xx, else a short code such as "http-410" or "timeout".

        No redirect is followed, no proxy asked, and nothing of the answer is read beyond its status and headers.
        """
        deadline = _Deadline(self._whole_seconds)
        with outside_session(allow_private=self._allow_private) as session, deadline:
            deadline.watch(session)
            try:
                with session.post(
                    url,
                    data=body,
                    headers=dict(headers),
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return "timeout" if deadline.passed else _failure(response.status_code)
            except (NotOutside, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
                return "timeout" if deadline.passed else _code(fault)


def _failure(status: int) -> str | None:
    return None if status // 100 == 2 else f"http-{status}"


def _code(fault: Exception) -> str:
    if isinstance(fault, NotOutside):
        return "name-unknown" if fault.may_pass else "not-outside"
    if isinstance(fault, requests.Timeout | TimeoutError):
        return "timeout"
    if isinstance(fault, requests.exceptions.SSLError):
        return "tls"
    return "connection"


class _Deadline:
    """Ends a call as a whole: time-outs of sockets begin anew with every byte that drips in."""

    def __init__(self, seconds: float):
        self.passed = False
        self._held: list[socket.socket] = []
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for held in self._held:
            held.close()

    def watch(self, session: requests.Session) -> None:
        """See to it that every connection of a session is known here from its first moment on."""
        for scheme in ("http", "https"):
            adapter: Any = session.get_adapter(f"{scheme}://")
            manager = adapter.poolmanager
            pool = manager.pool_classes_by_scheme[scheme]
            connection = type("Watched", (_Watched, pool.ConnectionCls), {"deadline": self})
            manager.pool_classes_by_scheme = {scheme: type("Pool", (pool,), {"ConnectionCls": connection})}

    def hold(self, opened: socket.socket) -> None:
        """Keep a second handle of a connection: TLS takes the first one over."""
        self._held.append(opened.dup())
        if self.passed:
            self._end()

    def _end(self) -> None:
        self.passed = True
        for held in self._held:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Watched:
    deadline: _Deadline

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the connection it is mixed into
        self.deadline.hold(opened)
        return opened
