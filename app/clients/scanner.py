"""Asks a virus scanner of a file: clamd, by its INSTREAM command, or whatever speaks its way.

The connection is plain, as clamd knows no other, so it goes to this machine only: a socket file, or a port of its own.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from app.clients.transport import is_loopback

log = logging.getLogger(__name__)
_SECONDS: Final = 20.0  # for each word of the talk
_CHUNK: Final = 64 * 1024  # bytes
_LONGEST_ANSWER: Final = 4096  # bytes
_CLEAN: Final = "stream: OK"
_HARMFUL: Final = " FOUND"


@dataclass(frozen=True, slots=True)
class ScannerAddress:
    """Where the scanner listens: a socket file (`path`), or a port of this machine."""

    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def read(cls, environ: Mapping[str, str], problems: list[str]) -> Self | None:
        """Read SCANNER_URL; None without it, and a sentence in `problems` where it names no place to ask."""
        url = environ.get("SCANNER_URL", "").strip()
        if not url:
            return None
        try:
            parts = urlsplit(url)
            if parts.scheme == "unix" and parts.path and not parts.netloc:
                return cls(path=parts.path)
            if parts.scheme == "tcp" and parts.hostname and parts.port and is_loopback(url):
                return cls(host=parts.hostname, port=parts.port)
        except ValueError:  # a port that is none
            pass
        problems.append(
            "SCANNER_URL must be unix:///run/clamav/clamd.ctl, or tcp://127.0.0.1:3310: files of people do not leave "
            "this machine unencrypted."
        )
        return None


class Scanner:
    """Says of a file whether it may be read."""

    def __init__(self, address: ScannerAddress):
        self._address = address

    def is_clean(self, body: bytes) -> bool | None:
        """Tell whether a file is clean; None when the scanner is away, or its answer is neither yes nor no."""
        try:
            with self._connected() as talk:
                return _verdict(_ask(talk, body))
        except OSError as fault:
            log.warning("scanner is away", extra={"fault": type(fault).__name__})
            return None

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        if self._address.path:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
                talk.settimeout(_SECONDS)
                talk.connect(self._address.path)
                yield talk
        else:
            with socket.create_connection((self._address.host, self._address.port), _SECONDS) as talk:
                yield talk


def _ask(talk: socket.socket, body: bytes) -> str:
    talk.sendall(b"zINSTREAM\0")
    for at in range(0, len(body), _CHUNK):
        chunk = body[at : at + _CHUNK]
        talk.sendall(struct.pack("!L", len(chunk)) + chunk)
    talk.sendall(struct.pack("!L", 0))
    told = b""
    while not told.endswith(b"\0") and len(told) < _LONGEST_ANSWER:
        more = talk.recv(_LONGEST_ANSWER)
        if not more:
            break
        told += more
    return told.decode("ascii", "replace") if told.endswith(b"\0") else ""


def _verdict(told: str) -> bool | None:
    answer = told.rstrip("\0\n ")
    if answer == _CLEAN:
        return True
    return False if answer.endswith(_HARMFUL) else None
