"""The anonymiser's own keys: made here, kept here, and only the public half ever leaves."""

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from anonymiser.errors import SetUpRefusal

ROOT_KEY = "root.key"
PRIVATE_KEY = "private.pem"
PUBLIC_KEY = "public.pem"
ROOT_KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """The root pseudonym key (32 bytes) and the X25519 key that extracts are sealed to."""

    root: bytes = field(repr=False)
    private: X25519PrivateKey = field(repr=False)

    @property
    def pseudonym_key_id(self) -> str:
        """A name for the root key (16 hex digits) that tells nothing about the key."""
        return (
            HKDF(algorithm=SHA256(), length=8, salt=None, info=b"anonymiser/v1|key-id")
            .derive(self.root)
            .hex()
        )

    @property
    def sealing_key_id(self) -> str:
        """The name of the public key that extracts must be sealed to."""
        return public_key_id(self.private.public_key())


def public_key_id(public: X25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of a raw public key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def make_keys(folder: Path) -> None:
    """Write root.key and private.pem (mode 0600) and public.pem (0644). Raises SetUpRefusal to overwrite."""
    held = [name for name in (ROOT_KEY, PRIVATE_KEY, PUBLIC_KEY) if (folder / name).exists()]
    if held:
        raise SetUpRefusal(
            f"{folder} already holds {', '.join(held)}; keys are never overwritten. Name another folder."
        )
    private = X25519PrivateKey.generate()
    private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(folder / ROOT_KEY, os.urandom(ROOT_KEY_BYTES).hex().encode() + b"\n", mode=0o600)
        _write_new(folder / PRIVATE_KEY, private_pem, mode=0o600)
        _write_new(folder / PUBLIC_KEY, public_pem, mode=0o644)
    except OSError as error:
        raise SetUpRefusal(f"The keys cannot be written to {folder}: {error.strerror}.") from None


def load_keys(folder: Path) -> Keys:
    """Read the keys. Raises SetUpRefusal if one is missing, damaged, or readable by group or others."""
    try:
        root = bytes.fromhex(_read_secret(folder / ROOT_KEY).decode().strip())
        private = load_pem_private_key(_read_secret(folder / PRIVATE_KEY), password=None)
    except (ValueError, TypeError):
        raise SetUpRefusal(f"A key in {folder} is damaged or is not one that keygen made.") from None
    if len(root) != ROOT_KEY_BYTES or not isinstance(private, X25519PrivateKey):
        raise SetUpRefusal(f"A key in {folder} is of the wrong kind or length.")
    return Keys(root=root, private=private)


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _read_secret(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # Asked of the open file, so that nobody can swap the path between the question and the reading.
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SetUpRefusal(
                    f"{path} can be reached by group or others (mode {mode:04o}). Put it right: chmod 600 {path}"
                )
            return file.read()
    except OSError as error:
        raise SetUpRefusal(f"The key file {path} cannot be read: {error.strerror}.") from None
