"""A real SMTP server, one that can be told what to answer, and the house put together with it."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.clients.smtp import MailAccount, Mailer
from app.embedded.mail import MailServer, start_mail_server
from app.runtime import Runtime


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    with start_mail_server(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def posting(runtime: Runtime, mail_server: MailServer) -> Runtime:
    """The house with a mail server."""
    return replace(runtime, mailer=mailer_for(mail_server.url))


def mailer_for(url: str) -> Mailer:
    return Mailer(MailAccount.read(url, "Backstitch <no-reply@example.org>"))


@pytest.fixture
def arrived(mail_server: MailServer) -> Callable[[], list[EmailMessage]]:
    """What has arrived at the server, as a mail program reads it, the oldest first."""

    def read() -> list[EmailMessage]:
        files = sorted(mail_server.folder.glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    return read


@dataclass
class Sulking:
    """A server that answers as it is told; `answers` are used up one by one, then it takes what comes."""

    url: str
    answers: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and words
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.taken.append(envelope.rcpt_tos[0])
        return "250 OK"


@pytest.fixture
def sulking() -> Iterator[Sulking]:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    handler = Sulking(f"smtp://127.0.0.1:{port}")
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler
    controller.stop()
