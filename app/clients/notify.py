"""The way out for texts, e-mails and letters: GOV.UK Notify through its own client, one message, tried once."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from app.clients.transport import Receipt, TemporaryFailure, failure_for, is_safe

ADDRESS: Final = "https://api.notifications.service.gov.uk"
CHANNELS: Final = ("text", "email", "letter")
_SECONDS: Final = 10  # shorter than the lease
_ARRIVED: Final = frozenset({"delivered", "received", "sent"})  # "sent": abroad, where nobody tells more
_LOST: Final = frozenset(
    {
        "permanent-failure",
        "temporary-failure",
        "technical-failure",
        "validation-failed",
        "virus-scan-failed",
        "cancelled",
    }
)
# It logs the address of each call and what was answered: neither is for a log of ours.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)


class NotifyAccountProblem(ValueError):
    """The key, the address or the templates cannot be used; the sentence says why, without the key."""


class Fate(StrEnum):
    """What became of a message, as far as the carrier knows."""

    ON_ITS_WAY = "on-its-way"
    ARRIVED = "arrived"
    LOST = "lost"


@dataclass(frozen=True)
class NotifyAccount:
    """How to reach Notify: the service's key, and by channel its template that has ((message)) and nothing else.

    The words stand here, with their versions and their lint; Notify's templates are frames: ((subject)) and
    ((message)) for e-mail and letter, ((message)) for a text. A channel without a template is not used.
    """

    key: str = field(repr=False)
    templates: Mapping[str, str]
    url: str = ADDRESS

    @classmethod
    def read(cls, key: str, templates: Path, url: str = ADDRESS) -> NotifyAccount:
        """Return the account; `templates` is a TOML file of text, email and letter, each an id. Raises the problem."""
        key = key.strip()
        for part in (key[-73:-37], key[-36:]):
            try:
                UUID(part)
            except ValueError:
                raise NotifyAccountProblem(
                    "NOTIFY_API_KEY must be a key of GOV.UK Notify: its name, and two ids after it."
                ) from None
        if not is_safe(url):
            raise NotifyAccountProblem("NOTIFY_URL must be an https address.")
        return cls(key, _templates(templates), url)


def _templates(path: Path) -> dict[str, str]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        found: dict[str, str] = {
            channel: str(UUID(str(told[channel]))) for channel in CHANNELS if channel in told
        }
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError):
        found = {}
    if not found:
        raise NotifyAccountProblem(
            'NOTIFY_TEMPLATES_FILE must name a TOML file such as text = "id of the template at Notify".'
        )
    return found


@dataclass(frozen=True)
class Posted:
    """One message: `reference` is ours and the same for every attempt; `to` has an address's lines for a letter."""

    reference: str
    channel: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Notify:
    """Hands messages to GOV.UK Notify and asks what became of them."""

    def __init__(self, account: NotifyAccount):
        self._account = account
        client: Any = NotificationsAPIClient  # the library says nothing of its types
        self._client = client(account.key, base_url=account.url, timeout=_SECONDS)
        self._client.request_session.max_redirects = 0  # this address was agreed on, no other

    @property
    def channels(self) -> frozenset[str]:
        """The ways that it is set up for."""
        return frozenset(self._account.templates)

    def send(self, message: Posted) -> Receipt:
        """Hand a message over once; raises TemporaryFailure or PermanentFailure, with a code that tells no content."""
        template = self._account.templates[message.channel]
        words = {"message": message.text}
        if message.channel != "text":
            words["subject"] = message.subject
        return Receipt(str(self._ask("id", lambda: self._post(message, template, words))))

    def _post(self, message: Posted, template: str, words: dict[str, str]) -> Any:
        if message.channel == "text":
            return self._client.send_sms_notification(message.to, template, words, message.reference)
        if message.channel == "email":
            return self._client.send_email_notification(message.to, template, words, message.reference)
        lines = {f"address_line_{number}": line for number, line in enumerate(message.to.split("\n"), 1)}
        return self._client.send_letter_notification(template, words | lines, message.reference)

    def find_sent(self, reference: str) -> Receipt | None:
        """Return the receipt of an earlier attempt that did arrive at Notify; asked before every repeat."""
        found = self._ask("notifications", lambda: self._client.get_all_notifications(reference=reference))
        return Receipt(str(found[0]["id"])) if found else None

    def look(self, notify_id: str) -> tuple[Fate, str]:
        """Return what became of a message that Notify took, and Notify's own word for it."""
        status = str(self._ask("status", lambda: self._client.get_notification_by_id(notify_id)))
        if status in _LOST:
            return Fate.LOST, status
        return (Fate.ARRIVED if status in _ARRIVED else Fate.ON_ITS_WAY), status

    def _ask(self, part: str, call: Callable[[], Any]) -> Any:
        """Return a part of Notify's answer; one that cannot be read may follow a message that was taken."""
        try:
            return call()[part]
        except APIError as fault:  # no answer at all counts as 503 with the client
            code = f"notify-{fault.status_code}"
            failure = failure_for(fault.status_code, code) if fault.status_code >= 400 else _unread()
            raise failure from None
        except (TypeError, KeyError, ValueError):
            raise _unread() from None


def _unread() -> TemporaryFailure:
    return TemporaryFailure("notify-answer")
