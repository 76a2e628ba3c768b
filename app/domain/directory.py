"""The values of the directory beside a service's own: who offers it, where and when it meets, what is told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from app.domain.areas import Point
from app.domain.directory_words import LegalForm, Repeats, Size, VenueKind, Weekday

OWN_SOURCE = "own"  # entered here, by the provider, its host or the steward
FREE = "free"
# What a cost in words says when nobody has to pay, whatever it goes on to say, and what takes that back. Read by
# PostgreSQL too: written without what the two take differently.
FREE_WORDS = r"^\s*(it is |it's )?(free|no charge|no cost)([^a-z]|$)"
PAID_WORDS = (
    r"£|[0-9] ?p([^a-z]|$)|pence|pounds?([^a-z]|$)|members|first|trial|taster|unless|except|otherwise"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the directory tells of a provider; all of it public, and none of it needed to be found."""

    organisation_id: UUID
    legal_form: LegalForm = LegalForm.UNCONSTITUTED
    charity_number: str | None = None
    description: str = ""
    led_by: tuple[str, ...] = ()  # run by and for: codes of LedBy, as many as are true
    size: Size = Size.VOLUNTEERS_ONLY
    host_id: UUID | None = None  # the anchor organisation that may enter for it
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    verified_on: date | None = None
    verified_by: str | None = None  # the organisation that did; the audit knows the person
    source: str = OWN_SOURCE
    external_id: str | None = None  # its id where it came from


@dataclass(frozen=True, slots=True)
class Venue:
    """A place where sessions happen, also a host's; or none that one travels to (virtual, postal)."""

    id: UUID
    name: str
    kind: VenueKind = VenueKind.PHYSICAL
    address_lines: tuple[str, ...] = ()
    postcode: str | None = None
    point: Point | None = None
    access: tuple[str, ...] = ()
    host_id: UUID | None = None  # the organisation whose place it is
    source: str = OWN_SOURCE
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceSession:
    """When and where a service meets; local time."""

    service_id: UUID
    weekday: Weekday
    starts: time
    ends: time
    venue: Venue | None = None
    repeats: Repeats = Repeats.WEEKLY
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is told of a service to people, and where the entry comes from; the matching reads its cost alone."""

    eligibility: str = ""  # who may come, in plain words
    cost: str = ""  # FREE, or in words; empty is not known
    terms: tuple[str, ...] = ()  # of a published taxonomy, each "taxonomy:code"
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    verified_by: str | None = None
    source: str = OWN_SOURCE
    external_id: str | None = None


def is_free(cost: str) -> bool:
    """Tell whether what is told of a cost says that nobody has to pay: "free", "Free; bring a biscuit if you like"."""
    return cost == FREE or bool(
        re.search(FREE_WORDS, cost, re.IGNORECASE) and not re.search(PAID_WORDS, cost, re.IGNORECASE)
    )


@dataclass(frozen=True, slots=True)
class Term:
    """A category of a published taxonomy, and the needs of ours that somebody said it means.

    `needs` None: nobody has said; empty: none of ours.
    """

    taxonomy: str
    code: str
    name: str
    parent: str | None = None  # another term's code
    needs: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """As services name it."""
        return f"{self.taxonomy}:{self.code}"


NO_LISTING = Listing()
