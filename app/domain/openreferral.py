"""What our words are in Open Referral UK's, and the identifiers that it wants where we have none of our own."""

from __future__ import annotations

from uuid import UUID, uuid5

from app.domain.directory import Term
from app.domain.directory_words import Repeats, ServiceStatus, Weekday
from app.domain.vocabulary import NEED_WORDS

_IDENTITIES = UUID("0f6f3c39-6f4b-4d6e-8f53-2b6a3f0f7f11")
NEEDS = "backstitch-needs"  # the taxonomy made of our list of needs; it stands in no table
NEED_TERMS = tuple(Term(NEEDS, need.value, words, needs=(need.value,)) for need, words in NEED_WORDS.items())

DAYS: dict[Weekday, str] = {day: day.value[:2].upper() for day in Weekday}  # RFC 5545
FREQUENCIES: dict[Repeats, str] = {Repeats.WEEKLY: "WEEKLY", Repeats.MONTHLY: "MONTHLY"}
STATUSES: dict[ServiceStatus, str] = {
    ServiceStatus.ACTIVE: "active",
    ServiceStatus.INACTIVE: "inactive",
    ServiceStatus.TEMPORARILY_CLOSED: "temporarily closed",
}
IN_USE_NO_MORE = "defunct"  # their fourth status, which is to us as good as inactive


def identity(*parts: object) -> UUID:
    """Return the identifier of something that has none of its own: the same parts, the same identifier."""
    return uuid5(_IDENTITIES, "|".join(str(part) for part in parts))


def term_identity(term: Term) -> UUID:
    """Return a category's identifier."""
    return identity("term", term.key)


def taxonomy_identity(name: str) -> UUID:
    """Return a taxonomy's identifier."""
    return identity("taxonomy", name)


def meeting_identity(service_id: UUID, venue_id: UUID) -> UUID:
    """Return the identifier of a service at a location."""
    return identity("at", service_id, venue_id)


def read_day(text: str) -> Weekday | None:
    """Return the day that "MO", "Monday" or "1MO" (the first of a month) means, None when it means none."""
    letters = text.strip().lstrip("+-0123456789").lower()
    return next((day for day in Weekday if letters in (day.value, day.value[:2], day.value[:3])), None)
