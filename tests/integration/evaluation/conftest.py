"""A year of invented people with one provider, small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.pack import Figure, Pack
from app.domain.referral import PersonDetails
from app.runtime import Runtime
from app.store import history
from app.store.history import PastEpisode, PastPerson
from tests.conftest import Clock
from tests.factories import MadePlace, make_nhs_number
from tests.integration.web.conftest import Visitor

TODAY = date(2026, 11, 22)
ASKED = datetime(2026, 3, 2, 10, tzinfo=UTC)
Helped = Callable[..., None]


@pytest.fixture
def clock() -> Clock:
    """A day on which the year's help has ended."""
    return Clock(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC))


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> Helped:
    """Write so many people, alike, whom a provider helped in March; whatever is given differs from the usual."""

    def write(count: int, *, by: int = 0, person: Mapping[str, Any] = {}, **episode: Any) -> None:
        opted = {name: person[name] for name in ("withdrew", "national_opt_out") if name in person}
        about = {name: value for name, value in person.items() if name not in opted}
        past = [
            PastPerson(
                _details(about), type1_opt_out=False, episodes=(_episode(place, by, episode),), **opted
            )
            for _ in range(count)
        ]
        with runtime.db.transaction(system("test")) as tx:
            history.load(tx, past, audit="test")

    return write


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def _details(about: Mapping[str, Any]) -> PersonDetails:
    usual = {
        "family": "Invented",
        "given": ("Person",),
        "birth_date": date(1950, 5, 1),
        "gender": "female",
        "ethnicity": "A",
        "postcode": "E8 1EA",
    }
    return PersonDetails(nhs_number=make_nhs_number(), **(usual | dict(about)))


def _episode(place: MadePlace, by: int, values: Mapping[str, Any]) -> PastEpisode:
    usual: dict[str, Any] = {
        "requester_id": place.live_practice.id,
        "team_id": place.team.id,
        "service_id": place.services[by].id,
        "provider_id": place.providers[by].id,
        "need": "social-connection",
        "received_at": ASKED,
        "waited": timedelta(days=8),
        "outcome": "better",
        "end_reason": None,
        "goal": None,
        "measures": (),
    }
    return PastEpisode(**(usual | dict(values)))


def figure(pack: Pack, key: str) -> Figure:
    """The figure of this key."""
    return next(each for each in pack.figures if each.key == key)


def told(pack: Pack, key: str) -> dict[str, int | None]:
    """What is printed of each line of a figure that is not nought."""
    return {line.code: line.number.people for line in figure(pack, key).lines if line.number.people != 0}
