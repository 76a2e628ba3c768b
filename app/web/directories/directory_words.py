"""The words in which the directory tells of a service: when, where, how far, who may come."""

from __future__ import annotations

from datetime import time

from app.domain.directory import ServiceSession
from app.domain.directory_words import LED_BY_WORDS, LEGAL_FORM_WORDS, LedBy, Repeats, VenueKind, Weekday
from app.domain.languages import LANGUAGE_WORDS
from app.domain.referral import Service
from app.domain.wording import in_a_row, worded, worded_all
from app.services.directory.finding import Listed

_UNBROKEN = "\u00a0"  # a space at which no line ends
_GENDERS = worded_all({"female": "women", "male": "men", "other": "people of another gender"})
_EACH_WEEK = worded_all(
    {
        Weekday.MONDAY: "Mondays",
        Weekday.TUESDAY: "Tuesdays",
        Weekday.WEDNESDAY: "Wednesdays",
        Weekday.THURSDAY: "Thursdays",
        Weekday.FRIDAY: "Fridays",
        Weekday.SATURDAY: "Saturdays",
        Weekday.SUNDAY: "Sundays",
    }
)
_ONCE_A_MONTH = worded_all(
    {
        Weekday.MONDAY: "Once a month on a Monday",
        Weekday.TUESDAY: "Once a month on a Tuesday",
        Weekday.WEDNESDAY: "Once a month on a Wednesday",
        Weekday.THURSDAY: "Once a month on a Thursday",
        Weekday.FRIDAY: "Once a month on a Friday",
        Weekday.SATURDAY: "Once a month on a Saturday",
        Weekday.SUNDAY: "Once a month on a Sunday",
    }
)


def clock(at: time) -> str:
    """Return a time as "2pm" or "2:30pm"."""
    minutes = f":{at:%M}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def when(session: ServiceSession) -> str:
    """Return when a session takes place."""
    by_month = session.repeats is Repeats.MONTHLY
    days = (_ONCE_A_MONTH if by_month else _EACH_WEEK)[session.weekday]
    return worded(
        "%(days)s, %(from)s to %(to)s",
        **{"days": days, "from": clock(session.starts), "to": clock(session.ends)},
    )


def where(session: ServiceSession) -> str:
    """Return where a session takes place, with its address; nothing when that is not told."""
    venue = session.venue
    if venue is None:
        return ""
    if venue.kind is not VenueKind.PHYSICAL:
        return venue.name
    postcode = (venue.postcode or "").replace(" ", _UNBROKEN)
    return ", ".join(part for part in (venue.name, *venue.address_lines, postcode) if part)


def far(line: Listed) -> str:
    """Return how far away the nearest venue is; nothing when it is not known."""
    if line.miles is None:
        return ""
    return "Less than half a mile away" if line.miles < 0.5 else f"{line.miles:.1f} miles away"


def who(service: Service) -> tuple[str, ...]:
    """Return who may come, one sentence each."""
    told: list[str] = []
    if service.min_age is not None and service.max_age is not None:
        told.append(worded("People aged %(low)s to %(high)s", low=service.min_age, high=service.max_age))
    elif service.min_age is not None:
        told.append(worded("People aged %(low)s and over", low=service.min_age))
    elif service.max_age is not None:
        told.append(worded("People aged %(high)s and under", high=service.max_age))
    if service.genders:
        told.append(
            worded(
                "For %(whom)s", whom=in_a_row((_GENDERS.get(each, each) for each in service.genders), ", ")
            )
        )
    if service.for_whom:
        told.append(worded("Especially for %(whom)s", whom=_led_by(service.for_whom)))
    told += [rule.sentence for rule in service.rules]
    if service.listing.eligibility:
        told.append(service.listing.eligibility)
    return tuple(told) or (worded("Everybody"),)


def lives_in(service: Service) -> str:
    """Return for which area it is there: districts by name; other areas are known by codes, which say nothing."""
    districts = [area for area in service.areas if ":" not in area]
    if not service.areas:
        return ""
    return (
        worded("People who live in %(where)s", where=", ".join(districts))
        if districts
        else worded("People who live in certain streets: ask")
    )


def languages(service: Service) -> str:
    """Return the languages that are spoken there."""
    return in_a_row((LANGUAGE_WORDS.get(code.split("-")[0], code) for code in service.languages), ", ")


def run_by(line: Listed) -> str:
    """Return what sort of group it is, and by whom it is run."""
    if line.provider is None:
        return ""
    form = LEGAL_FORM_WORDS[line.provider.legal_form]
    return f"{form}, run by and for {_led_by(line.provider.led_by)}" if line.provider.led_by else form


def dialled(phone: str) -> str:
    """Return a number as a telephone link has it."""
    return "".join(letter for letter in phone if letter.isdigit() or letter == "+")


def _led_by(codes: tuple[str, ...]) -> str:
    return in_a_row((LED_BY_WORDS[LedBy(code)] for code in codes), ", ")
