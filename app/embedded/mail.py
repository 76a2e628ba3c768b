"""A mail server on this machine that keeps each e-mail as a file and sends none on: for demo and tests."""

import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_LOOPBACK = "127.0.0.1"
_MOST_BYTES = 1024 * 1024
_LONGEST_NAME = 60  # characters of a subject in a file's name


@dataclass(frozen=True)
class MailServer:
    """A running server; `folder` holds a file for each e-mail, numbered as they came."""

    url: str
    folder: Path
    controller: Controller

    def stop(self) -> None:
        """Harmless when repeated."""
        self.controller.stop(no_assert=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def start_mail_server(folder: Path, *, port: int = 0) -> MailServer:
    """Start it on 127.0.0.1, in a thread of this process; `port` 0 takes a free one."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = port or _free_port()
    controller = Controller(_Keeper(folder), hostname=_LOOPBACK, port=chosen, data_size_limit=_MOST_BYTES)
    controller.start()
    return MailServer(f"smtp://{_LOOPBACK}:{chosen}", folder, controller)


class _Keeper:
    """What aiosmtpd calls for each e-mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        content: Any = envelope.original_content or b""
        number = len(list(self._folder.glob("*.eml"))) + 1
        found = re.search(rb"^Subject: (.*)$", content, re.MULTILINE)
        words = re.sub(r"[^a-z0-9]+", "-", (found[1] if found else b"").decode(errors="replace").lower())
        path = self._folder / f"{number:03}-{words.strip('-')[:_LONGEST_NAME]}.eml"
        path.write_bytes(content.replace(b"\r\n", b"\n"))
        return "250 kept"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
