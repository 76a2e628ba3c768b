"""Areas as codes, and where a person lives as a set of such codes: whether a service covers a place, and how far it is.

A code is a postcode district as it is written ("BV1"), or typed: "ward:E05990001", "lsoa:E01990001", "msoa:E02000001",
"lad:E09990001" (nine characters of the Office for National Statistics), or "neighbourhood:..." by a name of the place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from dataclasses import dataclass, field
from math import cos, hypot, radians

from app.domain.errors import FieldProblem, Invalid

DISTRICT = "district"
NEIGHBOURHOOD = "neighbourhood:"  # before the name of one
CLOSED = "closed:"  # before the typed code of a neighbourhood that was closed, in the place of who lives in its areas
KINDS = (DISTRICT, "ward", "lsoa", "msoa", "lad", "neighbourhood")
_DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?")
_ONS = re.compile(r"[EWNS][0-9]{8}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MILES_A_DEGREE = 69.05  # of latitude, the mean over Great Britain
_HOW = 'Write a postcode district ("E8") or a typed code ("ward:E05009367", "lad:E09000012", "neighbourhood:clissold").'


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map, in degrees (WGS 84)."""

    latitude: float
    longitude: float
    _east: float = field(init=False, repr=False, compare=False)  # miles a degree of longitude

    def __post_init__(self) -> None:
        object.__setattr__(self, "_east", _MILES_A_DEGREE * cos(radians(self.latitude)))
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise Invalid(
                [FieldProblem("point", "A latitude is from -90 to 90, a longitude from -180 to 180.")]
            )


def miles_between(one: Point, other: Point) -> float:
    """Return the miles in a straight line; for the few miles of a place a flat map is right to one in a thousand."""
    return hypot(
        (one.latitude - other.latitude) * _MILES_A_DEGREE, (one.longitude - other.longitude) * one._east
    )


def read_area(text: str) -> str:
    """Return an area code in its one spelling; raises Invalid (field "areas") for what is none."""
    kind, typed, code = text.strip().partition(":")
    if not typed:
        kind, code = DISTRICT, kind
    kind, code = kind.strip().lower(), code.strip()
    if kind == DISTRICT and _DISTRICT.fullmatch(code.upper()):
        return code.upper()
    if kind == "neighbourhood" and _NAME.fullmatch(slug := "-".join(code.lower().split())):
        return f"{kind}:{slug}"
    if kind in KINDS and kind != "neighbourhood" and _ONS.fullmatch(code.upper()):
        return f"{kind}:{code.upper()}"
    raise Invalid([FieldProblem("areas", f"This is no area: {_HOW}")])


def covers(areas: Collection[str], place: Set[str]) -> bool | None:
    """Tell whether areas cover the place of a person; no areas cover everywhere.

    `place` holds the codes that are known of it, at most one of a kind. None: it cannot be told, because nothing
    is known of a kind in which some of the areas are written, or because one of the areas was closed since: who lives
    there lives in no other one.
    """
    if not areas or not place.isdisjoint(areas):
        return True
    known, closed = kinds_of(place), closed_of(place)
    return False if all(_kind(area) in known and area not in closed for area in areas) else None


def kinds_of(place: Collection[str]) -> frozenset[str]:
    """Return the kinds of areas of which something is known."""
    return frozenset(_kind(code.removeprefix(CLOSED)) for code in place)


def closed_of(place: Collection[str]) -> frozenset[str]:
    """Return the typed codes of neighbourhoods that a place was in until they were closed."""
    return frozenset(code.removeprefix(CLOSED) for code in place if code.startswith(CLOSED))


def _kind(code: str) -> str:
    kind, typed, _ = code.partition(":")
    return kind if typed else DISTRICT
