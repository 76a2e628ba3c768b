"""The anonymiser's own keys: made here, kept here, and only the public half ever leaves."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from anonymiser.boundary import one_command
from anonymiser.errors import SetUpRefusal
from anonymiser.tokens.split_key import (
    Half,
    SplitKey,
    check_folder,
    half_from_command,
    half_from_file,
    join_halves,
    make_half,
    read_secret,
)

FIRST_HALF = "data-custodian.half"
SECOND_HALF = "information-risk-owner.half"
PRIVATE_KEY = "private.pem"
PUBLIC_KEY = "public.pem"
SOURCES = "keys.toml"
"""Says, in a folder of keys, which command gives a half that is no file, and which key the halves must make."""


@dataclass(frozen=True)
class Keys:
    """The root of all pseudonyms, whole in memory only, and the X25519 key that extracts are sealed to."""

    root: SplitKey = field(repr=False)
    private: X25519PrivateKey = field(repr=False)

    @property
    def sealing_key_id(self) -> str:
        """The name of the public key that extracts must be sealed to."""
        return public_key_id(self.private.public_key())


def public_key_id(public: X25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of a raw public key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def make_keys(folder: Path, second_half: Path | None = None) -> str:
    """Write the first half of the root and private.pem (mode 0600), public.pem (0644), and the second half.

    The second half belongs to another role: name its place in `second_half`, or it lies in the folder, which protects
    backups alone. Gives the root key's name. Raises SetUpRefusal to overwrite anything.
    """
    second = second_half or folder / SECOND_HALF
    places = [*(folder / name for name in (FIRST_HALF, PRIVATE_KEY, PUBLIC_KEY)), second]
    held = [str(place) for place in places if place.exists()]
    if held:
        raise SetUpRefusal(
            f"Keys are never overwritten, and there are {', '.join(held)}. Name another folder."
        )
    private = X25519PrivateKey.generate()
    private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        key_id = make_root(folder, second)
        _write_new(folder / PRIVATE_KEY, private_pem, mode=0o600)
        _write_new(folder / PUBLIC_KEY, public_pem, mode=0o644)
    except OSError as error:
        raise SetUpRefusal(f"The keys cannot be written to {folder}: {error.strerror}.") from None
    return key_id


def make_root(folder: Path, second_half: Path | None = None) -> str:
    """Write the two halves of a key alone and give the key's name. Raises SetUpRefusal to overwrite either."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpRefusal(f"The keys cannot be written to {folder}: {error.strerror}.") from None
    check_folder(folder)
    make_half(folder / FIRST_HALF, "data-custodian")
    second = second_half or folder / SECOND_HALF
    make_half(second, "information-risk-owner")
    return join_halves(half_from_file(folder / FIRST_HALF), half_from_file(second), one_owner=True).key_id


def read_root(folder: Path, second_half: Path | None = None) -> SplitKey:
    """Put the two halves of a key together; see `load_keys`.

    The folder's keys.toml may name a command for either half, and the key that they must make.
    """
    told = _sources(folder)
    return join_halves(
        _half(folder / FIRST_HALF, told),
        half_from_file(second_half) if second_half else _half(folder / SECOND_HALF, told),
        expected_key_id=told.get("key_id"),
        one_owner=second_half is None,
    )


def load_keys(folder: Path, second_half: Path | None = None) -> Keys:
    """Read the keys. Raises SetUpRefusal if one is missing, damaged, or readable by group or others.

    A second half that lies elsewhere must belong to another user than the first.
    """
    root = read_root(folder, second_half)
    try:
        private = load_pem_private_key(read_secret(folder / PRIVATE_KEY), password=None)
    except (ValueError, TypeError):
        raise SetUpRefusal(f"{folder / PRIVATE_KEY} is damaged or is not a key that keygen made.") from None
    if not isinstance(private, X25519PrivateKey):
        raise SetUpRefusal(f"{folder / PRIVATE_KEY} is a key of the wrong kind.")
    return Keys(root=root, private=private)


def _half(path: Path, told: Mapping[str, Any]) -> Half:
    command = told.get(path.stem)
    if command is None:
        return half_from_file(path)
    if path.exists():
        raise SetUpRefusal(f"{path} lies there and {SOURCES} names a command for it; keep one of the two.")
    with one_command(command):
        return half_from_command(command)


def _sources(folder: Path) -> Mapping[str, Any]:
    """What a folder's keys.toml says. Raises SetUpRefusal unless every word of it is understood."""
    path = folder / SOURCES
    if not path.exists():
        return {}
    try:
        told = tomllib.loads(read_secret(path).decode())
    except ValueError:
        raise SetUpRefusal(f"{path} is not TOML.") from None
    halves = (Path(FIRST_HALF).stem, Path(SECOND_HALF).stem)
    for name, said in told.items():
        is_id = name == "key_id" and isinstance(said, str)
        is_command = name in halves and isinstance(said, list) and all(isinstance(word, str) for word in said)
        if not is_id and not is_command:
            raise SetUpRefusal(
                f'{path} may say key_id = "...", and {" or ".join(halves)} = ["/whole/path/of/program", "word"]; '
                "there is something else in it."
            )
    return told


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
