"""An entry in sections: each is changed whole, by whoever may, from what they saw of it; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import Any, Final

from app.domain.directory import Listing, Profile, ServiceSession, Venue
from app.domain.eligibility import Rule
from app.domain.referral import Organisation, Service

Values = dict[str, Any]
NOT_YOURS: Final = (
    "The steward changes this part: it decides who is sent to you. Ring them, or tell what has changed."
)
STALE: Final = "Somebody changed this while you had it open. Compare, and save again if yours is right."
_LISTED: Final = frozenset(field.name for field in fields(Listing))


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that are changed together. A steward's section decides who is sent there and whether they are safe."""

    key: str
    fields: tuple[str, ...]
    is_stewards: bool = False


ABOUT: Final = Section(
    "about",
    (
        "name",
        "description",
        "cost",
        "languages",
        "access",
        "contact_name",
        "contact_phone",
        "contact_email",
    ),
)
WHO: Final = Section(
    "who",
    ("needs", "kind", "areas", "min_age", "max_age", "genders", "for_whom", "eligibility"),
    is_stewards=True,
)
REFERRING: Final = Section("referring", ("takes", "answer_days", "status"), is_stewards=True)
SERVICE_SECTIONS: Final = {each.key: each for each in (ABOUT, WHO, REFERRING)}

CONTACT: Final = Section("contact", ("description", "phone", "email", "website"))
STANDING: Final = Section(
    "standing",
    ("name", "provider_kind", "legal_form", "charity_number", "led_by", "size", "host_id"),
    is_stewards=True,
)
ORGANISATION_SECTIONS: Final = {each.key: each for each in (CONTACT, STANDING)}
VENUE_FIELDS: Final = ("name", "kind", "address_lines", "postcode", "access", "host_id")
_OF_ORGANISATION: Final = ("name", "provider_kind")


def service_values(service: Service, section: Section) -> Values:
    """Return what a section holds of a service."""
    return {name: getattr(service.listing if name in _LISTED else service, name) for name in section.fields}


def is_stewards_change(before: Service, after: Service) -> bool:
    """True when something else than a provider's own words is another than before."""
    sections = [each for each in SERVICE_SECTIONS.values() if each.is_stewards]
    values = [(service_values(before, each), service_values(after, each)) for each in sections]
    return before.rules != after.rules or any(changes(old, new) for old, new in values)


def service_with(service: Service, values: Values) -> Service:
    """Return a service with some of its fields changed, wherever they stand in it."""
    listed = {name: value for name, value in values.items() if name in _LISTED}
    own = {name: value for name, value in values.items() if name not in _LISTED}
    return replace(service, listing=replace(service.listing, **listed), **own)


def organisation_values(organisation: Organisation, profile: Profile, section: Section) -> Values:
    """Return what a section holds of a provider."""
    return {
        name: getattr(organisation if name in _OF_ORGANISATION else profile, name) for name in section.fields
    }


def venue_values(venue: Venue) -> Values:
    """Return what is told of a venue."""
    return {name: getattr(venue, name) for name in VENUE_FIELDS}


def profile_with(profile: Profile, values: Values) -> Profile:
    """Return a profile with some of its fields changed; what stands with the organisation itself is left out."""
    return replace(profile, **{name: value for name, value in values.items() if name not in _OF_ORGANISATION})


def changes(before: Values, told: Values) -> Values:
    """Return what is really new: the order of a list and the blanks about a text are no change.

    A field that an import brought and nobody changed here must stay the import's (app.domain.feed.merge).
    """
    return {name: value for name, value in told.items() if _bare(before[name]) != _bare(value)}


def version(values: Mapping[str, Any] | tuple[ServiceSession, ...] | tuple[Rule, ...]) -> str:
    """Return a mark of what somebody saw: another mark at the time of saving means that it was changed meanwhile."""
    if isinstance(values, tuple):
        told: Any = [_line(each) for each in values]
    else:
        told = {name: _bare(value) for name, value in values.items()}
    return sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:16]


def _line(one: ServiceSession | Rule) -> Any:
    if isinstance(one, Rule):
        return one.as_data()
    venue = str(one.venue.id) if one.venue else None
    return [one.weekday, one.starts, one.ends, venue, one.repeats, one.note]


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return sorted(value) if isinstance(value, tuple) else value
