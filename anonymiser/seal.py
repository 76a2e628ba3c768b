"""Opens sealed extracts: only the holder of the private key can read them, and no cut or swap goes unseen.

The format, "backstitch-sealed-1": one line of JSON in clear (format, ephemeral X25519 public key in base64,
recipient key id), then the plain text in chunks of 64 KiB, each as AES-256-GCM cipher text with its 16-byte tag.
The key is HKDF-SHA256 of the X25519 secret (salt: ephemeral then recipient public key; info: the format's name).
A chunk's nonce is its number (11 bytes, big-endian) and a byte that is 1 for the last chunk; the clear line is
the associated data of every chunk. The plain text is JSON records, each ended by a newline.
"""

import base64
import json
from collections.abc import Iterator
from itertools import count
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from anonymiser.errors import Refusal
from anonymiser.keys import public_key_id

FORMAT = "backstitch-sealed-1"
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
HEADER_LIMIT = 1024


class Readable(Protocol):
    """What a sealed extract is read from, as from a file."""

    def read(self, size: int, /) -> bytes:
        """The next so many bytes, fewer at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The next line, of so many bytes at the most."""
        ...


def open_sealed(source: Readable, private: X25519PrivateKey) -> Iterator[bytes]:
    """Yield the records (without newlines) of a sealed extract.

    Raises Refusal on another format or key and on any change, cut or reordering. A cut shows only at the end:
    act on no record before the last one has been read.
    """
    for lines in open_lines(source, private):
        yield from lines[:-1].split(b"\n")


def open_lines(source: Readable, private: X25519PrivateKey) -> Iterator[bytes]:
    """The same, but as many whole records at a time as lie beside each other in a chunk, each ended by its newline."""
    rest = b""
    for chunk in _chunks(source, private):
        first, end = chunk.find(b"\n") + 1, chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
            continue
        # The one record that was cut is put together by itself; all of the others would be copied once more with it.
        yield rest + chunk[:first]
        if first < end:
            yield chunk[first:end]
        rest = chunk[end:]
    if rest:
        raise Refusal("The sealed extract ends in the middle of a record.")


def _chunks(source: Readable, private: X25519PrivateKey) -> Iterator[bytes]:
    header = source.readline(HEADER_LIMIT)
    cipher = AESGCM(_derive_key(_ephemeral_key(header, public_key_id(private.public_key())), private))
    sealed = source.read(CHUNK_BYTES + TAG_BYTES)
    for number in count():
        following = source.read(CHUNK_BYTES + TAG_BYTES)
        nonce = number.to_bytes(11, "big") + (b"\x00" if following else b"\x01")
        try:
            yield cipher.decrypt(nonce, sealed, header)
        except InvalidTag:
            raise Refusal(
                "The seal is broken: the extract was changed, cut short or put together wrongly."
            ) from None
        if not following:
            return
        sealed = following


def _ephemeral_key(header: bytes, own_key_id: str) -> X25519PublicKey:
    try:
        fields = json.loads(header)
        form, recipient, ephemeral = fields["format"], fields["recipient"], fields["ephemeral"]
        public = X25519PublicKey.from_public_bytes(base64.b64decode(ephemeral, validate=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal("The file does not begin with the header of a sealed extract.") from None
    if form != FORMAT:
        raise Refusal(f"The file is not sealed in the format {FORMAT}.")
    if recipient != own_key_id:
        raise Refusal(f"The extract is sealed to another key than this one ({own_key_id}).")
    return public


def _derive_key(ephemeral: X25519PublicKey, private: X25519PrivateKey) -> bytes:
    try:
        secret = private.exchange(ephemeral)
    except ValueError:
        raise Refusal("The header of the sealed extract holds a key that cannot be used.") from None
    salt = ephemeral.public_bytes_raw() + private.public_key().public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=FORMAT.encode()).derive(secret)
