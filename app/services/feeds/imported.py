"""Turns what a source tells into our own entries, and our entries into what can be compared with it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from uuid import UUID

from app.domain.areas import Point
from app.domain.directory import Listing, Profile, ServiceSession, Venue
from app.domain.directory_words import (
    CareLevel,
    LegalForm,
    Repeats,
    ServiceKind,
    ServiceStatus,
    Size,
    VenueKind,
    Weekday,
)
from app.domain.eligibility import read_rules
from app.domain.feed import Values
from app.domain.referral import Organisation, Service
from app.domain.vocabulary import Capacity, Environment, OrganisationKind

_LISTS = ("areas", "languages", "genders", "for_whom")
_PLAIN = ("name", "description", "min_age", "max_age")
_LISTED = ("eligibility", "cost", "contact_email", "contact_phone")
_PROFILE = ("description", "email", "website", "charity_number")


def organisation_values(name: str, profile: Profile) -> Values:
    """Return what can be compared of an organisation."""
    coded = {"legal_form": profile.legal_form.value, "size": profile.size.value}
    return {
        "name": name,
        **coded,
        "led_by": sorted(profile.led_by),
        **{field: getattr(profile, field) for field in _PROFILE},
    }


def new_organisation(organisation_id: UUID, name: str) -> Organisation:
    """Return a provider of whom only the name is known; how it is paid nobody has told."""
    return Organisation(
        organisation_id, OrganisationKind.PROVIDER, name, None, Environment.LIVE, (), None, None, None, None
    )


def profile_of(values: Values, before: Profile) -> Profile:
    """Return a profile with the values of a source; what it does not tell stays as it was."""
    form = LegalForm(values.get("legal_form", before.legal_form))
    if form is LegalForm.OTHER and values["charity_number"]:
        form = LegalForm.CHARITY
    return replace(
        before,
        legal_form=form,
        size=Size(values.get("size", before.size)),
        led_by=tuple(values.get("led_by", before.led_by)),
        **{field: values[field] for field in _PROFILE},
    )


def venue_values(venue: Venue) -> Values:
    """Return what can be compared of a venue."""
    point = venue.point
    return {
        "name": venue.name,
        "kind": venue.kind.value,
        "address_lines": list(venue.address_lines),
        "postcode": venue.postcode,
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
        "access": sorted(venue.access),
        "host_id": str(venue.host_id) if venue.host_id else None,
    }


def venue_of(values: Values, venue_id: UUID, *, source: str, external_id: str, before: Venue | None) -> Venue:
    """Return a venue with the values of a source; whose place it is stays unless it tells that."""
    usual = str(before.host_id) if before and before.host_id else None
    host_id = values.get("host_id", usual)
    at = (values["latitude"], values["longitude"])
    return Venue(
        venue_id,
        values["name"],
        VenueKind(values["kind"]),
        tuple(values["address_lines"]),
        values["postcode"],
        None if None in at else Point(*at),
        tuple(values["access"]),
        UUID(host_id) if host_id else None,
        source,
        external_id,
    )


def service_values(
    service: Service, sessions: Sequence[ServiceSession], external_ids: Mapping[UUID, str]
) -> Values:
    """Return what can be compared of a service; venues by the source's ids where they have one."""
    listing = service.listing
    return (
        {field: getattr(service, field) for field in _PLAIN}
        | {field: sorted(getattr(service, field)) for field in _LISTS}
        | {field: getattr(listing, field) for field in _LISTED}
        | {
            "kind": service.kind.value,
            "takes": service.takes.value,
            "rules": [rule.as_data() for rule in service.rules],
            "status": service.status.value,
            "needs": list(service.needs),
            "verified_on": service.verified_on.isoformat() if service.verified_on else None,
            "terms": list(listing.terms),
            "sessions": _sorted([_session_values(each, external_ids) for each in sessions]),
        }
    )


def _session_values(session: ServiceSession, external_ids: Mapping[UUID, str]) -> Values:
    venue = session.venue
    return {
        "weekday": session.weekday.value,
        "venue": external_ids.get(venue.id, str(venue.id)) if venue else None,
        "note": session.note,
        "starts": session.starts.isoformat(),
        "ends": session.ends.isoformat(),
        "repeats": session.repeats.value,
    }


def _sorted(sessions: Sequence[Values]) -> list[Values]:
    return sorted(sessions, key=lambda each: tuple(str(value) for value in each.values()))


def service_of(values: Values, before: Service, source: str) -> Service:
    """Return a service with the values of a source; a newer day of checking is the source's word.

    What only our spreadsheet can tell stays as it was where it does not.
    """
    checked = date.fromisoformat(values["verified_on"]) if values["verified_on"] else None
    by = before.listing.verified_by if checked == before.verified_on else source
    listing = replace(
        before.listing,
        terms=tuple(values["terms"]),
        verified_by=by if checked else None,
        **{field: values[field] for field in _LISTED},
    )
    return replace(
        before,
        status=ServiceStatus(values["status"]),
        verified_on=checked,
        listing=listing,
        needs=tuple(values["needs"]),
        areas=tuple(values["areas"]),
        languages=tuple(values["languages"]),
        kind=ServiceKind(values.get("kind", before.kind)),
        takes=CareLevel(values.get("takes", before.takes)),
        rules=read_rules(values["rules"]) if "rules" in values else before.rules,
        genders=tuple(values.get("genders", before.genders)),
        for_whom=tuple(values.get("for_whom", before.for_whom)),
        **{field: values[field] for field in _PLAIN},
    )


def new_service(
    service_id: UUID, organisation: tuple[UUID, str], *, source: str, external_id: str
) -> Service:
    """Return a service that takes no referral yet: nobody there has agreed to get any from here."""
    return Service(
        id=service_id,
        provider_id=organisation[0],
        provider_name=organisation[1],
        name="",
        description="",
        needs=(),
        areas=(),
        min_age=None,
        max_age=None,
        genders=(),
        languages=(),
        access=(),
        capacity=Capacity.PAUSED,
        places_left=None,
        answer_days=5,
        verified_on=None,
        listing=Listing(source=source, external_id=external_id),
    )


def sessions_of(values: Values, service_id: UUID, venues: Mapping[str, Venue]) -> list[ServiceSession]:
    """Return the sessions of a service; `venues` by the source's ids and by our own."""
    return [
        ServiceSession(
            service_id,
            Weekday(each["weekday"]),
            time.fromisoformat(each["starts"]),
            time.fromisoformat(each["ends"]),
            venues[each["venue"]] if each["venue"] else None,
            Repeats(each["repeats"]),
            each["note"],
        )
        for each in values["sessions"]
    ]
