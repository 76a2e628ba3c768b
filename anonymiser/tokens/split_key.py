"""Keeps a secret key in two halves of two owners, so that no one person or stolen file is enough."""

import errno
import os
import re
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from anonymiser.errors import SetUpRefusal

KEY_BYTES = 32
COMMAND_SECONDS = 30
HANDED_IN = Path("/dev/stdin")
"""Not opened by name, as this account may not: whoever started the program opened it, or a key service pipes it in."""
_MARK = "anonymiser-half-1"
_LINE = re.compile(rf"{_MARK} (?P<role>[a-z]+(?:-[a-z]+)*) (?P<value>[0-9a-f]{{{2 * KEY_BYTES}}})")


@dataclass(frozen=True, kw_only=True)
class Half:
    """One of two halves: random bytes that say nothing without the other. `owner` is the file's user, if a file."""

    role: str
    value: bytes = field(repr=False)
    owner: int | None = None


@dataclass(frozen=True)
class SplitKey:
    """A secret of 32 bytes that exists whole in memory only, K = K1 xor K2."""

    secret: bytes = field(repr=False)

    def derive(self, info: bytes, length: int = KEY_BYTES) -> bytes:
        """Derive a key for one use by HKDF-SHA256 without salt (RFC 5869); `length` in bytes."""
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.secret)

    @property
    def key_id(self) -> str:
        """A name for the key (16 hex digits) that tells nothing about it."""
        return self.derive(b"anonymiser/v1|key-id", 8).hex()


def make_half(path: Path, role: str) -> None:
    """Write a new half, mode 0600; each role runs this for itself, so that nobody ever sees both.

    Raises SetUpRefusal rather than overwrite, and on a role that is not words of small letters joined by hyphens.
    """
    line = f"{_MARK} {role} {os.urandom(KEY_BYTES).hex()}"
    if not _LINE.fullmatch(line):
        raise SetUpRefusal("A role is written in small letters and hyphens, for example: data-custodian")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, 0o600)
            file.write(line + "\n")
            file.flush()
            os.fsync(descriptor)
    except FileExistsError:
        raise SetUpRefusal(f"{path} exists; keys are never overwritten. Name another file.") from None
    except OSError as error:
        raise SetUpRefusal(f"The half {path} cannot be written: {error.strerror}.") from None


def half_from_file(path: Path) -> Half:
    """Read a half. Raises SetUpRefusal if it is missing, damaged, or can be reached by group or others.

    `/dev/stdin` takes what was handed in: another user's file, which stays that user's, or a pipe, which is nobody's.
    """
    content, owner = _read_closed(path)
    return _parse(content, str(path), owner)


def read_secret(path: Path) -> bytes:
    """Read a key's file. Raises SetUpRefusal if it is missing, a link, or can be reached or replaced by others."""
    return _read_closed(path)[0]


def check_folder(folder: Path) -> None:
    """Raise SetUpRefusal where group or others may replace what lies in a folder of keys."""
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError as error:
        raise SetUpRefusal(f"The folder {folder} cannot be read: {error.strerror}.") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        raise SetUpRefusal(
            f"Group or others can replace what lies in {folder} (mode {mode:04o}). Put it right: chmod 700 {folder}"
        )


def _read_closed(path: Path) -> tuple[bytes, int | None]:
    """What a file holds that is its owner's alone, and that owner if it is a file."""
    try:
        with _opened(path) as file:
            # Asked of the open file, so that nobody can swap the path between the question and the reading.
            found = os.fstat(file.fileno())
            mode = stat.S_IMODE(found.st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SetUpRefusal(
                    f"{path} can be reached by group or others (mode {mode:04o}). Put it right: chmod 600 {path}"
                )
            return file.read(), found.st_uid if stat.S_ISREG(found.st_mode) else None
    except OSError as error:
        link = "it is a link; name the file itself" if error.errno == errno.ELOOP else error.strerror
        raise SetUpRefusal(f"The key file {path} cannot be read: {link}.") from None


def _opened(path: Path) -> BinaryIO:
    if path == HANDED_IN:
        return open(0, "rb", closefd=False)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # a missing file is told before a bad folder
    try:
        check_folder(path.parent)
    except SetUpRefusal:
        os.close(descriptor)
        raise
    return open(descriptor, "rb")


def half_from_command(command: Sequence[str]) -> Half:
    """Take a half from what a command prints, such as the decryption call of a key management service.

    The program is named by its whole path. Raises SetUpRefusal on anything but success and one half; what the
    command printed is never repeated.
    """
    if not command or not Path(command[0]).is_absolute():
        raise SetUpRefusal("The command that gives a half must begin with the whole path of a program.")
    name = command[0]
    try:
        ended = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetUpRefusal(f"{name} gave no half within {COMMAND_SECONDS} seconds.") from None
    except OSError as error:
        raise SetUpRefusal(f"{name} cannot be run: {error.strerror}.") from None
    if ended.returncode:
        raise SetUpRefusal(
            f"{name} gave no half: it ended with code {ended.returncode}. Run it by itself to see why."
        )
    return _parse(ended.stdout, f"what {name} printed", None)


def join_halves(
    first: Half, second: Half, *, expected_key_id: str | None = None, one_owner: bool = False
) -> SplitKey:
    """Put two halves together. Raises SetUpRefusal with everything that is wrong with the pair.

    They must be of two roles, and two files must belong to two users unless `one_owner` (a demonstration on one
    account) says otherwise. `expected_key_id` finds a half of an older pair.
    """
    problems = []
    if first.role == second.role:
        problems.append(f"Both halves are {first.role}'s; the second must come from another role.")
    if not one_owner and first.owner is not None and first.owner == second.owner:
        problems.append("Both halves are files of one user. Give each its own owner with chown.")
    key = SplitKey(bytes(a ^ b for a, b in zip(first.value, second.value, strict=True)))
    if not any(key.secret):
        problems.append("The two halves are copies of one another.")
    elif expected_key_id is not None and key.key_id != expected_key_id:
        problems.append(
            f"The halves of {first.role} and {second.role} make the key {key.key_id} and not {expected_key_id}: "
            "one of them is of another pair."
        )
    if problems:
        raise SetUpRefusal(*problems)
    return key


def _parse(content: bytes, source: str, owner: int | None) -> Half:
    found = _LINE.fullmatch(content.decode("ascii", "replace").strip())
    if not found:
        raise SetUpRefusal(f"There is no half of a key in {source}: it is damaged or something else.")
    return Half(role=found["role"], value=bytes.fromhex(found["value"]), owner=owner)
