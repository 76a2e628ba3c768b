"""Writes folders so that they are there whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MAKING = ".making-"
CANDIDATE = "candidate-"


@dataclass(frozen=True)
class Laid:
    """A file that lies where it belongs already because it is large: how many bytes it has, and their SHA-256."""

    path: Path
    bytes: int
    sha256: str


Content = bytes | Laid
"""What a file holds: its bytes, or where it lies already."""


def laid(path: Path) -> Laid:
    """A file that has just been written; waits until it is on the disk, and reads it once for all who ask."""
    sync(path)
    return Laid(path, path.stat().st_size, sha256(path))


def sha256(content: Content | Path) -> str:
    """The SHA-256 of some bytes, or of a file as it lies there, in lower-case hex; of a laid file, as it was then."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else content.sha256


def size(content: Content) -> int:
    """How many bytes there are."""
    return len(content) if isinstance(content, bytes) else content.bytes


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk; its folder is for its owner alone if it is new."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_files(folder: Path, files: Mapping[str, Content]) -> None:
    """Write those of a folder's files that do not lie there yet."""
    for name, content in sorted(files.items()):
        if isinstance(content, bytes):
            write_file(folder / name, content)


def sync(path: Path) -> None:
    """Make a file, or a rename in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def making(out: Path) -> Iterator[Path]:
    """A folder to write into, taken away again unless `publish` has given it its name; so are those of killed runs."""
    for left in out.glob(f"{MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=MAKING, dir=out))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def publish(aside: Path, target: Path) -> None:
    """Open a finished folder to readers and give it its name."""
    for path in aside.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    aside.chmod(0o755)
    aside.rename(target)
    sync(target.parent)
