"""Reads the files of the Office for National Statistics: the postcode directory and look-ups of areas.

The columns' names change with the year ("osward", "wd25cd"), so that they are known by their pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.areas import Point, read_area
from app.domain.errors import Invalid
from app.domain.geography import Area, Located
from app.domain.identifiers import Postcode

_NO_GRID_REFERENCE = 99  # the directory writes latitude 99.999999, longitude 0 where it has none
# The directory's `imd` is a rank: how many areas are ranked, by country (IMD 2019, WIMD 2019, SIMD 2020, NIMDM 2017)
_RANKED = {"E": 32_844, "W": 1_909, "S": 6_976, "9": 890, "N": 890}
_PSEUDO = "99999999"  # of codes such as L99999999: outside the country, or not known
_CODE = re.compile(r"[EWNSKLMJ][0-9]{8}|[0-9A-Z]{8}")
_COLUMNS = {
    "postcode": r"pcds|pcd",
    "latitude": r"lat",
    "longitude": r"long",
    "ward": r"osward|wd\d\dcd|ward",
    "lsoa": r"lsoa21|lsoa21cd|lsoa11|lsoa11cd",
    "msoa": r"msoa21|msoa21cd|msoa11|msoa11cd",
    "lad": r"oslaua|laua|lad\d\dcd",
    "decile": r"imd_?decile",
    "rank": r"imd|imd\d\dind",
    "ended": r"doterm",
}
_AREA_KINDS = {"wd": "ward", "lsoa": "lsoa", "msoa": "msoa", "lad": "lad"}
_AREA_CODE = re.compile(r"(wd|lsoa|msoa|lad) ?(?:\d\dcd|code(?: \(\d{4}\))?)")
_AREA_NAME = re.compile(r"(wd|lsoa|msoa|lad) ?(?:\d\dnm|name(?: \(\d{4}\))?)")
_AREA_DECILE = re.compile(r"imd_?decile|index of multiple deprivation \(imd\) decile.*")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that could not be taken: counted from 1, the heading being the first."""

    line: int
    sentence: str


def columns_of_postcodes(heading: Sequence[str]) -> dict[str, int] | None:
    """Return which column holds what when it is a directory of postcodes, else None."""
    names = [name.strip().lower() for name in heading]
    found: dict[str, int] = {}
    for wanted, pattern in _COLUMNS.items():
        for each in pattern.split("|"):  # the newest name first
            if wanted not in found:
                match = next((at for at, name in enumerate(names) if re.fullmatch(each, name)), None)
                if match is not None:
                    found[wanted] = match
    return found if {"postcode", "latitude", "longitude"} <= set(found) else None


def postcodes(lines: Iterable[Sequence[str]], columns: Mapping[str, int]) -> Iterator[Located | Wrong]:
    """Return each line as a postcode or with what is wrong with it; `lines` begin after the heading."""
    for number, line in enumerate(lines, start=2):
        told = {name: line[at].strip() if at < len(line) else "" for name, at in columns.items()}
        if not any(told.values()):
            continue
        try:
            yield _postcode(told)
        except Invalid as fault:
            yield Wrong(number, fault.sentence)
        except ValueError:
            yield Wrong(number, "Latitude, longitude, rank and decile must be numbers.")


def _postcode(told: Mapping[str, str]) -> Located:
    postcode = Postcode(told["postcode"]).value
    latitude, longitude = float(told["latitude"] or _NO_GRID_REFERENCE), float(told["longitude"] or 0)
    lsoa = _code(told.get("lsoa"))
    return Located(
        postcode,
        None if latitude >= _NO_GRID_REFERENCE else Point(latitude, longitude),
        ward=_code(told.get("ward")),
        lsoa=lsoa,
        msoa=_code(told.get("msoa")),
        lad=_code(told.get("lad")),
        imd_decile=_decile(told.get("decile"), told.get("rank"), lsoa),
        ended=bool(told.get("ended")),
    )


def _code(text: str | None) -> str | None:
    if not text or text.endswith(_PSEUDO) or not _CODE.fullmatch(text):
        return None
    return text


def _decile(decile: str | None, rank: str | None, lsoa: str | None) -> int | None:
    if decile:
        told = int(decile)
        return told if 1 <= told <= 10 else None
    areas = _RANKED.get((lsoa or "-")[0])
    if not rank or areas is None or not 1 <= int(rank) <= areas:
        return None
    return -(-int(rank) * 10 // areas)


def columns_of_areas(heading: Sequence[str]) -> dict[str, int | str] | None:
    """Return which column holds what when it is a look-up of areas (names, neighbourhoods, deciles), else None.

    The first column of codes names the area; a file of wards and their boroughs tells of the wards.
    """
    names = [name.strip().lower() for name in heading]
    found: dict[str, int | str] = {}
    for at, name in enumerate(names):
        if (code := _AREA_CODE.fullmatch(name)) and "code" not in found:
            found |= {"code": at, "kind": _AREA_KINDS[code[1]]}
        elif (
            (named := _AREA_NAME.fullmatch(name))
            and "name" not in found
            and _AREA_KINDS[named[1]] == found.get("kind")
        ):
            found["name"] = at
        elif name == "neighbourhood":
            found["neighbourhood"] = at
        elif _AREA_DECILE.fullmatch(name):
            found["decile"] = at
    return found if "code" in found and len(found) > 2 else None


def areas(lines: Iterable[Sequence[str]], columns: Mapping[str, int | str]) -> Iterator[Area | Wrong]:
    """Return each line as an area or with what is wrong with it."""
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        told = {
            name: line[at].strip() for name, at in columns.items() if isinstance(at, int) and at < len(line)
        }
        try:
            neighbourhood = told.get("neighbourhood")
            yield Area(
                read_area(f"{columns['kind']}:{told.get('code', '')}"),
                told.get("name") or None,
                read_area(f"neighbourhood:{neighbourhood}") if neighbourhood else None,
                _decile(told.get("decile"), None, None),
            )
        except Invalid as fault:
            yield Wrong(number, fault.sentence)
        except ValueError:
            yield Wrong(number, "A decile must be a whole number from 1 to 10.")
