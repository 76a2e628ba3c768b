"""The releases that the anonymiser published, read from its folder: nothing in it counts that no manifest names."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from app.domain.errors import DomainError, NotFound
from app.domain.table_rules import DEFAULT, RULES, TableRule, table_rule

MANIFEST: Final = "manifest.json"
MANIFEST_SUM: Final = "manifest.sha256"
TABLES: Final = "data/tables.csv"
_NAME: Final = re.compile(r"release-([1-9]\d{0,5})-(\d{4}-\d{2}-\d{2})", re.ASCII)
_LARGEST_MANIFEST: Final = 4 * 2**20  # bytes; the real ones have a few thousand
WITHHELD: Final = ("", "*")  # what stands for no number in tables: nothing, or under the rules of HES a star
_CELL: Final = ("table", "by", "value", "measure", "answer", "people", "status")


class Damaged(DomainError):
    """A file of a release is not as its manifest says."""

    status = 500


@dataclass(frozen=True, slots=True)
class Release:
    """One whole, published release; `manifest` is its manifest.json as it was written."""

    id: str
    number: int
    made_on: date
    folder: Path
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One published number: `people` is None where it was withheld, `status` says why, `rule` is its release's."""

    table: str
    by: str
    value: str
    measure: str
    answer: str
    people: int | None
    status: str
    rule: TableRule = RULES[DEFAULT]


def list_releases(folder: Path | None) -> Sequence[Release]:
    """Return the whole, published releases, newest first; none where no folder is set or it is away.

    Candidates, what is half-made, twins, symbolic links and the series' own memory are no releases; neither is a
    folder whose manifest does not fit its sum or names another release.
    """
    if folder is None or not folder.is_dir():
        return ()
    found = [_find(path) for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted((each for each in found if each), key=lambda each: each.number, reverse=True)


def get_release(folder: Path | None, release_id: str) -> Release:
    """Return one release by its id, or the newest for "latest"; raises NotFound."""
    for release in list_releases(folder):
        if release_id in (release.id, "latest"):
            return release
    raise NotFound("There is no release of this name: GET /dataset/v1/releases lists those that are there.")


def names_of(release: Release) -> Sequence[str]:
    """Return the names of all files of a release, the manifest's own and its sum's last."""
    return (*sorted(release.manifest["files"]), MANIFEST, MANIFEST_SUM)


def file_of(release: Release, name: str) -> Path:
    """Return where a file of a release lies, by its name in the manifest; raises NotFound.

    A name that the manifest does not hold word for word is none, so no path leads out of the folder; a symbolic
    link that stands where a file should is none either.
    """
    path = release.folder / name
    if name not in names_of(release) or path.resolve() != release.folder / name or not path.is_file():
        raise NotFound("The release has no such file: its manifest.json lists those that it has.")
    return path


def sum_of(release: Release, name: str) -> str:
    """Return the SHA-256 (hex) that a file of a release must have; raises NotFound."""
    told = release.manifest["files"].get(name)
    return str(told) if told else hashlib.sha256(file_of(release, name).read_bytes()).hexdigest()


def read_checked(release: Release, name: str) -> bytes:
    """Return a file's bytes, held against the manifest; raises NotFound, or Damaged where they differ."""
    return _checked(file_of(release, name), sum_of(release, name))


def cells(release: Release) -> Sequence[Cell]:
    """Return every published number of a release's tables, in their order; raises NotFound or Damaged."""
    return _cells(file_of(release, TABLES), sum_of(release, TABLES), rule_of(release))


def rule_of(release: Release) -> TableRule:
    """Return the rule by which a release's tables show counts."""
    return table_rule(release.manifest.get("table_rule", DEFAULT))


@lru_cache(maxsize=4)
def _cells(path: Path, told_sum: str, rule: TableRule) -> Sequence[Cell]:
    lines = csv.DictReader(io.StringIO(_checked(path, told_sum).decode(), newline=""))
    return tuple(_cell(line, rule) for line in lines)


def _checked(path: Path, told_sum: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != told_sum:
        raise Damaged(f"The file {path.name} of the release was changed since it was made. Tell the steward.")
    return content


def _cell(line: Mapping[str, str], rule: TableRule) -> Cell:
    table, by, value, measure, answer, people, status = (line[name] for name in _CELL)
    return Cell(table, by, value, measure, answer, None if people in WITHHELD else int(people), status, rule)


def _find(path: Path) -> Release | None:
    """Return the release in a folder, or None where it is none, or not whole."""
    try:
        told = _manifest(path)
    except (OSError, ValueError):
        return None
    named = _NAME.fullmatch(path.name)
    if told is None or named is None or told.get("release_id") != path.name or told.get("synthetic"):
        return None
    try:
        made_on = date.fromisoformat(named[2])
    except ValueError:
        return None
    return Release(path.name, int(named[1]), made_on, path.resolve(), told)


def _manifest(path: Path) -> dict[str, Any] | None:
    paths = (path / MANIFEST, path / MANIFEST_SUM)
    if path.is_symlink() or any(each.is_symlink() for each in paths):
        return None
    if paths[0].stat().st_size > _LARGEST_MANIFEST:
        return None
    content = paths[0].read_bytes()
    if paths[1].read_bytes() != f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode():
        return None
    told = json.loads(content)
    whole = isinstance(told, dict) and isinstance(told.get("files"), dict)
    return told if whole else None
