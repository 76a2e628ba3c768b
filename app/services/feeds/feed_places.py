"""Reads where and when a service of another directory meets: its locations, and schedules as our sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from app.domain.directory_words import Repeats, VenueKind
from app.domain.entries import LONGEST_NAME
from app.domain.errors import Invalid
from app.domain.feed import Findings, Told, Values
from app.domain.identifiers import Postcode
from app.domain.openreferral import FREQUENCIES, read_day
from app.domain.vocabulary import Access
from app.services.feeds.feed_words import items, part, text

_REPEATS = {theirs: ours for ours, theirs in FREQUENCIES.items()}
# Words by which a line on accessibility is known; what it says beside that is not kept.
_ACCESS = {
    "wheelchair": Access.STEP_FREE,
    "step-free": Access.STEP_FREE,
    "step free": Access.STEP_FREE,
    "loop": Access.HEARING_LOOP,
    "sign language": Access.SIGN_LANGUAGE,
    "sign-language": Access.SIGN_LANGUAGE,
    "large print": Access.LARGE_PRINT,
    "large-print": Access.LARGE_PRINT,
    "quiet": Access.QUIET_SPACE,
}


def read_venues(raw: Mapping[str, Any], found: Findings) -> dict[str, Told]:
    """Return the locations of a service by the id of its being there."""
    venues = {}
    for number, at in enumerate(items(raw, "service_at_locations")):
        where, location = f"service_at_locations[{number}]", part(at, "location")
        external_id = text(location, "id")
        if external_id:
            venues[text(at, "id") or external_id] = Told(external_id, _venue(location, where, found))
        else:
            found.note(f"{where}.location.id", "A location without an id cannot be found again: left out.")
    return venues


def _venue(location: Mapping[str, Any], where: str, found: Findings) -> Values:
    kind = text(location, "location_type")
    if kind not in tuple(VenueKind):
        kind = VenueKind.PHYSICAL.value
    address: Mapping[str, Any] = next(iter(items(location, "addresses")), {})
    lines = [text(address, name) for name in ("address_1", "city")]
    latitude, longitude = _point(location, where, found) if kind == VenueKind.PHYSICAL else (None, None)
    return {
        "name": (text(location, "name") or lines[0] or "Place without a name")[:LONGEST_NAME],
        "kind": kind,
        "address_lines": [line for line in lines if line],
        "postcode": _postcode(address, where, found),
        "latitude": latitude,
        "longitude": longitude,
        "access": sorted(set(_access(location))),
    }


def _point(
    location: Mapping[str, Any], where: str, found: Findings
) -> tuple[float, float] | tuple[None, None]:
    told = (location.get("latitude"), location.get("longitude"))
    if told in ((None, None), ("", "")):
        return None, None
    try:
        latitude, longitude = (
            float(each) for each in told if each is not None and not isinstance(each, bool)
        )
    except (TypeError, ValueError):
        latitude = longitude = float("nan")
    if 49 <= latitude <= 61 and -9 <= longitude <= 2.5:  # of the United Kingdom
        return latitude, longitude
    found.note(f"{where}.location.latitude", "The point is not in the United Kingdom: left out.")
    return None, None


def _postcode(address: Mapping[str, Any], where: str, found: Findings) -> str | None:
    told = text(address, "postal_code")
    if not told:
        return None
    try:
        return Postcode(told).value
    except Invalid:
        found.note(
            f"{where}.location.addresses[0].postal_code", "It is no United Kingdom postcode: left out."
        )
        return None


def _access(location: Mapping[str, Any]) -> Iterable[str]:
    for line in items(location, "accessibility"):
        told = " ".join(text(line, name) for name in ("description", "accessibility", "details")).lower()
        yield from (access.value for word, access in _ACCESS.items() if word in told)


def read_sessions(
    raw: Mapping[str, Any], venues: Mapping[str, Told], *, today: date, found: Findings
) -> list[Values]:
    """Return when a service meets; of schedules that are over or cannot be read a note is made."""
    sessions: list[Values] = []
    used = set()
    for where, schedule, at in _schedules(raw):
        venue = venues.get(at) if at else next(iter(venues.values())) if len(venues) == 1 else None
        read = _sessions(schedule, venue.external_id if venue else None, today=today)
        if isinstance(read, str):
            found.note(where, read)
            continue
        used.add(venue.external_id if venue else None)
        sessions += [each for each in read if each not in sessions]
    for venue in venues.values():
        if venue.external_id not in used:
            found.note(
                "service_at_locations",
                "No time is told for a location: we list it, but not the service there.",
            )
    return sorted(sessions, key=lambda each: tuple(str(value) for value in each.values()))


def _schedules(raw: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any], str]]:
    """Every schedule with its place and the id of the service's being at the location that it is for, if any."""
    for number, schedule in enumerate(items(raw, "schedules")):
        yield f"schedules[{number}]", schedule, text(schedule, "service_at_location_id")
    for number, at in enumerate(items(raw, "service_at_locations")):
        key = text(at, "id") or text(part(at, "location"), "id")
        for inner, schedule in enumerate(items(at, "schedules")):
            yield f"service_at_locations[{number}].schedules[{inner}]", schedule, key


def _sessions(schedule: Mapping[str, Any], venue: str | None, *, today: date) -> list[Values] | str:
    """The sessions of one schedule, or the sentence that tells why there are none."""
    until = text(schedule, "valid_to")[:10]
    if until and until < today.isoformat():
        return "It was valid until a day that is past: left out."
    days = [read_day(each) for each in text(schedule, "byday").replace(";", ",").split(",") if each.strip()]
    repeats = _REPEATS.get(text(schedule, "freq").upper() or "WEEKLY")
    starts, ends = _time(schedule, "opens_at"), _time(schedule, "closes_at")
    if not days or None in days:
        return "Give its days as byday, such as MO,TH: left out."
    if repeats is None:
        return "Give freq as WEEKLY or MONTHLY: left out."
    if starts is None or ends is None or ends <= starts:
        return "Give opens_at and a later closes_at, such as 10:00: left out."
    when = {"starts": starts.isoformat(), "ends": ends.isoformat(), "repeats": Repeats(repeats).value}
    note = text(schedule, "description")[:LONGEST_NAME]
    return [{"weekday": day.value, "venue": venue, "note": note} | when for day in days if day]


def _time(schedule: Mapping[str, Any], name: str) -> time | None:
    try:
        return time.fromisoformat(text(schedule, name)).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None
