"""Codes of an authenticator app (RFC 6238): made and compared by the cryptography library's own TOTP."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS: Final = 6
STEP_SECONDS: Final = 30
_SECRET_BYTES: Final = 20
_STEPS_OFF: Final = 1  # a clock half a minute off, and a code read just before it changed


def new_secret() -> bytes:
    """Return a secret of 160 bits, as apps expect."""
    return secrets.token_bytes(_SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """Return a secret as one types it: base32, in groups of four."""
    told = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(told[at : at + 4] for at in range(0, len(told), 4))


def address(secret: bytes, account: str, issuer: str) -> str:
    """Return the otpauth address that an app reads."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def code_at(secret: bytes, moment: datetime) -> str:
    """Return the code of a moment."""
    return _totp(secret).generate(int(moment.timestamp())).decode()


def matching_step(secret: bytes, code: str, moment: datetime, *, after: int) -> int | None:
    """Return the step whose code this is, near the moment and later than step `after`; None when it is none."""
    now, found = int(moment.timestamp()) // STEP_SECONDS, None
    for step in range(now - _STEPS_OFF, now + _STEPS_OFF + 1):
        right = _totp(secret).generate(step * STEP_SECONDS)
        if hmac.compare_digest(right, code.encode(errors="replace")) and step > after:
            found = step
    return found


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what apps understand; HMAC needs no more
