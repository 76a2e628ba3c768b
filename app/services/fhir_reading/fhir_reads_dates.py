"""FHIR's date searches as stretches of time: what a partial date covers, and what a prefix makes of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.store.fhir_reads import Span

_DATE: Final = re.compile(
    r"(?P<prefix>[a-z]{2})?"
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?\Z"
)
PREFIXES: Final = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_ABOUT: Final = timedelta(days=1)  # FHIR leaves to the server how near is near
_LONDON: Final = ZoneInfo("Europe/London")  # a date without a zone is a day of the people here
_STEPS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "day": timedelta(days=1),
}


def span_of(text: str) -> Span:
    """Return the stretch that a search value asks for; raises ValueError with a sentence when it is no date."""
    found = _DATE.match(text)
    if found is None:
        raise ValueError("give a date as YYYY, YYYY-MM, YYYY-MM-DD or an instant with its zone")
    prefix = found["prefix"] or "eq"
    if prefix not in PREFIXES:
        raise ValueError(f"the prefix is not known; use one of: {', '.join(PREFIXES)}")
    try:
        low, high = _covered(found.groupdict())
    except (ValueError, OverflowError) as fault:
        raise ValueError("there is no such date") from fault
    return {
        "eq": Span(low, high),
        "ne": Span(low, high, outside=True),
        "gt": Span(high, None),
        "ge": Span(low, None),
        "lt": Span(None, low),
        "le": Span(None, high),
        "sa": Span(high, None),  # what is searched is a moment: after the stretch is what gt says of it
        "eb": Span(None, low),
        "ap": Span(_moved(low, -_ABOUT), _moved(high, _ABOUT)),
    }[prefix]


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # at the end of the calendar
        return moment


def _covered(part: dict[str, str | None]) -> tuple[datetime, datetime]:
    year, month, day = (int(part[name] or 1) for name in ("year", "month", "day"))
    zone = _zone(part["zone"])
    if part["day"] is None:
        following = (year, month + 1) if part["month"] and month < 12 else (year + 1, 1)
        return datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)
    if part["hour"] is None:
        low = datetime(year, month, day, tzinfo=zone)
        return low, low + _STEPS["day"]  # in a zone's own time: the day after, however long this one is
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    fraction = (part["fraction"] or "")[:6]
    micro = int(fraction.ljust(6, "0"))
    low = datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
    if fraction:
        return low, low + timedelta(microseconds=10 ** (6 - len(fraction)))
    return low, low + _STEPS["second" if part["second"] else "minute"]


def _zone(told: str | None) -> ZoneInfo | None:
    if told is None:
        return _LONDON
    # A plus sign that was not escaped arrives as a blank.
    return datetime.fromisoformat(f"2000-01-01T00:00:00{told.replace(' ', '+')}").tzinfo  # type: ignore[return-value]
