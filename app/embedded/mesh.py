"""NHS England's own MESH sandbox as a mailbox server on this machine: for demo and tests, never for real mail."""

import importlib.util
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from app.embedded.places import EmbeddedServerError, claim_or_attach, make_home, own_account
from app.embedded.process import Launch, Process

_PROJECT = Path(__file__).parents[2]
_LOOPBACK = "127.0.0.1"
_ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Mailbox:
    """One MESH mailbox: `mailbox_id` upper case, `ods_code` of the organisation that owns it."""

    mailbox_id: str
    password: str
    mailbox_name: str
    ods_code: str


@dataclass(frozen=True)
class Workflow:
    """What may be looked up with `lookup_endpoint`: which mailboxes receive a kind of message."""

    workflow_id: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class MeshServer:
    """A running sandbox; it keeps its messages in `data_dir` between runs."""

    url: str
    data_dir: Path
    process: Process

    def stop(self) -> None:
        """Harmless when repeated."""
        self.process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def start_mesh_sandbox(
    data_dir: Path,
    mailboxes: Sequence[Mailbox],
    *,
    shared_key: str,
    port: int = 0,
    workflows: Sequence[Workflow] = (),
) -> MeshServer:
    """Starts the sandbox on 127.0.0.1 with full authentication; `port` 0 takes a free one.

    The server ends with the thread that called this.

    Raises:
        EmbeddedServerError: the package is missing, the port or the place is taken, or it does not start.
    """
    if importlib.util.find_spec("mesh_sandbox") is None:
        raise EmbeddedServerError("the package mesh-sandbox is missing: run `make setup`, or set MESH_URL.")
    home = make_home(data_dir)
    claim: int = claim_or_attach(home, lambda: None)
    try:
        _write_lines(home / "mailboxes.jsonl", mailboxes)
        _write_lines(home / "workflows.jsonl", workflows)
        with _listen(port) as listener:  # bound here and inherited: nobody can take the port in between
            url = f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
            process = Process(_launch(home, shared_key, listener=listener.fileno(), claim=claim))
    finally:
        os.close(claim)
    process.wait_until(lambda: _answers(url))
    return MeshServer(url, home, process)


def _launch(home: Path, shared_key: str, *, listener: int, claim: int) -> Launch:
    environment = {
        "PYTHONPATH": str(_PROJECT),
        "AUTH_MODE": "full",
        "STORE_MODE": "file",
        "SHARED_KEY": shared_key,
        "MAILBOXES_DATA_DIR": str(home),
    }
    return Launch(
        name="The MESH sandbox",
        command=[sys.executable, "-m", "app.embedded.mesh_app", str(listener)],
        log=home / "mesh.log",
        account=own_account(),
        keep_open=(listener, claim),
        environment=tuple(environment.items()),
    )


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((_LOOPBACK, port))
    except OSError as error:
        raise EmbeddedServerError(f"cannot listen on {_LOOPBACK}:{port}: {error.strerror}.") from error


def _answers(url: str) -> bool:
    """True once it serves; the socket accepts earlier, so the question may wait for its answer."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/messageexchange/_ping", timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _write_lines(path: Path, records: Iterable[Mailbox | Workflow]) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)  # the mailboxes' passwords are in it
    path.write_text("".join(f"{json.dumps(asdict(record))}\n" for record in records))
