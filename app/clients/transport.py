"""The one shape of every way out of the house: what is sent, what comes back, and how it may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TEMPORARY_STATUS = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True)
class Envelope:
    """One message on its way.

    `local_id` is ours and the same for every attempt; `recipient` is an address in the transport's own terms (a MESH
    mailbox, a URL); `workflow` is the transport's word for the kind of message. `headers` are further ones for a way
    that has any.
    """

    local_id: str
    recipient: str
    workflow: str
    content_type: str
    body: bytes = field(repr=False)
    correlation_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """The transport has taken the message on; `transport_reference` is its name for it."""

    transport_reference: str


class TransportFailure(Exception):
    """The message was not taken on, as far as we know. `code` is short and never holds content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TemporaryFailure(TransportFailure):
    """Worth another attempt; ask `find_sent` first, since the message may have arrived all the same."""


class PermanentFailure(TransportFailure):
    """Another attempt would fail alike: a person must look."""


class Transport(Protocol):
    """A way to carry an envelope."""

    def send(self, envelope: Envelope) -> Receipt:
        """Hands the envelope over once, without retries; raises TemporaryFailure or PermanentFailure."""
        ...

    def find_sent(self, local_id: str) -> Receipt | None:
        """The receipt of an earlier attempt that did arrive; asked before every repeat."""
        ...


def failure_for(status: int, code: str = "") -> TransportFailure:
    """The failure that an HTTP status of 300 or more stands for.

    401 and 403 are about our own credentials and so about every message alike: they are tried again, or one expired
    certificate would put the whole day's post before a person.
    """
    kind = TemporaryFailure if status in _TEMPORARY_STATUS or status >= 500 else PermanentFailure
    return kind(code or f"http-{status}")


def is_loopback(url: str) -> bool:
    """True when `url` stays on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def is_safe(url: str) -> bool:
    """True for https, and for http that stays on this machine."""
    scheme = urlsplit(url).scheme.lower()
    return scheme == "https" or (scheme == "http" and is_loopback(url))
