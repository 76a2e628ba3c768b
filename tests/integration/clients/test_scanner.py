"""The virus scanner is asked as clamd documents it; no answer, or an odd one, is never a yes."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clients.scanner import Scanner, ScannerAddress
from app.config import SettingsProblem, from_environment
from tests.clamd import HARMFUL, Clamd, listening


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    with listening() as server:
        yield server


@pytest.fixture
def scanner(clamd: Clamd) -> Scanner:
    return Scanner(ScannerAddress(host="127.0.0.1", port=clamd.port))


def test_a_file_goes_over_whole_whatever_its_size(scanner: Scanner, clamd: Clamd) -> None:
    bodies = [b"x", b"y" * 64 * 1024, bytes(range(256)) * 4096 + b"and its end"]
    assert [scanner.is_clean(body) for body in bodies] == [True, True, True]
    assert clamd.read == bodies


def test_a_harmful_file_is_no(scanner: Scanner) -> None:
    assert scanner.is_clean(b"before " + HARMFUL + b" after") is False
    assert scanner.is_clean(b"another") is True


def test_a_socket_file_is_asked_likewise() -> None:
    with tempfile.TemporaryDirectory() as folder:  # a socket's path must be short
        path = Path(folder) / "clamd.ctl"
        asked = Scanner(ScannerAddress(path=str(path)))
        with listening(path):
            assert (asked.is_clean(b"x"), asked.is_clean(HARMFUL)) == (True, False)
        assert asked.is_clean(b"x") is None


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"stream: OK",  # cut off before its end
        b"stream: \0",
        b"INSTREAM: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"not a stream: OK\0",
        b"\xff\xfe\0",
        b"stream: OK FOUND or not\0",
    ],
)
def test_any_other_answer_is_neither(scanner: Scanner, clamd: Clamd, says: bytes) -> None:
    clamd.says = says
    assert scanner.is_clean(b"x") is None


def test_a_file_that_is_too_large_for_it_was_not_looked_at(scanner: Scanner, clamd: Clamd) -> None:
    clamd.longest = 1000
    assert scanner.is_clean(b"x" * 1_000_000) is None


def test_who_does_not_answer_has_not_said_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.clients.scanner._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert Scanner(ScannerAddress(host="127.0.0.1", port=port)).is_clean(b"x") is None
    assert Scanner(ScannerAddress(host="127.0.0.1", port=port)).is_clean(b"x") is None, "nobody is there"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", None),
        ("unix:///run/clamav/clamd.ctl", ScannerAddress(path="/run/clamav/clamd.ctl")),
        ("tcp://127.0.0.1:3310", ScannerAddress(host="127.0.0.1", port=3310)),
        ("tcp://localhost:3310", ScannerAddress(host="localhost", port=3310)),
    ],
)
def test_settings_name_a_place_of_this_machine(url: str, expected: ScannerAddress | None) -> None:
    problems: list[str] = []
    assert ScannerAddress.read({"SCANNER_URL": url}, problems) == expected
    assert problems == []


@pytest.mark.parametrize(
    "url",
    [
        "tcp://scanner.example:3310",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:x",
        "unix://",
        "http://127.0.0.1:1",
        "on",
    ],
)
def test_another_place_keeps_the_process_from_starting(url: str) -> None:
    with pytest.raises(SettingsProblem) as refused:
        from_environment({"SCANNER_URL": url})
    assert [each for each in refused.value.problems if "SCANNER_URL" in each]
