"""The directory in the shapes of Open Referral UK 3.0; nothing of a person, and no contact that is somebody's own.

Four facts go by names that HSDS 3.0 has and its UK profile leaves out, because they would be lost: who may come
(`eligibility_description`), codes of languages, telephone numbers, how long one waits (`wait_time`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.directory import FREE, Profile, ServiceSession, Term, Venue
from app.domain.openreferral import (
    DAYS,
    FREQUENCIES,
    NEEDS,
    STATUSES,
    identity,
    meeting_identity,
    taxonomy_identity,
    term_identity,
)
from app.store.openreferral import Published

Shape = dict[str, Any]
_ONS = "http://statistics.data.gov.uk/id/statistical-geography/"
_CHARITY_REGISTERS = {"SC": "GB-SC", "NIC": "GB-NIC"}  # else that of England and Wales; codes of org-id.guide


@dataclass(frozen=True, slots=True)
class Around:
    """What is needed beside services to tell of them: profiles, sessions, categories by "taxonomy:code", the place."""

    profiles: Mapping[UUID, Profile]
    sessions: Mapping[UUID, Sequence[ServiceSession]]
    terms: Mapping[str, Term]
    place: str


def service_line(entry: Published, around: Around) -> Shape:
    """Return a service as lists tell it: what it has one of."""
    service, listing = entry.service, entry.service.listing
    named = listing.contact_name is not None  # what stands beside a name is that person's, not the service's
    return _told(
        id=str(service.id),
        name=service.name,
        description=service.description,
        email=None if named else listing.contact_email,
        status=STATUSES[service.status],
        fees=listing.cost,
        eligibility_description=listing.eligibility,
        wait_time=f"{service.wait_weeks} weeks" if service.wait_weeks else None,
        minimum_age=service.min_age,
        maximum_age=service.max_age,
        assured_date=service.verified_on.isoformat() if service.verified_on else None,
        last_modified=entry.updated_at.isoformat(),
        organization=_organisation(entry, around),
    )


def service_whole(entry: Published, around: Around) -> Shape:
    """Return a service with all that hangs on it."""
    venues = {each.venue.id: each.venue for each in _sessions(entry, around) if each.venue}
    at = [
        {"id": str(meeting_identity(entry.service.id, venue.id)), "location": location(venue, around)}
        for venue in venues.values()
    ]
    return _parts(entry, around) | _told(service_at_locations=at)


def meeting_line(entry: Published, venue: Venue, around: Around) -> Shape:
    """Return a service at a location as lists tell it."""
    return _at(entry, venue, around) | {"service": service_line(entry, around)}


def meeting_whole(entry: Published, venue: Venue, around: Around) -> Shape:
    """Return a service at a location with all that hangs on it."""
    return _at(entry, venue, around) | {"service": _parts(entry, around)}


def term_shape(term: Term, parents: Mapping[str, Term]) -> Shape:
    """Return a category."""
    parent = parents.get(f"{term.taxonomy}:{term.parent}") if term.parent else None
    return _told(
        id=str(term_identity(term)),
        name=term.name,
        description=term.name,
        parent_id=str(term_identity(parent)) if parent else None,
        taxonomy=term.taxonomy,
        taxonomy_id=str(taxonomy_identity(term.taxonomy)),
        code=term.code,
        term=term.code,
    )


def taxonomy_line(name: str) -> Shape:
    """Return a taxonomy as lists tell it."""
    return {"id": str(taxonomy_identity(name)), "name": name, "description": f"The categories of {name}."}


def _parts(entry: Published, around: Around) -> Shape:
    service, listing = entry.service, entry.service.listing
    number = None if listing.contact_name else listing.contact_phone
    free = {"id": _id("cost", service.id), "option": "Free", "amount": 0}
    return service_line(entry, around) | _told(
        schedules=[_schedule(service.id, each) for each in _sessions(entry, around)],
        service_areas=[_area(service.id, code) for code in service.areas],
        languages=[{"id": _id("language", service.id, code), "code": code} for code in service.languages],
        cost_options=[free] if listing.cost == FREE else [],
        phones=[{"id": _id("phone", service.id), "number": number}] if number else [],
        attributes=list(_attributes(entry, around)),
    )


def _sessions(entry: Published, around: Around) -> Sequence[ServiceSession]:
    return around.sessions.get(entry.service.id, ())


def _organisation(entry: Published, around: Around) -> Shape:
    service = entry.service
    profile = around.profiles.get(service.provider_id) or Profile(service.provider_id)
    number = profile.charity_number
    identifiers = [_charity(service.provider_id, number.upper())] if number else []
    return _told(
        id=str(service.provider_id),
        name=service.provider_name,
        email=profile.email,
        website=profile.website,
        organization_identifiers=identifiers,
    ) | {"description": profile.description}


def _charity(organisation_id: UUID, number: str) -> Shape:
    begins = number.rstrip("-0123456789")
    return {
        "id": _id("charity", organisation_id),
        "identifier_scheme": _CHARITY_REGISTERS.get(begins, "GB-CHC"),
        "identifier_type": "Charity number",
        "identifier": number,
    }


def _schedule(service_id: UUID, session: ServiceSession) -> Shape:
    venue = session.venue
    when = (session.weekday, session.starts, session.ends, session.repeats)
    return _told(
        id=_id("schedule", service_id, *when, venue.id if venue else ""),
        service_at_location_id=str(meeting_identity(service_id, venue.id)) if venue else None,
        freq=FREQUENCIES[session.repeats],
        byday=DAYS[session.weekday],
        opens_at=session.starts.isoformat("seconds"),
        closes_at=session.ends.isoformat("seconds"),
        description=session.note,
    )


def _area(service_id: UUID, code: str) -> Shape:
    kind, typed, plain = code.partition(":")
    uri = f"{_ONS}{plain}" if typed and kind != "neighbourhood" else None
    return _told(id=_id("area", service_id, code), name=code, service_area=code, uri=uri)


def _attributes(entry: Published, around: Around) -> Iterable[Shape]:
    service = entry.service
    for term in (around.terms.get(key) for key in _keys(entry)):
        if term is not None:
            shape = term_shape(term, around.terms)
            yield {
                "id": _id("attribute", service.id, term.key),
                "link_type": "service",
                "taxonomy_term": shape,
            }


def _keys(entry: Published) -> tuple[str, ...]:
    from_needs = tuple(f"{NEEDS}:{need}" for need in entry.service.needs)
    return from_needs + entry.service.listing.terms


def _at(entry: Published, venue: Venue, around: Around) -> Shape:
    return {
        "id": str(meeting_identity(entry.service.id, venue.id)),
        "location": location(venue, around),
    }


def location(venue: Venue, around: Around) -> Shape:
    """Return a venue; its address has the place's name where the entry tells no town."""
    access = [{"id": _id("access", venue.id, word), "description": word} for word in venue.access]
    return _told(
        id=str(venue.id),
        location_type=venue.kind.value,
        name=venue.name,
        latitude=venue.point.latitude if venue.point else None,
        longitude=venue.point.longitude if venue.point else None,
        addresses=list(_address(venue, around.place)),
        accessibility=access,
    )


def _address(venue: Venue, place: str) -> Iterable[Shape]:
    lines = venue.address_lines
    if not venue.postcode:  # theirs must have one
        return
    yield {
        "id": _id("address", venue.id),
        "address_1": ", ".join(lines[:-1]) or (lines[0] if lines else venue.name),
        "city": lines[-1] if len(lines) > 1 else place,
        "state_province": place,
        "postal_code": venue.postcode,
        "country": "GB",
        "address_type": venue.kind.value,
    }


def _id(*parts: object) -> str:
    return str(identity(*parts))


def _told(**values: Any) -> Shape:
    """What is known: nothing is said of the rest."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
