"""Sends signed checkpoints of the audit to an https address of another house, each once, and reads them back.

One address for each checkpoint, written by PUT with If-None-Match, so that a store that keeps to HTTP never writes over
one. Whoever configures the address names it: it may be on our own network, and no redirect is followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import requests

from app.clients.checkpoints import CheckpointProblem, name_of

_SECONDS: Final = (3, 10)  # to connect, between two pieces of an answer
_LARGEST: Final = 64 * 1024  # bytes of a copy: sixteen chains take some 3 KiB
_THERE: Final = (requests.codes.conflict, requests.codes.precondition_failed)


class _NotAnswered(Exception):
    """The address could not be asked; `code` is short, such as "timeout" or "http-503"."""

    def __init__(self, code: str):
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class CheckpointCopies:
    """Where copies go, who we are there, and whose certificates are believed (None: those that everybody believes)."""

    address: str
    token: str | None = field(default=None, repr=False)
    ca: Path | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self | None:
        """Read the settings, None where there is no address; raises CheckpointProblem, OSError."""
        address = environ.get("AUDIT_CHECKPOINTS_URL", "").strip().rstrip("/")
        if not address:
            return None
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.username:
            raise CheckpointProblem(
                "AUDIT_CHECKPOINTS_URL must be a whole https address, without a query or password."
            )
        token = environ.get("AUDIT_CHECKPOINTS_TOKEN_FILE", "").strip()
        ca = environ.get("AUDIT_CHECKPOINTS_CA", "").strip()
        return cls(address, Path(token).read_text().strip() if token else None, Path(ca) if ca else None)

    def send(self, number: int, signed: bytes) -> str | None:
        """Write one copy; None when it is there, else a short code such as "timeout", "http-503" or "another"."""
        headers = {"Content-Type": "application/json", "If-None-Match": "*"}
        try:
            status, _ = self._ask("PUT", number, headers, signed)
        except _NotAnswered as fault:
            return fault.code
        if status in _THERE:
            return self.differs(number, signed)
        return None if status // 100 == 2 else f"http-{status}"

    def differs(self, number: int, signed: bytes) -> str | None:
        """Read one copy back: None when it is this one, else "missing", "another" or why it could not be read."""
        try:
            status, body = self._ask("GET", number, {"Accept": "application/json"}, None)
        except _NotAnswered as fault:
            return fault.code
        if status == requests.codes.ok:
            return None if body == signed else "another"
        return "missing" if status == requests.codes.not_found else f"http-{status}"

    def _ask(
        self, method: str, number: int, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy and no password of the environment
                session.verify = str(self.ca) if self.ca else True
                url = f"{self.address}/{name_of(number)}"
                with session.request(
                    method,
                    url,
                    data=body,
                    headers=headers | known,
                    timeout=_SECONDS,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    return answer.status_code, answer.raw.read(_LARGEST, decode_content=True)
        except requests.exceptions.SSLError:
            raise _NotAnswered("tls") from None
        except (requests.Timeout, TimeoutError):
            raise _NotAnswered("timeout") from None
        except (requests.RequestException, OSError):
            raise _NotAnswered("connection") from None
