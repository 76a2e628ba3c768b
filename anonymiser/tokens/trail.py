"""Writes down every use of a key or of an approval, each line sealed to the one before it.

How far it went (its head) is kept in a file beside it and wherever its fruits lie, so that a trail that was cut,
emptied, taken away or put back from an older copy is refused: otherwise what is allowed once could be done again.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from anonymiser.errors import Refusal

START = "0" * 64
HEAD, METADATA = ".trail-head", "metadata.json"
Facts = Mapping[str, str | int]


class Trail:
    """An append-only file of JSON lines, a hash chain. Holds tokens and staff names, never an NHS number."""

    def __init__(self, path: Path, *, fruits: Path | None = None) -> None:
        """`fruits` is the folder of what was made under it: it keeps the head too, as soon as it is there."""
        self.path = path
        self._fruits = fruits
        self._beside = path.with_name(f"{path.name}.head")

    def append(self, now: datetime, act: str, facts: Facts, *, once: str | None = None) -> str:
        """Add a line and give its hash, which is the trail's new head.

        With `once`, refuse if a line of that act and request is there already: asked and written under one
        lock. Raises Refusal on a broken trail, and on a time without a zone.
        """
        if now.tzinfo is None:
            raise Refusal("A line of the audit trail needs a time with its zone.")
        with _open(self.path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
            lines = self._whole(file)
            if not lines:
                _keep(self._beside, START)
            if once is not None and any(
                line["act"] == act and line["facts"].get("request") == once for line in lines
            ):
                raise Refusal(f"The request {once} has been used; ask anew.")
            line: dict[str, Any] = {
                "number": len(lines) + 1,
                "at": now.isoformat(timespec="seconds"),
                "act": act,
                "facts": dict(facts),
                "previous": lines[-1]["hash"] if lines else START,
            }
            line["hash"] = _hash(line)
            file.write(_text(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            _keep(self._beside, line["hash"])
            self._keep_with_fruits(line["hash"])
        return str(line["hash"])

    def keep_head(self) -> None:
        """Note the head with the fruits, where their folder was made since the last line."""
        with _open(self.path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = self._whole(file)
            if lines:
                self._keep_with_fruits(lines[-1]["hash"])

    def verify(self, head: str | None = None) -> list[dict[str, Any]]:
        """Give every line. Raises Refusal at the first one that was changed, moved, added or taken out.

        Lines cut from the end leave a whole chain: the heads that were kept show it. Whoever can write all of them
        can take lines away: keep a head elsewhere too (each metadata has it) and give it here; a later line may follow.
        """
        if not self.path.exists():
            lines: list[dict[str, Any]] = []
            self._check_heads(lines)
        else:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                lines = self._whole(file)
        if head is not None and head not in (START, *(line["hash"] for line in lines)):
            raise Refusal(f"{self.path.name}: lines up to a head that was noted elsewhere are gone.")
        return lines

    def _whole(self, file: BinaryIO) -> list[dict[str, Any]]:
        lines = _read(file, self.path.name)
        self._check_heads(lines)
        return lines

    def _check_heads(self, lines: Sequence[Mapping[str, Any]]) -> None:
        beside, held = _kept(self._beside), {START, *(line["hash"] for line in lines)}
        if lines and beside is None:
            raise Refusal(
                f"{self._beside} is gone, which says how far the trail went. Bring both from one copy."
            )
        kept = [each for each in (beside, *self._heads_with_fruits()) if each is not None]
        if not held.issuperset(kept):
            raise Refusal(
                f"{self.path.name} lacks lines that it had: it was cut, taken away, or is another trail. Put its "
                "newest copy back; until then nothing is approved."
            )

    def _heads_with_fruits(self) -> Iterator[str | None]:
        if self._fruits is not None:
            yield _kept(self._fruits / HEAD)
            for path in (self._fruits / METADATA, *self._fruits.glob(f"*/{METADATA}")):
                yield _told_in(path)

    def _keep_with_fruits(self, head: str) -> None:
        if self._fruits is not None and self._fruits.is_dir():
            _keep(self._fruits / HEAD, head)


def _kept(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None


def _told_in(metadata: Path) -> str | None:
    """The head that the metadata of something made under a trail tells; None where it tells none."""
    try:
        told = json.loads(metadata.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise Refusal(f"{metadata} cannot be read: it says how far the trail went.") from None
    head = told.get("trail_head") if isinstance(told, dict) else None
    return head if isinstance(head, str) else None


def _keep(path: Path, head: str) -> None:
    aside = path.with_name(f".{path.name.removeprefix('.')}.part")
    try:
        with aside.open("w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(head)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise Refusal(f"The head of the audit trail {path} cannot be written: {error.strerror}.") from None


def _open(path: Path) -> BinaryIO:
    def private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    try:
        return open(path, "a+b", opener=private)
    except OSError as error:
        raise Refusal(f"The audit trail {path} cannot be written: {error.strerror}.") from None


def _read(file: BinaryIO, name: str) -> list[dict[str, Any]]:
    file.seek(0)
    lines: list[dict[str, Any]] = []
    previous = START
    for number, text in enumerate(file, start=1):
        try:
            line = json.loads(text)
            whole = line["number"] == number and line["previous"] == previous and line["hash"] == _hash(line)
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole or text != _text(line) + b"\n":
            raise Refusal(
                f"{name}, line {number}: the chain is broken here. Keep the file as it is and find out why."
            )
        previous = line["hash"]
        lines.append(line)
    return lines


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text({name: value for name, value in line.items() if name != "hash"})).hexdigest()


def _text(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
