"""Seals a data key to a public key, so that it is made where nothing can be opened: X25519, HKDF, AES-256-GCM."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.store.keepers import KeyProblem

_INFO: Final = b"backstitch-intake-key-1"
_POINT: Final = 32
_NONCE: Final = bytes(12)  # of a key that seals once


def seal_key(public: bytes, aad: bytes, plain: bytes) -> bytes:
    """Seal a data key to whoever has the private half; it opens with the same `aad` alone."""
    ephemeral = X25519PrivateKey.generate()
    point = ephemeral.public_key().public_bytes_raw()
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    return point + AESGCM(_derived(secret, point, public)).encrypt(_NONCE, plain, aad)


def open_key(private: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Open such a key; raises KeyProblem when it was changed, moved or sealed to another."""
    ours = X25519PrivateKey.from_private_bytes(private)
    point, box = sealed[:_POINT], sealed[_POINT:]
    try:
        secret = ours.exchange(X25519PublicKey.from_public_bytes(point))
        derived = _derived(secret, point, ours.public_key().public_bytes_raw())
        return AESGCM(derived).decrypt(_NONCE, box, aad)
    except (InvalidTag, ValueError) as fault:
        raise KeyProblem(
            "A sealed value does not open: it was changed, moved or sealed by another key."
        ) from fault


def _derived(secret: bytes, point: bytes, public: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=point + public, info=_INFO).derive(secret)
