"""Fifty at once, at two real gunicorn processes: one referral, one token."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import requests

from app.store.crypto import KeyRing
from deploy import gunicorn_hooks
from tests.conftest import TestDatabase
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import ASSERTION_TYPE, MESSAGES, GpSystem
from tests.serving import free_address, serve

AT_ONCE = 50
Counted = Callable[[str], int]


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server writes."""
    return tmp_path_factory.mktemp("gunicorn") / "log"


@pytest.fixture(scope="module")
def served(test_database: TestDatabase, redis_url: str, keys: KeyRing, log_file: Path) -> Iterator[str]:
    """The address of the application under gunicorn as it is deployed: two processes, eight threads each."""
    address = free_address()
    told = {"DATABASE_URL": test_database.app_url, "REDIS_URL": redis_url}
    with serve(address, log_file, keys, threads=8, **told):
        yield address


@pytest.fixture
def outside(served: str, gp: GpSystem) -> GpSystem:
    """A GP system whose assertions are for the served address."""
    gp.audience = f"{served}/oauth2/token"
    return gp


def _ask(served: str, assertion: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return requests.post(f"{served}/oauth2/token", data=form, timeout=60)


def _at_once(do: Callable[[int], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, range(AT_ONCE)))


def test_one_message_sent_fifty_times_at_once_is_one_referral(
    served: str, outside: GpSystem, place: MadePlace, counted: Counted
) -> None:
    body, request_id = make_message(place.practices[0]), str(uuid4())
    token = _ask(served, outside.assertion()).json()["access_token"]

    def send(number: int) -> requests.Response:
        # Half repeat the request, half send the message again as a request of its own.
        told = {} if number % 2 else {"X_Request_Id": request_id}
        headers = outside.headers(Authorization=f"Bearer {token}", **told)
        return requests.post(served + MESSAGES, data=body, headers=headers, timeout=60)

    answers = _at_once(send)
    assert [counted(table) for table in ("referral", "person", "inbox_message")] == [1, 1, 1]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1


def test_one_assertion_used_fifty_times_at_once_gets_one_token(
    served: str, outside: GpSystem, counted: Counted
) -> None:
    assertion = outside.assertion()
    answers = _at_once(lambda _: _ask(served, assertion))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: AT_ONCE - 1}
    assert counted("api_token") == 1


def test_the_server_does_not_tell_its_version(served: str) -> None:
    server = requests.get(f"{served}/healthz", timeout=10).headers.get("Server", "")
    assert not any(letter.isdigit() for letter in server)


def test_a_body_of_five_megabytes_is_refused_by_the_real_server(served: str, outside: GpSystem) -> None:
    token = _ask(served, outside.assertion()).json()["access_token"]
    headers = outside.headers(Authorization=f"Bearer {token}")
    answer = requests.post(served + MESSAGES, data=b" " * 5_000_000, headers=headers, timeout=60)
    assert answer.status_code == 413
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "broken",
    [
        "GET /find?nhs=9990548609 Canaryname HTTP/1.1\r\n\r\n",
        "Canaryname 9990548609\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nCanaryname 9990548609: 1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_not_quoted_in_the_log(
    served: str, log_file: Path, broken: str
) -> None:
    host, port = served.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(broken.encode())
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 400")
    assert requests.get(f"{served}/healthz", timeout=20).ok
    written = log_file.read_text()
    assert "refused" in written
    assert "Canaryname" not in written
    assert "9990548609" not in written


def test_the_server_opens_no_door_in_the_home_folder(served: str, log_file: Path) -> None:
    assert requests.get(f"{served}/healthz", timeout=20).ok
    assert "Control socket" not in log_file.read_text()


def test_a_body_that_stops_coming_is_answered_with_a_time_out(served: str, outside: GpSystem) -> None:
    token = _ask(served, outside.assertion()).json()["access_token"]
    told = outside.headers(Authorization=f"Bearer {token}") | {"Content-Length": "5000", "Host": "here"}
    lines = [f"POST {MESSAGES} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", "{"]
    host, port = served.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as slow:
        slow.sendall("\r\n".join(lines).encode())
        answer = HTTPResponse(slow, method="POST")
        answer.begin()
        told_back = answer.read().decode()
    assert answer.status == 408
    assert "REC_TIMEOUT" in told_back


def test_a_sender_who_falls_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_hooks, "_SILENCE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gunicorn_hooks.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listening)]))
        with socket.create_connection(listening.getsockname()) as silent:
            taken, _ = listening.accept()
            taken.setblocking(True)  # as gunicorn does before it reads
            with taken, pytest.raises(BlockingIOError):
                taken.recv(1)
            silent.sendall(b"too late")


@pytest.mark.parametrize("line", [b"GET /FHIR/R4/Patient?name=" + b"Okonkwo" * 1500, b"Okonkwo"])
def test_what_cannot_be_read_as_http_is_answered_in_fhir_without_being_repeated(
    served: str, line: bytes
) -> None:
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as sock:
        sock.sendall(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/fhir+json" in head
    assert json.loads(body)["resourceType"] == "OperationOutcome"
    assert b"Okonkwo" not in answer
