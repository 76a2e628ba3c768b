"""Keeps a person's secrets: envelope encryption with one data key a person, and a keyed index for NHS numbers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.store.keepers import Keeper as Keeper
from app.store.keepers import KeyProblem as KeyProblem
from app.store.keepers import KeysAway as KeysAway
from app.store.keepers import Wrapped, keeping
from app.store.key_sealing import open_key, seal_key

_NONCE = 12
_VERSION = b"\x01"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys by id, the active one for new data keys, and the key of the blind index."""

    active: str
    keys: dict[str, bytes]
    index_key: bytes

    @property
    def intake_public(self) -> None:
        """A ring is never away, so nothing has to be sealed to be opened later."""

    def intake_private(self) -> bytes:
        """Raise KeyProblem: there is none."""
        raise KeyProblem("This message was sealed for a key service: the key ring does not open it.")

    def wrap(self, aad: bytes, plain: bytes) -> tuple[bytes, str]:
        """Wrap a data key by the active key."""
        return _encrypt(self.keys[self.active], _by(aad, self.active), plain), self.active

    def unwrap(self, asked: Sequence[Wrapped]) -> list[bytes]:
        """Open data keys; raises KeyProblem when a key is not on the ring, or what it wrapped was moved."""
        opened = []
        for one in asked:
            kek = self.keys.get(one.key_id)
            if kek is None:
                raise KeyProblem(f"The key '{one.key_id}' is not on the key ring.")
            opened.append(_decrypt(kek, _by(one.aad, one.key_id), one.wrapped))
        return opened

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


DESTROYED = DataKey(b"", b"", "")  # stands for a key that is gone: what it sealed is nothing now
OF_PERSON = "person"  # the `key_id` of what is wrapped by a person's own key
OF_INTAKE = "intake"  # of what was sealed to the intake's public key


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
    """Encrypts and decrypts with AES-256-GCM; asks whoever keeps the keys, never writes one anywhere."""

    def __init__(self, keeper: Keeper):
        self._keeper = keeper

    @property
    def active_key(self) -> str:
        """The id of the key that wraps new data keys."""
        with keeping():
            return self._keeper.active

    def new_data_key(self, owner: UUID) -> DataKey:
        """Make a data key for the row that owns it; raises KeysAway."""
        plain = secrets.token_bytes(32)
        with keeping():
            return DataKey(plain, *self._keeper.wrap(_owner(owner), plain))

    def rewrap_many(self, asked: Sequence[tuple[UUID, bytes, str]]) -> list[DataKey]:
        """Wrap the data keys of several rows by the key that is active now; raises KeyProblem, KeysAway."""
        opened = zip(asked, self.unwrap_many(asked), strict=True)
        with keeping():
            return [
                DataKey(key.plain, *self._keeper.wrap(_owner(owner), key.plain))
                for (owner, _, _), key in opened
            ]

    def unwrap(self, owner: UUID, wrapped: bytes, key_id: str) -> DataKey:
        """Open a data key; raises KeyProblem when its key is not there or it is another row's, KeysAway."""
        if key_id == OF_INTAKE:
            return self._unwrap_intake(owner, wrapped)
        return self.unwrap_many([(owner, wrapped, key_id)])[0]

    def unwrap_many(self, asked: Sequence[tuple[UUID, bytes, str]]) -> list[DataKey]:
        """Open the data keys of several rows with one question to whoever keeps the keys."""
        if not asked:
            return []
        with keeping():
            told = [Wrapped(_owner(owner), wrapped, key_id) for owner, wrapped, key_id in asked]
            opened = self._keeper.unwrap(told)
        return [DataKey(plain, one.wrapped, one.key_id) for plain, one in zip(opened, told, strict=True)]

    def new_intake_key(self, owner: UUID) -> DataKey:
        """Make a data key for what comes in: it can be made while whoever keeps the keys is away.

        It is sealed to a public key then, whose private half nobody needs here until the message is taken up.
        """
        public = self._keeper.intake_public
        if public is None:
            return self.new_data_key(owner)
        plain = secrets.token_bytes(32)
        return DataKey(plain, seal_key(public, _by(_owner(owner), OF_INTAKE), plain), OF_INTAKE)

    def _unwrap_intake(self, owner: UUID, wrapped: bytes) -> DataKey:
        with keeping():
            private = self._keeper.intake_private()
        plain = open_key(private, _by(_owner(owner), OF_INTAKE), wrapped)
        return DataKey(plain, wrapped, OF_INTAKE)

    @staticmethod
    def new_key_under(person: DataKey, owner: UUID) -> DataKey:
        """Make a data key for a row that is about a person, wrapped by that person's key: it goes when theirs goes."""
        plain = secrets.token_bytes(32)
        return DataKey(plain, Cipher._wrapped_by(person, owner, plain), OF_PERSON)

    @staticmethod
    def move_under(person: DataKey, owner: UUID, key: DataKey) -> DataKey:
        """Wrap the key of a row by a person's key, once it is known whom the row is about."""
        return DataKey(key.plain, Cipher._wrapped_by(person, owner, key.plain), OF_PERSON)

    @staticmethod
    def unwrap_under(person: DataKey, owner: UUID, wrapped: bytes) -> DataKey:
        """Open such a key; one that opens nothing where the person's key was destroyed."""
        if person is DESTROYED:
            return DESTROYED
        return DataKey(_decrypt(person.plain, _by(_owner(owner), OF_PERSON), wrapped), wrapped, OF_PERSON)

    @staticmethod
    def _wrapped_by(person: DataKey, owner: UUID, plain: bytes) -> bytes:
        if person is DESTROYED:
            raise KeyProblem("The person's key was destroyed: nothing more is kept of them.")
        return _encrypt(person.plain, _by(_owner(owner), OF_PERSON), plain)

    @staticmethod
    def seal(key: DataKey, cell: Cell, clear: str | bytes | None) -> bytes | None:
        """Encrypt a value for one cell; None stays None."""
        if clear is None:
            return None
        if key is DESTROYED:
            raise KeyProblem("The person's key was destroyed: nothing more is kept of them.")
        return _encrypt(key.plain, cell.aad(), clear.encode() if isinstance(clear, str) else clear)

    @staticmethod
    def open(key: DataKey, cell: Cell, sealed: bytes | None) -> bytes | None:
        """Decrypt a cell's value, None once its key was destroyed; raises KeyProblem when it was moved or changed."""
        return None if sealed is None or key is DESTROYED else _decrypt(key.plain, cell.aad(), sealed)

    def open_text(self, key: DataKey, cell: Cell, sealed: bytes | None) -> str | None:
        """Decrypt a cell's text."""
        clear = self.open(key, cell, sealed)
        return None if clear is None else clear.decode()

    def blind_index(self, nhs_number: str) -> bytes:
        """Return the keyed index of an NHS number: finds the row, tells nothing without the key."""
        return self._index(f"person.nhs_number|v1|{nhs_number}")

    def likeness_index(self, family: str, birth_date: str) -> bytes:
        """Return the keyed index of a family name and a birth date, under which people who may be one are found."""
        return self._index(f"person.likeness|v1|{family}|{birth_date}")

    def _index(self, message: str) -> bytes:
        with keeping():
            key = self._keeper.index_key
        return hmac.digest(key, message.encode(), hashlib.sha256)


def code_digest(code: str) -> bytes:
    """Return what is kept of a link's code; it has 256 random bits, so a plain digest cannot be guessed backwards."""
    return hashlib.sha256(code.encode(errors="replace")).digest()


def _owner(owner: UUID) -> bytes:
    return f"data-key|{owner}|v1".encode()


def _by(aad: bytes, key_id: str) -> bytes:
    return aad + b"|" + key_id.encode()


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
