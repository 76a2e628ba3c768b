"""What the tests of releases share: how many rows the common release has, and how an extract is sealed."""

from collections.abc import Callable
from pathlib import Path

ROWS = 700
LATER_ID = "6f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a002"
Sealing = Callable[..., Path]


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
