"""Seals extracts to the anonymiser's public key: this side can close the envelope and never open it.

The format is told in full in anonymiser/seal.py, which opens it. The two share the format and no code, because
neither side of the trust boundary imports the other; a contract test seals with one and opens with the other.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = "backstitch-sealed-1"
CHUNK_BYTES = 64 * 1024


def seal(plaintext_lines: Iterable[bytes], recipient_public_pem: bytes, out: BinaryIO) -> None:
    """Write lines (one JSON record each, with or without its newline) to `out`, readable by the recipient alone.

    Streams: holds two chunks at a time. Raises ValueError if the PEM is not an X25519 public key or if a line
    has a newline inside. The caller makes the file appear only when this has returned (write aside, rename).
    """
    recipient = load_pem_public_key(recipient_public_pem)
    if not isinstance(recipient, X25519PublicKey):
        raise ValueError("the anonymiser's public key is not an X25519 key in PEM form")
    ephemeral = X25519PrivateKey.generate()
    header = _header(ephemeral.public_key(), recipient)
    cipher = AESGCM(_derive_key(ephemeral, recipient))
    out.write(header)
    chunks = _chunks(plaintext_lines)
    chunk, number = next(chunks), 0
    for following in chunks:
        out.write(cipher.encrypt(_nonce(number, last=False), chunk, header))
        chunk, number = following, number + 1
    out.write(cipher.encrypt(_nonce(number, last=True), chunk, header))


def _header(ephemeral: X25519PublicKey, recipient: X25519PublicKey) -> bytes:
    fields = {
        "format": FORMAT,
        "ephemeral": base64.b64encode(ephemeral.public_bytes_raw()).decode(),
        "recipient": hashlib.sha256(recipient.public_bytes_raw()).hexdigest()[:16],
    }
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _derive_key(ephemeral: X25519PrivateKey, recipient: X25519PublicKey) -> bytes:
    salt = ephemeral.public_key().public_bytes_raw() + recipient.public_bytes_raw()
    secret = ephemeral.exchange(recipient)
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=FORMAT.encode()).derive(secret)


def _nonce(number: int, *, last: bool) -> bytes:
    # Safe to count from zero: the key belongs to this one file.
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield full chunks, then one that is shorter (and may be empty only when there is no line at all)."""
    held = bytearray()
    empty = True
    for line in lines:
        record = line.removesuffix(b"\n")
        if b"\n" in record:
            raise ValueError("a record for the extract holds a newline; one line is one JSON record")
        held += record + b"\n"
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            empty = False
            del held[:CHUNK_BYTES]
    if held or empty:
        yield bytes(held)
