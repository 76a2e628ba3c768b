"""Keeps, for every library that production installs, when somebody last looked for a newer one: `make libraries`.

The times of `SECURITY.md` are judged from that list alone, so `make audit` can tell without a network which library is
past its time; what nobody has looked at in time is "not audited", like everything that nobody could look at.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from packaging.version import Version

from deploy.assurance.evidence import HERE, ROOT

LEDGER: Final = HERE / "libraries.tsv"
LOCK: Final = ROOT / "requirements.txt"
# The times of SECURITY.md, "How old a library may be".
LOOK_EVERY: Final = timedelta(days=31)
TAKE_WITHIN: Final = timedelta(days=90)
STAY_AT_MOST: Final = timedelta(days=365)  # with a reason
_PINNED: Final = re.compile(r"^([\w.-]+)==([^ \\;\n]+)", re.MULTILINE)
Pin = tuple[str, str]  # name and version; one name may be pinned twice, for two versions of Python


@dataclass(frozen=True, slots=True)
class Line:
    """A library as it is locked: when it was looked at, the newer one there was then, since when that is known.

    `why` is the reason for staying with the one that is locked.
    """

    name: str
    version: str
    looked_on: date
    newer: str = ""
    newer_since: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is past its time, and what nobody has looked at in time; both as sentences."""

    past: tuple[str, ...]
    unseen: tuple[str, ...]


def pins(lock: str) -> frozenset[Pin]:
    """Return what a lock file pins, for whatever machine."""
    return frozenset((name, version) for name, version in _PINNED.findall(lock))


def ledger(text: str) -> tuple[Line, ...]:
    """Read the list; raises KeyError or ValueError for a line that cannot be read."""
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(
        Line(
            row["name"],
            row["version"],
            date.fromisoformat(row["looked_on"]),
            row["newer"],
            date.fromisoformat(row["newer_since"]) if row["newer_since"] else None,
            row["why"],
        )
        for row in rows
    )


def judge(lines: Sequence[Line], locked: frozenset[Pin], today: date) -> Judged:
    """Say of what is locked what is past its time, and what was not looked at in time."""
    known = {(each.name, each.version): each for each in lines}
    unseen = [
        f"{name} {version}: nobody has looked for a newer one"
        for name, version in sorted(locked - set(known))
    ]
    past = []
    for pin in sorted(locked & set(known)):
        line = known[pin]
        if not timedelta() <= today - line.looked_on <= LOOK_EVERY:
            unseen.append(f"{line.name} {line.version}: looked at on {line.looked_on} and not since")
        elif line.newer_since is not None and today - line.newer_since > _time_of(line):
            past.append(f"{line.name} {line.version}: {line.newer} is there since {line.newer_since}")
    return Judged(tuple(past), tuple(unseen))


def _time_of(line: Line) -> timedelta:
    return STAY_AT_MOST if line.why else TAKE_WITHIN


def looked(
    lines: Sequence[Line], locked: frozenset[Pin], newest: frozenset[Pin], today: date
) -> tuple[Line, ...]:
    """Return the list after a look: `newest` is what would be locked today if nothing held it.

    What was newer before is so since then, however many have followed; a reason stays with the version it is for. What
    would be locked no more was not looked at: its line stays as it was.
    """
    known = {(each.name, each.version): each for each in lines}
    there: dict[str, set[str]] = {}
    for name, version in newest:
        there.setdefault(name, set()).add(version)
    lines_now = (
        _line(pin, known.get(pin), there[pin[0]], today) if pin[0] in there else known.get(pin)
        for pin in sorted(locked)
    )
    return tuple(line for line in lines_now if line is not None)


def _line(pin: Pin, before: Line | None, there: set[str], today: date) -> Line:
    name, version = pin
    newer = max(there, key=Version)
    if version in there or Version(newer) <= Version(version):
        return Line(name, version, today)
    since = before.newer_since if before and before.newer_since else today
    return Line(name, version, today, newer, since, before.why if before else "")


def text_of(lines: Sequence[Line]) -> str:
    """Return the list as its file has it."""
    names = [each.name for each in fields(Line)]
    rows = ["\t".join(str(getattr(line, name) or "") for name in names) for line in lines]
    return "\n".join(["\t".join(names), *rows]) + "\n"


def ask_index(out: Path) -> frozenset[Pin] | None:
    """Resolve `pyproject.toml` anew into a file aside, as `make lock UPGRADE=1` would; None when nobody answered."""
    asked = [
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-annotate",
        "--upgrade",
    ]
    command = [str(ROOT / ".tools/bin/uv"), "pip", "compile", *asked, "pyproject.toml", "-o", str(out)]
    settings = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    try:
        ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return pins(out.read_text()) if ended.returncode == 0 and out.is_file() else None


def look(ask: Callable[[Path], frozenset[Pin] | None], today: date, *, file: Path = LEDGER) -> bool:
    """Look once, and write the list; False, and nothing written, when nobody answered."""
    with tempfile.TemporaryDirectory() as folder:
        newest = ask(Path(folder) / "newest.txt")
    if not newest:
        return False
    before = ledger(file.read_text()) if file.exists() else ()
    file.write_text(text_of(looked(before, pins(LOCK.read_text()), newest, today)))
    return True


def main() -> int:
    """Look, say what came of it; return 0 when the list was written, 2 when nobody could look."""
    today = datetime.now(UTC).date()
    if not look(ask_index, today):
        sys.stdout.write("not looked: the index gave no answer; the list stays as it was\n")
        return 2
    newer = [each for each in ledger(LEDGER.read_text()) if each.newer]
    sys.stdout.writelines(
        f"{each.name} {each.version}: {each.newer}, known since {each.newer_since}\n" for each in newer
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
