"""Loads open data into the place, whatever file of those it knows: whole or, at a fault of its shape, not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from app.domain.access import system
from app.domain.errors import FieldProblem, Invalid
from app.domain.geography import Located, OdsEntry
from app.services.feeds import ods_files, ons_files
from app.services.feeds.area_changes import AreaChanges
from app.services.feeds.ons_files import Wrong
from app.store import geography
from app.store.audit import Entry
from app.store.session import Database, Tx

_STEWARD = system("command-line")
_BATCH = 2_000
_MOST_TOLD = 20
_KNOWN = (
    "the ONS postcode directory (a heading with pcds, lat, long), a look-up of areas (a heading with wd25cd, "
    "lsoa21cd or lad25cd and a name, neighbourhood or imd_decile), epraccur.csv (27 columns, no heading), the "
    "networks' core partners (a heading with Partner Organisation Code and PCN Code), or an answer of the ODS FHIR API"
)


@dataclass
class Loaded:
    """What a file was, how many of its lines were taken, and what is wrong with the others (the first of them)."""

    what: str
    taken: int = 0
    left_aside: int = 0
    problems: list[Wrong] = field(default_factory=list)
    venues_placed: int = 0
    overruled: list[str] = field(default_factory=list)  # sentences: what somebody had said otherwise of areas


def load(db: Database, path: Path, *, only: Sequence[str] = ()) -> Loaded:
    """Load a file and return what came of it; raises Invalid when it is none of those that are known.

    `only` names beginnings of postcodes (an area or districts), so that a national file need not be taken whole.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".json":
                return _write(db, Loaded("practices and networks"), geography.record_ods, _fhir(file.read()))
            return _load_lines(db, csv.reader(file), only)
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError) as fault:
        raise _unknown() from fault


def _load_lines(db: Database, lines: Iterator[list[str]], only: Sequence[str]) -> Loaded:
    first = next(lines, [])
    if ods_files.is_epraccur(first):
        read = ods_files.practices(chain([first], lines))
        return _write(db, Loaded("practices"), geography.record_ods, read)
    if (partners := ods_files.columns_of_partners(first)) is not None:
        read = ods_files.partners(lines, partners)
        return _write(db, Loaded("practices and networks"), geography.record_ods, read)
    if (postcodes := ons_files.columns_of_postcodes(first)) is not None:
        wanted = tuple(each.upper() for each in only)
        found = _only(ons_files.postcodes(lines, postcodes), wanted)
        return _write(db, Loaded("postcodes"), geography.record_postcodes, found)
    if (areas := ons_files.columns_of_areas(first)) is not None:
        loaded, changes = Loaded("areas"), AreaChanges()
        loaded = _write(db, loaded, changes.record, ons_files.areas(lines, areas))
        return replace(loaded, overruled=changes.overruled)
    raise _unknown()


def _write(
    db: Database, loaded: Loaded, record: Callable[[Tx, Sequence[Any]], None], read: Iterable[Any]
) -> Loaded:
    with db.transaction(_STEWARD) as tx:
        good = _good(read, loaded)
        while batch := tuple(islice(good, _BATCH)):
            record(tx, batch)
            loaded.taken += len(batch)
        loaded.venues_placed = geography.place_venues(tx)
        detail = {"what": loaded.what, "taken": loaded.taken, "left_aside": loaded.left_aside}
        tx.audit(Entry("load open data", "open data", loaded.what, None, detail))
    return loaded


def _good(read: Iterable[Any], loaded: Loaded) -> Iterator[Any]:
    for one in read:
        if not isinstance(one, Wrong):
            yield one
            continue
        loaded.left_aside += 1
        if len(loaded.problems) < _MOST_TOLD:
            loaded.problems.append(one)


def _only(read: Iterable[Located | Wrong], beginnings: tuple[str, ...]) -> Iterator[Located | Wrong]:
    for one in read:
        if isinstance(one, Wrong) or not beginnings or _begins(one.postcode, beginnings):
            yield one


def _begins(postcode: str, beginnings: tuple[str, ...]) -> bool:
    """E takes all of E1 to E20 and nothing of EC; E1 takes E1 and nothing of E10."""
    district = postcode.split(" ")[0]
    return district in beginnings or district.rstrip("0123456789") in beginnings


def _fhir(text: str) -> Iterator[OdsEntry]:
    answer = json.loads(text)
    if not isinstance(answer, dict) or "resourceType" not in answer:
        raise _unknown()
    try:
        yield from ods_files.from_fhir(answer)
    except (KeyError, TypeError, AttributeError) as fault:
        raise _unknown() from fault


def _unknown() -> Invalid:
    return Invalid([FieldProblem("file", f"This file is none that can be loaded: give {_KNOWN}.")])
