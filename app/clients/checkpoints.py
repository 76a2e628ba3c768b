"""Writes signed checkpoints where the database's owner cannot rewrite them: a folder of files that are only added to.

The folder is best another machine's, or storage that refuses to change a file once it is written. Each file holds the
checkpoint and its Ed25519 signature; whoever has the public key alone can prove it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_NAME: Final = "checkpoint-{:08d}.json"


def name_of(number: int) -> str:
    """Return what a checkpoint is called, here and wherever copies of it lie."""
    return _NAME.format(number)


class CheckpointProblem(ValueError):
    """A checkpoint or its key cannot be read, or is not what was signed; the sentence says which."""


class CheckpointFolder:
    """The checkpoints of one installation; reads with the public key, writes only with the private one."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey | Ed25519PublicKey):
        self._folder = folder
        self._private = key if isinstance(key, Ed25519PrivateKey) else None
        self._public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key

    @classmethod
    def with_key(cls, folder: Path, pem: bytes) -> CheckpointFolder:
        """Open the folder with a private or public key in PEM; raises CheckpointProblem."""
        is_private = b"PRIVATE KEY" in pem
        try:
            key = load_pem_private_key(pem, None) if is_private else load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise CheckpointProblem("The key of the audit's checkpoints is no key in PEM form.") from fault
        if not isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
            raise CheckpointProblem("The key of the audit's checkpoints is not an Ed25519 key.")
        return cls(folder, key)

    def newest(self) -> tuple[int, bytes] | None:
        """Return the newest checkpoint's number and text, None before the first; raises CheckpointProblem."""
        numbers = self._numbers()
        if not numbers:
            return None
        if numbers != list(range(1, len(numbers) + 1)):
            raise CheckpointProblem("A checkpoint of the audit is missing in its folder.")
        previous = ""
        for number in numbers:
            text, told = self._read(number)
            if told.get("number") != number or told.get("previous") != previous:
                raise CheckpointProblem(
                    f"Checkpoint {number} of the audit does not follow the one before it."
                )
            previous = digest_of(text)
        return numbers[-1], text

    def add(self, number: int, text: bytes) -> None:
        """Write a checkpoint under a new name; raises CheckpointProblem when there is one already or no key to sign."""
        if self._private is None:
            raise CheckpointProblem(
                "Only the public key of the audit's checkpoints is here: nothing can be signed."
            )
        signed = {
            "checkpoint": text.decode(),
            "signature": base64.b64encode(self._private.sign(text)).decode(),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self._folder, prefix=".new-") as file:
            json.dump(signed, file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o444)
            try:
                os.link(file.name, self._folder / name_of(number))  # whole or not at all, never over another
            except FileExistsError as fault:
                raise CheckpointProblem(f"Checkpoint {number} of the audit is there already.") from fault

    def signed(self, number: int) -> bytes:
        """Return a checkpoint with its signature, as it is kept; raises CheckpointProblem."""
        try:
            return (self._folder / name_of(number)).read_bytes()
        except OSError as fault:
            raise CheckpointProblem(f"Checkpoint {number} of the audit cannot be read.") from fault

    def _numbers(self) -> list[int]:
        found = sorted(path.stem.partition("-")[2] for path in self._folder.glob("checkpoint-*.json"))
        return [int(each) for each in found if each.isdecimal()]

    def _read(self, number: int) -> tuple[bytes, dict[str, object]]:
        try:
            signed = json.loads((self._folder / name_of(number)).read_bytes())
            text = signed["checkpoint"].encode()
            self._public.verify(base64.b64decode(signed["signature"], validate=True), text)
            return text, json.loads(text)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise CheckpointProblem(f"Checkpoint {number} of the audit cannot be read.") from fault
        except InvalidSignature as fault:
            raise CheckpointProblem(f"Checkpoint {number} of the audit is not what was signed.") from fault


def digest_of(text: bytes) -> str:
    """Return the digest by which the next checkpoint names this one."""
    return hashlib.sha256(text).hexdigest()


def _read_private(pem: bytes) -> object:
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise CheckpointProblem("The file is there already, and holds no key in PEM form.") from fault


def create_key(path: Path) -> bytes:
    """Make a signing key in a new file of mode 0600 and return its public half in PEM; an existing one is read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = _read_private(path.read_bytes())
        if not isinstance(key, Ed25519PrivateKey):
            raise CheckpointProblem("The file holds another kind of key.") from None
    else:
        key = Ed25519PrivateKey.generate()
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
