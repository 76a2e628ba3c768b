"""Starts the parts of the demonstration, in order, and stops them all in the other order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import requests

from app.embedded.places import own_account
from app.embedded.process import leashed

ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 15
_START_SECONDS = 60
# What an ordinary program needs; nothing of ours is handed on by accident.
_PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "XDG_RUNTIME_DIR", "SSL_CERT_FILE")


class DemoProblem(Exception):
    """Something that the person at the terminal can mend; the sentence says how."""


class Stoppable(Protocol):
    """Anything that can be stopped."""

    def stop(self) -> None:
        """Stop it; harmless when it has stopped already."""


S = TypeVar("S", bound=Stoppable)


@dataclass
class Parts:
    """Everything that runs, to be stopped in the other order."""

    running: list[Stoppable] = field(default_factory=list)

    def add(self, part: S) -> S:
        """Remember a part."""
        self.running.append(part)
        return part

    def stop(self) -> None:
        """Stop all; a second Ctrl-C while stopping does not leave anything behind."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        while self.running:
            self.running.pop().stop()
        signal.signal(signal.SIGINT, before)


class Program:
    """A program of this project as a process of its own, with an environment of its own and a log.

    It ends with us, also when we are killed: else it would hold the port for ever.
    """

    def __init__(self, name: str, words: list[str], environment: Mapping[str, str], log: Path):
        self.name, self.log = name, log
        plain = {key: os.environ[key] for key in _PLAIN if key in os.environ}
        with log.open("wb") as out:
            self._popen = subprocess.Popen(
                leashed([sys.executable, *words], account=own_account(), end_signal=signal.SIGTERM),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={**plain, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,  # Ctrl-C is ours: we stop the parts in order
            )

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._popen.pid

    def check(self) -> None:
        """Raise DemoProblem when it has ended."""
        if self._popen.poll() is not None:
            raise DemoProblem(f"{self.name} has stopped; its log says why: {self.log}")

    def stop(self) -> None:
        """Ask, wait, insist; its children go with it."""
        if self._popen.poll() is not None:
            return
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()


def wait_for(program: Program, url: str) -> None:
    """Return when a web program answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        program.check()
        try:
            if requests.get(url, timeout=2).status_code == requests.codes.ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise DemoProblem(f"{program.name} did not answer within {_START_SECONDS} s; its log: {program.log}")


def find_port(wanted: str | None, default: int = 8000) -> int:
    """Return the port asked for, or the first free one from the default on; raises DemoProblem when taken."""
    if wanted:
        if not wanted.isdecimal() or not 1 <= int(wanted) <= 65535:
            raise DemoProblem(f"PORT={wanted} is not a port: give a number from 1024 to 65535.")
        if not _is_free(int(wanted)):
            raise DemoProblem(f"Port {wanted} is taken: choose another with PORT=..., or leave PORT out.")
        return int(wanted)
    return next(port for port in range(default, default + 500) if _is_free(port))


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
