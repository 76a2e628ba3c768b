"""Keeps a person's secrets: envelope encryption with one data key a person, and a keyed index for NHS numbers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_VERSION = b"\x01"


class KeyProblem(Exception):
    """A key is missing, unreadable, too open, or does not fit; the sentence says which, never the key."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys by id, the active one for new data keys, and the key of the blind index."""

    active: str
    keys: dict[str, bytes]
    index_key: bytes

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read a ring from its JSON text; raises KeyProblem."""
        try:
            told = json.loads(text)
            keys = {name: base64.b64decode(key, validate=True) for name, key in told["keys"].items()}
            ring = cls(told["active"], keys, base64.b64decode(told["index"], validate=True))
        except (ValueError, KeyError, AttributeError, TypeError) as fault:
            raise KeyProblem("The key ring is not in its format: see deploy/README.md, 'Keys'.") from fault
        if ring.active not in ring.keys or any(len(key) != 32 for key in (*keys.values(), ring.index_key)):
            raise KeyProblem("The key ring needs its active key, and keys of 32 bytes.")
        return ring

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """Read a ring from a file that nobody but its owner can read."""
        if not path.is_file():
            raise KeyProblem(f"There is no key file at {path}.")
        # systemd hands credentials out in a folder that only the service can enter, from version 254 on as 0440
        handed_out = os.environ.get("CREDENTIALS_DIRECTORY") == str(path.parent)
        closed_to = stat.S_IRWXO if handed_out else stat.S_IRWXG | stat.S_IRWXO
        if path.stat().st_mode & closed_to:
            raise KeyProblem(f"The key file {path} can be read by others: chmod 600 it.")
        return cls.parse(path.read_text())

    @staticmethod
    def create(path: Path) -> None:
        """Make a new ring in a new file of mode 0600; an existing file is left alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        ring = {
            "active": "k1",
            "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()},
            "index": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(handle, "w") as file:
            json.dump(ring, file)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A person's (or a message's) own key in clear, and the wrapped form that the row keeps."""

    plain: bytes
    wrapped: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The place a secret is bound to: moved to another row or column, it no longer opens."""

    table: str
    column: str
    row: UUID | int

    def aad(self) -> bytes:
        """Associated data of the cipher."""
        return f"{self.table}|{self.column}|{self.row}|v1".encode()


class Cipher:
    """Encrypts and decrypts with AES-256-GCM; holds the ring, never writes it anywhere."""

    def __init__(self, ring: KeyRing):
        self._ring = ring

    def new_data_key(self, owner: UUID) -> DataKey:
        """Make a data key for the row that owns it."""
        plain = secrets.token_bytes(32)
        kek = self._ring.keys[self._ring.active]
        return DataKey(plain, _encrypt(kek, _owner(owner), plain), self._ring.active)

    def unwrap(self, owner: UUID, wrapped: bytes, key_id: str) -> DataKey:
        """Open a data key; raises KeyProblem when its key is not on the ring or it is another row's."""
        kek = self._ring.keys.get(key_id)
        if kek is None:
            raise KeyProblem(f"The key '{key_id}' is not on the key ring.")
        return DataKey(_decrypt(kek, _owner(owner), wrapped), wrapped, key_id)

    @staticmethod
    def seal(key: DataKey, cell: Cell, clear: str | bytes | None) -> bytes | None:
        """Encrypt a value for one cell; None stays None."""
        if clear is None:
            return None
        return _encrypt(key.plain, cell.aad(), clear.encode() if isinstance(clear, str) else clear)

    @staticmethod
    def open(key: DataKey, cell: Cell, sealed: bytes | None) -> bytes | None:
        """Decrypt a cell's value; raises KeyProblem when it was moved or changed."""
        return None if sealed is None else _decrypt(key.plain, cell.aad(), sealed)

    def open_text(self, key: DataKey, cell: Cell, sealed: bytes | None) -> str | None:
        """Decrypt a cell's text."""
        clear = self.open(key, cell, sealed)
        return None if clear is None else clear.decode()

    def blind_index(self, nhs_number: str) -> bytes:
        """Return the keyed index of an NHS number: finds the row, tells nothing without the key."""
        message = f"person.nhs_number|v1|{nhs_number}".encode()
        return hmac.digest(self._ring.index_key, message, hashlib.sha256)

    def likeness_index(self, family: str, birth_date: str) -> bytes:
        """Return the keyed index of a family name and a birth date, under which people who may be one are found."""
        message = f"person.likeness|v1|{family}|{birth_date}".encode()
        return hmac.digest(self._ring.index_key, message, hashlib.sha256)


def code_digest(code: str) -> bytes:
    """Return what is kept of a link's code; it has 256 random bits, so a plain digest cannot be guessed backwards."""
    return hashlib.sha256(code.encode(errors="replace")).digest()


def _owner(owner: UUID) -> bytes:
    return f"data-key|{owner}|v1".encode()


def _encrypt(key: bytes, aad: bytes, clear: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, clear, aad)


def _decrypt(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    if sealed[:1] != _VERSION:
        raise KeyProblem("A sealed value has an unknown format.")
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], aad)
    except InvalidTag as fault:
        raise KeyProblem(
            "A sealed value does not open: it was changed, moved or sealed by another key."
        ) from fault
