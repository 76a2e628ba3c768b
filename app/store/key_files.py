"""The key ring in its file: grown, and read again when it has changed, so that nothing stops for a new key."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from app.store.crypto import KeyProblem, KeyRing
from app.store.keepers import Wrapped


class RingFile:
    """Keeps keys as the file tells them now; a file that has changed is read again at the next question."""

    def __init__(self, path: Path):
        self._path = path
        self._stamp = self._stamp_now()
        self._ring = KeyRing.from_file(path)

    @property
    def active(self) -> str:
        """The id of the key that wraps new data keys."""
        return self._now().active

    @property
    def index_key(self) -> bytes:
        """The key of the blind index."""
        return self._now().index_key

    @property
    def intake_public(self) -> None:
        """A file is never away."""

    def intake_private(self) -> bytes:
        """Raise KeyProblem: there is none."""
        return self._now().intake_private()

    def wrap(self, aad: bytes, plain: bytes) -> tuple[bytes, str]:
        """Wrap a data key by the active key."""
        return self._now().wrap(aad, plain)

    def unwrap(self, asked: Sequence[Wrapped]) -> list[bytes]:
        """Open data keys; raises KeyProblem."""
        return self._now().unwrap(asked)

    def _now(self) -> KeyRing:
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._ring, self._stamp = KeyRing.from_file(self._path), stamp
        return self._ring

    def _stamp_now(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as fault:
            raise KeyProblem(f"There is no key file at {self._path}.") from fault
        return found.st_mtime_ns, found.st_ino


def add_key(path: Path) -> str:
    """Add a new key to the ring, not active yet, and return its id; raises KeyProblem."""
    told = _read(path)
    numbers = [int(name[1:]) for name in told["keys"] if name[:1] == "k" and name[1:].isdecimal()]
    key_id = f"k{max(numbers, default=0) + 1}"
    _write(path, told | {"keys": told["keys"] | {key_id: _new_key()}})
    return key_id


def activate(path: Path, key_id: str) -> None:
    """Let a key of the ring wrap whatever is new from now on; raises KeyProblem."""
    told = _read(path)
    if key_id not in told["keys"]:
        raise KeyProblem(f"The key '{key_id}' is not on the key ring.")
    _write(path, told | {"active": key_id})


def remove(path: Path, key_id: str) -> None:
    """Take a key off the ring for good: what it wraps, in old backups too, never opens again; raises KeyProblem."""
    told = _read(path)
    if key_id == told["active"]:
        raise KeyProblem(f"The key '{key_id}' is the active one: activate another first.")
    if key_id not in told["keys"]:
        raise KeyProblem(f"The key '{key_id}' is not on the key ring.")
    _write(path, told | {"keys": {name: key for name, key in told["keys"].items() if name != key_id}})


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _read(path: Path) -> dict[str, Any]:
    KeyRing.from_file(path)  # with all its checks
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def _write(path: Path, told: dict[str, Any]) -> None:
    """Put the new ring in the place of the old one at once: no reader finds half of it."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".ring-", delete=False) as file:  # of mode 0600
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
