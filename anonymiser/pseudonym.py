"""Keyed pseudonyms: names for people and rows that nobody without the root key can work out or compare."""

import base64
import hmac
from collections.abc import Callable
from dataclasses import astuple, dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_BYTES = 16
"""128 bits: for 70 million people the chance of any two sharing a token is about 7e-24."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What a pseudonym is for. Tokens of two domains that differ in any part cannot be compared."""

    purpose: str
    recipient: str
    project: str
    epoch: str
    id_type: str

    def info(self) -> bytes:
        """The HKDF info of this domain. Raises ValueError on a part that would blur where parts end."""
        parts = astuple(self)
        if any(not part or "|" in part for part in parts):
            raise ValueError("a part of a pseudonym domain is empty or holds the separator")
        return "|".join(("anonymiser/v1", *parts)).encode()


def tokens_for(root: bytes, domain: Domain) -> Callable[[str], str]:
    """Give the function that turns a canonical identifier into its token in one domain.

    A token is a visible prefix and base32 of HMAC-SHA256 cut to 128 bits, under a key that HKDF-SHA256
    derives from the root key for this domain alone.
    """
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=domain.info()).derive(root)
    prefix = f"{domain.purpose}1."

    def token(identifier: str) -> str:
        digest = hmac.digest(key, identifier.encode(), "sha256")[:TOKEN_BYTES]
        return prefix + base64.b32encode(digest).decode().rstrip("=")

    return token


def is_nhs_number(text: str) -> bool:
    """Say whether ten digits carry a right modulus 11 check digit (NHS Data Dictionary: NHS NUMBER).

    Ten equal digits can pass the arithmetic but are only ever typed to fill a box, so they are refused.
    """
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(text[9])
