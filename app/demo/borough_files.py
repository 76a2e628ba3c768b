"""Reads the invented borough's files: what is written there by hand, as values that the place is made of."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from app.domain.directory import Listing, Profile, ServiceSession, Venue
from app.domain.directory_words import CareLevel, LegalForm, Repeats, ServiceKind, Size, VenueKind, Weekday
from app.domain.referral import Service
from app.domain.vocabulary import Capacity, ProviderKind

FOLDER = Path(__file__).parent / "borough"
POSTCODES = FOLDER / "postcodes.csv"
_NAMESPACE = UUID("6d1f5b0e-5b7e-4a55-9a7c-0d4c1a5b7e10")
_CONFIRMED_DAYS_AGO = 30
# a grant pays a group for being there, not a service that somebody commissioned
_FUNDED = {"grant": ProviderKind.GRASSROOTS}


def identity(name: str) -> UUID:
    """The same name has the same id in every run."""
    return uuid5(_NAMESPACE, name)


@dataclass(frozen=True)
class BoroughPractice:
    """A practice of the borough and its primary care network."""

    ods: str
    name: str
    network: str
    postcode: str


@dataclass(frozen=True)
class Group:
    """A provider with all that it offers; its `key` is also the user name of who signs in for it."""

    key: str
    name: str
    kind: ProviderKind
    services: tuple[dict[str, Any], ...]
    told: dict[str, Any] = field(repr=False)

    def profile(self, today: date) -> Profile:
        """Return what the directory tells of it."""
        return Profile(
            identity(self.name),
            legal_form=LegalForm(self.told["legal_form"]),
            charity_number=self.told.get("charity_number"),
            description=self.told["about"],
            led_by=tuple(self.told["led_by"]),
            size=Size(self.told["size"]),
            phone=self.told["phone"],
            verified_on=today - timedelta(days=_CONFIRMED_DAYS_AGO),
            verified_by=self.name,
        )

    @property
    def takes(self) -> CareLevel:
        """The most that any of its services takes on."""
        return max((CareLevel(each["takes"]) for each in self.services), key=lambda level: level.height)

    def service(self, told: dict[str, Any], today: date) -> Service:
        """Return one of its services."""
        lowest, highest = told.get("ages", (0, 0))
        limit = told.get("weekly_limit")
        confirmed = today - timedelta(days=told.get("verified_days_ago", _CONFIRMED_DAYS_AGO))
        return Service(
            id=identity(told["name"]),
            provider_id=identity(self.name),
            provider_name=self.name,
            name=told["name"],
            description=told.get("about", ""),
            needs=tuple(told["needs"]),
            areas=tuple(told.get("areas", ())),
            min_age=lowest or None,
            max_age=highest or None,
            genders=tuple(told.get("genders", ())),
            languages=tuple(told.get("languages", ("en",))),
            access=tuple(told.get("access", ())),
            capacity=Capacity.LIMITED if limit else Capacity(told.get("capacity", Capacity.OPEN)),
            places_left=limit,
            answer_days=5,
            verified_on=confirmed,
            kind=ServiceKind(told["kind"]),
            takes=CareLevel(told["takes"]),
            wait_weeks=told.get("wait_weeks"),
            weekly_limit=limit,
            listing=Listing(told.get("eligibility", ""), told.get("cost", "Free"), verified_by=self.name),
        )


def practices() -> Sequence[BoroughPractice]:
    """Return the twelve practices."""
    return [BoroughPractice(**told) for told in _read("practices")["practice"]]


def groups() -> Sequence[Group]:
    """Return every group with its services, as they are written."""
    return [
        Group(
            told["key"],
            told["name"],
            _FUNDED.get(told["funding"]) or ProviderKind(told["funding"]),
            tuple(told["service"]),
            told,
        )
        for told in _read("organisations")["organisation"]
    ]


def venues(hosts: Sequence[Group]) -> dict[str, Venue]:
    """Return the venues by key; their points come with the postcodes."""
    names = {group.key: group.name for group in hosts}
    return {
        told["key"]: Venue(
            identity(f"venue {told['key']}"),
            told["name"],
            VenueKind(told.get("kind", VenueKind.PHYSICAL)),
            tuple(told.get("address", ())),
            told.get("postcode"),
            access=tuple(told["access"]),
            host_id=identity(names[told["host"]]) if "host" in told else None,
        )
        for told in _read("venues")["venue"]
    }


def sessions(told: dict[str, Any], places: dict[str, Venue]) -> list[ServiceSession]:
    """Return when and where a service meets."""
    return [
        ServiceSession(
            identity(told["name"]),
            Weekday(weekday),
            time.fromisoformat(starts),
            time.fromisoformat(ends),
            places[venue],
            Repeats(*repeats) if repeats else Repeats.WEEKLY,
        )
        for weekday, starts, ends, venue, *repeats in told["days"]
    ]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
