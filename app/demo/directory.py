"""The invented borough's directory, read from its data: groups of every size, their venues, services and sessions."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from app.domain.areas import Point
from app.domain.assurance import Assurance
from app.domain.directory import FREE, Listing, Profile, ServiceSession, Venue
from app.domain.directory_words import (
    AssuranceKind,
    CareLevel,
    LegalForm,
    Repeats,
    ServiceKind,
    Size,
    VenueKind,
    Weekday,
)
from app.domain.eligibility import read_rules
from app.domain.referral import Service
from app.domain.vocabulary import Capacity, ProviderKind
from app.store import directory, places
from app.store.session import Tx

_DATA = Path(__file__).parent / "borough"
POSTCODES = _DATA / "postcodes.csv"
_NAMESPACE = UUID("6d1f5b0e-5b7e-4a55-9a7c-0d4c1a5b7e10")
_STEWARD = "Brook Vale"
_KINDS = {"grant": ProviderKind.GRASSROOTS}  # a grant pays for no single referral
Told = Mapping[str, Any]


def identity(name: str) -> UUID:
    """The same name has the same id in every run."""
    return uuid5(_NAMESPACE, name)


@cache
def groups() -> tuple[Told, ...]:
    """Return the groups as told in the data."""
    return tuple(_read("organisations.toml")["organisation"])


def practices() -> tuple[Told, ...]:
    """Return the practices as told in the data."""
    return tuple(_read("practices.toml")["practice"])


def sources() -> tuple[Told, ...]:
    """Return who asks for help for people and is no practice, as told in the data."""
    return tuple(_read("sources.toml")["source"])


def provider_kind(group: Told) -> ProviderKind:
    """Return how a group is paid for."""
    funding = group["funding"]
    return _KINDS[funding] if funding in _KINDS else ProviderKind(funding)


def needs_of(service: str) -> tuple[str, ...]:
    """Return what a service helps with, by its name."""
    return next(
        tuple(told["needs"]) for group in groups() for told in group["service"] if told["name"] == service
    )


def load(tx: Tx, today: date) -> None:
    """Write all that the directory knows of groups that are set up already."""
    ids = {group["key"]: identity(group["name"]) for group in groups()}
    venues = {each["key"]: _venue(each, ids) for each in _read("venues.toml")["venue"]}
    for venue in venues.values():
        places.record_venue(tx, venue)
    for group in groups():
        places.record_profile(tx, _profile(group, ids, today))
        for item in _assurances(group, today):
            places.add_assurance(tx, item)
        for told in group["service"]:
            service = _service(group, told, today)
            directory.add_service(tx, service)
            places.record_sessions(tx, service.id, _sessions(service.id, told, venues))


def services(today: date) -> list[Service]:
    """Return every service of the borough."""
    return [_service(group, told, today) for group in groups() for told in group["service"]]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text())


@cache
def _points() -> dict[str, Point]:
    with POSTCODES.open(newline="") as rows:
        return {row["pcds"]: Point(float(row["lat"]), float(row["long"])) for row in csv.DictReader(rows)}


def _venue(told: Told, ids: Mapping[str, UUID]) -> Venue:
    return Venue(
        identity(f"venue {told['key']}"),
        told["name"],
        VenueKind(told.get("kind", "physical")),
        tuple(told.get("address", ())),
        told.get("postcode"),
        _points().get(told.get("postcode", "")),
        tuple(told["access"]),
        ids.get(told.get("host", "")),
    )


def _profile(told: Told, ids: Mapping[str, UUID], today: date) -> Profile:
    return Profile(
        ids[told["key"]],
        LegalForm(told["legal_form"]),
        told.get("charity_number"),
        told["about"],
        tuple(told["led_by"]),
        Size(told["size"]),
        ids.get(told.get("host", "")),
        told["phone"],
        told.get("email"),
        verified_on=today - timedelta(days=30),
        verified_by=_STEWARD,
    )


def _assurances(told: Told, today: date) -> Iterator[Assurance]:
    shown, group = today - timedelta(days=182), identity(told["name"])
    ends = {"assured": shown + timedelta(days=365), "lapsed": today - timedelta(days=10)}
    for state, end in ends.items():
        for kind in told.get(state, ()):
            yield Assurance(group, AssuranceKind(kind), shown, end, shown, _STEWARD)


def _service(group: Told, told: Told, today: date) -> Service:
    low, high = told.get("ages", (0, 0))
    limit = told.get("weekly_limit")
    capacity = Capacity(told.get("capacity", "limited" if limit else "open"))
    return Service(
        id=identity(told["name"]),
        provider_id=identity(group["name"]),
        provider_name=group["name"],
        name=told["name"],
        description=told.get("about", ""),
        needs=tuple(told["needs"]),
        areas=tuple(told.get("areas", ())),
        min_age=low or None,
        max_age=high or None,
        genders=tuple(told.get("genders", ())),
        languages=tuple(told.get("languages", ("en",))),
        access=tuple(told.get("access", ())),
        capacity=capacity,
        places_left=limit,
        answer_days=5,
        verified_on=today - timedelta(days=told.get("verified_days_ago", 30)),
        kind=ServiceKind(told["kind"]),
        rules=read_rules(told.get("rules", ())),
        for_whom=tuple(told.get("for_whom", ())),
        takes=CareLevel(told["takes"]),
        wait_weeks=told.get("wait_weeks"),
        weekly_limit=limit,
        full_until=today + timedelta(days=told["full_for_days"]) if "full_for_days" in told else None,
        listing=Listing(
            told.get("eligibility", ""),
            told.get("cost", FREE),
            contact_phone=group["phone"],
            verified_by=_STEWARD,
        ),
    )


def _sessions(service_id: UUID, told: Told, venues: Mapping[str, Venue]) -> Iterator[ServiceSession]:
    for day, starts, ends, venue, *repeats in told["days"]:
        often = Repeats(repeats[0]) if repeats else Repeats.WEEKLY
        times = time.fromisoformat(starts), time.fromisoformat(ends)
        yield ServiceSession(service_id, Weekday(day), *times, venues[venue], often)
