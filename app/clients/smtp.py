"""The way out for e-mail: one letter, tried once, never unencrypted to another machine."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from app.clients.transport import PermanentFailure, TemporaryFailure, is_loopback

_SECONDS = 10.0
_LONGEST_LINE = 990  # RFC 5321 has 998
_PORTS = {"smtp": 587, "smtps": 465}


class MailAccountProblem(ValueError):
    """The address of the mail server or of the sender cannot be used; the sentence says why, without its password."""


@dataclass(frozen=True)
class MailAccount:
    """How letters leave: the server, the log-in if it wants one, and who they are from."""

    host: str
    port: int
    sender: str
    implicit_tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, url: str, sender: str) -> MailAccount:
        """Return the account that smtp://user:pass@host:587 or smtps://… names; raises MailAccountProblem."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise MailAccountProblem("SMTP_URL names a port that is none.") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise MailAccountProblem("SMTP_URL must look like smtp://user:password@host:587 or smtps://host.")
        address = parseaddr(sender)[1]
        if "@" not in address or not sender.isprintable():
            raise MailAccountProblem(
                "MAIL_FROM must be an e-mail address, as in Backstitch <no-reply@example.org>."
            )
        return cls(
            parts.hostname,
            port or _PORTS[parts.scheme],
            sender,
            parts.scheme == "smtps",
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


@dataclass(frozen=True)
class Letter:
    """One e-mail: `id` is ours and the same for every attempt, so that a repeat can be told from a second letter."""

    id: str
    to: str
    subject: str
    text: str = field(repr=False)


class Mailer:
    """Hands letters to one mail server; a connection each, because there are few."""

    def __init__(self, account: MailAccount):
        self._account = account

    def send(self, letter: Letter) -> None:
        """Hand a letter over once; raises TemporaryFailure or PermanentFailure, and ValueError for a broken header."""
        message = self._message(letter)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as fault:
            code = next(iter(fault.recipients.values()))[0]
            raise _refused(code) from fault
        except (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError) as fault:
            # About our own account, and so about every letter alike.
            raise TemporaryFailure(f"smtp-{fault.smtp_code}") from fault
        except smtplib.SMTPResponseException as fault:
            raise _refused(fault.smtp_code) from fault
        except ssl.SSLError as fault:
            raise TemporaryFailure("tls") from fault
        except TimeoutError as fault:
            raise TemporaryFailure("timeout") from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise TemporaryFailure("connection") from fault

    def _connected(self) -> smtplib.SMTP:
        account, context = self._account, ssl.create_default_context()
        if account.implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                account.host, account.port, timeout=_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(account.host, account.port, timeout=_SECONDS)
        try:
            self._protect(server, context)
            if account.username:
                server.login(account.username, account.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _protect(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo()
        if self._account.implicit_tls:
            return
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not is_loopback(f"smtp://{self._account.host}"):
            raise TemporaryFailure("smtp-not-encrypted")

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)  # refuses a line's end in a header
        message["From"] = self._account.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate(localtime=False, usegmt=True)
        message["Message-ID"] = f"<{letter.id}@{parseaddr(self._account.sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
        # As it is where it can be: quoting breaks links in two for whoever reads a mail as a file.
        is_plain = (
            letter.text.isascii() and max(map(len, letter.text.splitlines()), default=0) < _LONGEST_LINE
        )
        message.set_content(letter.text, cte="7bit" if is_plain else "quoted-printable")
        return message


def _refused(code: int) -> PermanentFailure | TemporaryFailure:
    """RFC 5321, 4.2.1: 4xx may be tried again, 5xx may not."""
    return (TemporaryFailure if code < 500 else PermanentFailure)(f"smtp-{code}")
