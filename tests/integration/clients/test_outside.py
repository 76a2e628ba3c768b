"""Addresses that somebody else gave us: public ones are called, our own network never is."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.clients.outside import NotOutside, check_outside, outside_session

PRIVATE = [
    "https://127.0.0.1/keys",
    "https://localhost/keys",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.3.4:8443/x",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://192.0.2.7/",
    "https://192.0.0.8/",
    "https://192.0.0.9/",
    "https://[::ffff:192.0.0.10]/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::]/",
]
NO_ADDRESS = [
    "",
    "keys",
    "/keys",
    "https://",
    "https:///keys",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "javascript:alert(1)",
    "http://8.8.8.8/",
    "https://user:secret@8.8.8.8/",
    "https://user@8.8.8.8/",
    "https://8.8.8.8:99999/",
    "https://8.8.8.8:x/",
    "https://[::1/",
    "https://8.8.8.8/\r\nX-Header: 1",
    "https://8.8.8.8/a b",
    "https://8.8.8.8/" + "x" * 3000,
]


@pytest.mark.parametrize("url", PRIVATE + NO_ADDRESS)
def test_what_is_not_public_https_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(NotOutside) as refused:
        check_outside(url, allow_private=False)
    assert "secret" not in refused.value.sentence
    assert not refused.value.may_pass


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/", "https://8.8.8.8:8443/a?b=c", "https://[2001:4860:4860::8888]/"]
)
def test_a_public_https_address_is_taken(url: str) -> None:
    check_outside(url, allow_private=False)


def test_a_name_that_nobody_knows_now_may_be_known_later() -> None:
    with pytest.raises(NotOutside) as refused:
        check_outside("https://no-such-host.invalid/", allow_private=False)
    assert refused.value.may_pass


def test_where_private_addresses_are_allowed_http_is_for_those_only() -> None:
    check_outside("http://127.0.0.1:8080/", allow_private=True)
    check_outside("https://10.0.0.1/", allow_private=True)
    with pytest.raises(NotOutside):
        check_outside("http://8.8.8.8/", allow_private=True)


class _Receiver(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - one receiver a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_told: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[int]:
    _Receiver.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_session_looks_again_at_the_moment_it_connects(
    receiver: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was public when it was checked and is ours a moment later: nothing reaches us."""
    monkeypatch.setattr(socket, "getaddrinfo", _answering("8.8.8.8", "127.0.0.1"))
    url = f"https://rebound.example:{receiver}/"
    check_outside(url, allow_private=False)
    with outside_session(allow_private=False) as session, pytest.raises(NotOutside):
        session.get(url, timeout=60)
    assert _Receiver.asked == []


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    receiver: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    asked: list[str] = []

    def watched(host: str, *told: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "name.example" else host, *told, **more)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    with outside_session(allow_private=True) as session:
        assert session.get(f"http://name.example:{receiver}/", timeout=60).status_code == 200
    assert asked.count("name.example") == 1
    assert _Receiver.asked == ["/"]


def test_no_redirect_is_followed(receiver: int) -> None:
    with outside_session(allow_private=True) as session:
        assert session.get(f"http://127.0.0.1:{receiver}/moved", timeout=60).status_code == 302
    assert _Receiver.asked == ["/moved"]


def test_no_proxy_of_the_environment_stands_between(receiver: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with outside_session(allow_private=True) as session:
        assert session.get(f"http://127.0.0.1:{receiver}/", timeout=60).status_code == 200


def test_nobody_at_home_is_the_librarys_own_fault() -> None:
    with outside_session(allow_private=True) as session, pytest.raises(requests.ConnectionError):
        session.get("http://127.0.0.1:1/", timeout=60)


def _answering(*addresses: str) -> Any:
    """A name service that says something else each time."""
    waiting = list(addresses)

    def answer(_host: str, port: int, *_told: Any, **_more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (waiting.pop(0), port))]

    return answer
