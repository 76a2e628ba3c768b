"""A server as our child process: started on a leash, waited for, stopped; the same for every embedded server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.places import Account, EmbeddedServerError

_LEASH = Path(__file__).with_name("leash.py")
_STOP_SECONDS = 20.0
_START_SECONDS = 60.0  # recovery after a crash may take its time
_POLL_SECONDS = 0.01
_LOG_LINES_SHOWN = 8


@dataclass(frozen=True)
class Launch:
    """What it takes to start one server: `log` is appended to, `keep_open` are descriptors it inherits."""

    name: str
    command: Sequence[str]
    log: Path
    account: Account
    end_signal: signal.Signals = signal.SIGTERM
    keep_open: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


class Process:
    """A running server that ends with us; start it from a thread that lives as long as the server should."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        with launch.log.open("ab") as log:
            self._popen = subprocess.Popen(
                leashed(launch.command, account=launch.account, end_signal=launch.end_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=bare_environment() | dict(launch.environment),
                pass_fds=launch.keep_open,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us: we stop the servers in our order
            )

    @property
    def pid(self) -> int:
        """The server's process id, for a test that wants to kill it."""
        return self._popen.pid

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Returns when `is_ready()`; EmbeddedServerError with the end of the log when the server ends instead."""
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            ended = self._popen.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                what = "ended while starting" if ended else f"did not answer within {_START_SECONDS:.0f} s"
                raise EmbeddedServerError(f"{self._launch.name} {what}; {_last_lines(self._launch.log)}")
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Asks, waits, insists. Harmless when it has already ended."""
        for wish in (self._launch.end_signal, signal.SIGQUIT, signal.SIGKILL):
            if self._popen.poll() is not None:
                return
            self._popen.send_signal(wish)
            try:
                self._popen.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def leashed(command: Sequence[str], *, account: Account, end_signal: signal.Signals) -> list[str]:
    """The command line that runs `command` as `account` and ends it with this process."""
    words = (end_signal, os.getpid(), account.uid, account.gid)
    return [sys.executable, "-I", "-S", str(_LEASH), *(str(int(word)) for word in words), *command]


def bare_environment() -> dict[str, str]:
    """No PGPORT or PYTHONPATH of the user may bend a server, and no secret of ours may lie in its environment."""
    return {"PATH": os.defpath, "LANG": "C", "TZ": "UTC"}


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
    return "\n  ".join([f"the end of {log}:", *lines])
