"""Holds a release's figures ready: a release never changes, so its tables are read and shaped once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from app.domain.errors import NotFound
from app.services.dataset import dashboards, releases
from app.services.dataset.dashboards import Figure
from app.services.dataset.releases import Release

_MOST: Final = 8  # releases kept ready, the last ones that somebody looked at
_DICTIONARY: Final = "dictionary.json"
_PARTS: Final = ("counted", "of_whom", "told_apart_by", "note", "gaps", "caveat")
# The column by which the dictionary tells what a table tells more coarsely.
_FINER: Final[Mapping[str, str]] = {
    "uptake": "weeks_to_start",
    "help": "provider_kind",
    "age_band": "age",
    "ethnic_group": "ethnicity",
    "month": "referred",
    "quarter": "referred",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """What a table counts, of whom, by what, how to read it, where it is empty, and what it does not show."""

    counted: str
    of_whom: str
    told_apart_by: str
    note: str
    gaps: str
    caveat: str


def figures(release: Release) -> Mapping[str, Figure]:
    """Return every table of a release as a figure, by the table's name; raises NotFound or Damaged."""
    return _figures(release.folder, releases.sum_of(release, releases.TABLES))


def get_figure(release: Release, table: str) -> Figure:
    """Return one figure by its table's name; raises NotFound."""
    found = figures(release).get(table)
    if found is None:
        raise NotFound("The release has no such table.")
    return found


def definition(release: Release, figure: Figure) -> Definition:
    """Return what a figure counts, in the words of the release's own dictionary."""
    told = _dictionary(release.folder, releases.sum_of(release, _DICTIONARY))
    for each in told.get("definitions", ()):
        if each.get("table") == figure.table:
            return Definition(**{name: str(each.get(name, "")) for name in _PARTS})
    return _from_columns(told, figure)


def _from_columns(told: Mapping[str, Any], figure: Figure) -> Definition:
    """Return what the columns of a dictionary say where it has no line for the table."""
    meanings = {
        column["name"]: column for table in told.get("tables", ()) for column in table.get("columns", ())
    }
    people = meanings.get("people", {})
    return Definition(
        counted=_meaning(meanings, figure.measure),
        of_whom=str(people.get("meaning", "")),
        told_apart_by=_meaning(meanings, figure.by),
        note="",
        gaps=str(people.get("missing", "")),
        caveat=str(told.get("caveat", "")),
    )


def _meaning(meanings: Mapping[str, Mapping[str, Any]], name: str) -> str:
    return str(meanings.get(name, meanings.get(_FINER.get(name, ""), {})).get("meaning", ""))


# The sum is part of the key, so that a folder which was put in another's place is not taken for it.
@lru_cache(maxsize=_MOST)
def _figures(folder: Path, told_sum: str) -> Mapping[str, Figure]:
    return dashboards.shape(releases.cells(_release_in(folder, releases.TABLES, told_sum)))


@lru_cache(maxsize=_MOST)
def _dictionary(folder: Path, told_sum: str) -> Mapping[str, Any]:
    release = _release_in(folder, _DICTIONARY, told_sum)
    told: dict[str, Any] = json.loads(releases.read_checked(release, _DICTIONARY))
    return told


def _release_in(folder: Path, name: str, told_sum: str) -> Release:
    release = releases.get_release(folder.parent, folder.name)
    if releases.sum_of(release, name) != told_sum:
        raise NotFound("Another release was put in this one's place: open the page again.")
    return release
