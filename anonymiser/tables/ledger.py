"""Remembers every number ever printed, so that a later one cannot be set against it to find a few people."""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from anonymiser.errors import Refusal

_FIRST: Final = "0" * 64


class Cell(NamedTuple):
    """One number of a release: the labels it stands at (None for a total), the people behind it when it was
    taken, what was printed (None if withheld), and whether that was held back from an earlier release.
    """

    labels: tuple[str | None, ...]
    people: int
    printed: float | None
    held_back: bool = False


@dataclass(frozen=True)
class Entry:
    """One table, or one answer, of one release."""

    sequence: int
    release: str
    question: str
    rule: str
    cells: tuple[Cell, ...]
    mark: str


class Ledger:
    """An open ledger. It holds how many people were behind each number, so it stays with the steward;
    who they were it does not hold. One that `waits` writes nothing until it is told to `settle`.
    """

    def __init__(self, path: Path, key: bytes, *, waits: bool = False) -> None:
        self._path, self._key = path, key
        self._entries, self._end = _read(path, key)
        self._waiting: list[str] | None = [] if waits else None

    @property
    def entries(self) -> Sequence[Entry]:
        return tuple(self._entries)

    @property
    def head(self) -> str:
        """How many entries there are and the mark of the last; a release's manifest keeps it, so that
        entries cut off the end are missed.
        """
        return f"{len(self._entries)}:{self._entries[-1].mark if self._entries else _FIRST}"

    def of(self, question: str) -> Sequence[Entry]:
        """The entries of one table or question, oldest first."""
        return tuple(entry for entry in self._entries if entry.question == question)

    def record(self, release: str, question: str, rule: str, cells: Sequence[Cell]) -> Entry:
        """Write an entry and wait until it is on the disk. Print nothing before this returns.

        The same table of the same release is written once; with other numbers it is refused.
        """
        made = [entry for entry in self.of(question) if entry.release == release]
        if made and made[-1].cells == tuple(cells):
            return made[-1]
        if made:
            raise Refusal(
                f"The release {release} has this table already, with other numbers: name a new one."
            )
        previous = self._entries[-1].mark if self._entries else _FIRST
        body = {
            "sequence": len(self._entries) + 1,
            "release": release,
            "question": question,
            "rule": rule,
            "cells": [[list(cell.labels), cell.people, cell.printed, cell.held_back] for cell in cells],
        }
        mark = _mark(self._key, previous, body)
        line = json.dumps({**body, "mark": mark}, separators=(",", ":")) + "\n"
        if self._waiting is None:
            self._append(line)
        else:
            self._waiting.append(line)
        self._entries.append(_entry(body, mark))
        return self._entries[-1]

    def prepare(self, target: Path) -> None:
        """Write the waiting lines down beside the ledger: they count once `target`, the published folder, is there.

        Whoever opens the ledger then takes them in, also where this run was killed before it could `settle`.
        """
        aside = _prepared(self._path)
        told = {"target": str(target.resolve()), "after": self._end, "lines": self._waiting or []}
        _write_whole(aside, json.dumps(told))

    def settle(self) -> None:
        """Take the prepared lines into the ledger. Call it when what they tell of has been published."""
        if self._waiting:
            self._append("".join(self._waiting))
            self._waiting = []
        _prepared(self._path).unlink(missing_ok=True)

    @property
    def settled_head(self) -> str:
        """The head without what waits."""
        settled = self._entries[: len(self._entries) - len(self._waiting or ())]
        return f"{len(settled)}:{settled[-1].mark if settled else _FIRST}"

    def _append(self, line: str) -> None:
        with self._path.open("r+b") as file:
            file.truncate(self._end)
            file.seek(self._end)
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
            self._end = file.tell()


@contextmanager
def open_ledger(path: Path, key: bytes, *, head: str | None = None, waits: bool = False) -> Iterator[Ledger]:
    """Open a ledger for one writer at a time, and check every mark in it; a new one is begun where none is.

    With `waits`, what is recorded is not written before `prepare` and `settle`.

    `head` is what the last release's manifest keeps: the ledger must contain it. A last line without
    its end was never printed from, and is written over. A file beside it keeps the head between releases, so that
    answers cut off the end are missed too.
    """
    path.touch(mode=0o600)
    with path.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _take_in_what_was_published(path)
        ledger = Ledger(path, key, waits=waits)
        heads = _heads(ledger.entries)
        if head is not None and head not in heads:
            raise Refusal("The ledger of releases lacks entries that the last release's manifest speaks of.")
        beside = path.with_name(f"{path.name}.head")
        if beside.exists() and beside.read_text() not in heads:
            raise Refusal(
                "The ledger of releases lacks entries that it had. Restore it from its newest copy."
            )
        try:
            yield ledger
        finally:
            _keep_head(beside, ledger.settled_head)


def _heads(entries: Sequence[Entry]) -> set[str]:
    return {f"0:{_FIRST}"} | {f"{entry.sequence}:{entry.mark}" for entry in entries}


def _keep_head(beside: Path, head: str) -> None:
    if not beside.exists() or beside.read_text() != head:
        _write_whole(beside, head)


def _prepared(path: Path) -> Path:
    return path.with_name(f"{path.name}.prepared")


def _take_in_what_was_published(path: Path) -> None:
    """Append the lines of a run that was killed between its publication and `settle`; nobody wrote in between."""
    aside = _prepared(path)
    if not aside.exists():
        return
    told = json.loads(aside.read_text())
    if Path(told["target"]).is_dir():
        with path.open("r+b") as file:
            file.seek(told["after"])
            file.write("".join(told["lines"]).encode())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        aside.unlink()


def _write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, for its owner alone."""
    aside = path.with_name(f".{path.name}")
    with open(aside, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _read(path: Path, key: bytes) -> tuple[list[Entry], int]:
    """The entries, and how many bytes of the file they are."""
    whole, entries, previous = path.read_bytes(), list[Entry](), _FIRST
    end = whole.rfind(b"\n") + 1
    for number, line in enumerate(whole[:end].splitlines(), start=1):
        try:
            body = json.loads(line)
            mark = body.pop("mark")
            genuine = hmac.compare_digest(mark, _mark(key, previous, body)) and body["sequence"] == number
        except (ValueError, TypeError, AttributeError, KeyError):
            genuine = False
        if not genuine:
            raise Refusal(
                f"Line {number} of the ledger of releases is not as it was written, or was written with "
                "another key. Restore the ledger from its copy; without it no table can be released."
            )
        entries.append(_entry(body, mark))
        previous = mark
    return entries, end


def _mark(key: bytes, previous: str, body: object) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, f"{previous}\n{text}".encode(), hashlib.sha256).hexdigest()


def _entry(body: Mapping[str, Any], mark: str) -> Entry:
    cells = tuple(Cell(tuple(labels), *rest) for labels, *rest in body["cells"])
    return Entry(body["sequence"], body["release"], body["question"], body["rule"], cells, mark)
