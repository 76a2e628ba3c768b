"""A place whose first services have profiles, sessions, venues and categories, and a client that asks in the open."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.domain.access import system
from app.domain.areas import Point
from app.domain.directory import Listing, Profile, ServiceSession, Term, Venue
from app.domain.directory_words import LegalForm, Weekday
from app.domain.referral import Service
from app.domain.vocabulary import Access
from app.runtime import Runtime
from app.store import listings, places
from tests.application import application_of
from tests.factories import MadePlace, make_place

DATA = Path(__file__).parents[2] / "data" / "oruk"
HALL = Venue(
    uuid4(),
    "St Anne's Hall",
    address_lines=("4 Mill Lane", "Hackney"),
    postcode="E8 1AB",
    point=Point(51.545, -0.06),
    access=(Access.STEP_FREE,),
)
LIBRARY = Venue(uuid4(), "Far Library", postcode="N16 5AA", point=Point(51.562, -0.076))
TERM = Term("openeligibility", "1102", "Help Pay for Food", needs=("food",))
Get = Callable[..., dict[str, Any]]


def schema(name: str) -> dict[str, Any]:
    """A published schema."""
    found: dict[str, Any] = json.loads((DATA / name).read_text())
    return found


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """Befrienders meet on Tuesdays at the hall, advice on Thursdays at the library; the walks meet nowhere."""
    made = make_place(runtime.db)
    befriending, advice, _ = made.services
    told = Listing(
        eligibility="Anybody who is lonely", cost="free", terms=(TERM.key,), contact_email="hello@example.org"
    )
    named = Listing(contact_name="Ada Persona", contact_email="ada@example.org", contact_phone="07700 900001")
    profile = Profile(
        befriending.provider_id,
        LegalForm.CHARITY,
        charity_number="1234567",
        description="Neighbours who call.",
        website="https://befrienders.example",
    )
    with runtime.db.transaction(system("test")) as tx:
        places.record_terms(tx, [TERM])
        for venue in (HALL, LIBRARY):
            places.record_venue(tx, venue)
        places.record_profile(tx, profile)
        listings.record_service(tx, replace(befriending, min_age=18, areas=("E8",), listing=told))
        listings.record_service(tx, replace(advice, min_age=5, max_age=17, areas=("N16",), listing=named))
        meet(tx, befriending, Weekday.TUESDAY, HALL)
        meet(tx, advice, Weekday.THURSDAY, LIBRARY)
    return made


def meet(tx: Any, service: Service, day: Weekday, venue: Venue) -> None:
    """Let a service meet from 10 to 12."""
    places.record_sessions(tx, service.id, [ServiceSession(service.id, day, time(10), time(12), venue)])


@pytest.fixture
def http(runtime: Runtime) -> FlaskClient:
    return application_of(runtime).test_client(use_cookies=False)


@pytest.fixture
def get(http: FlaskClient, place: MadePlace) -> Get:
    """Ask in the open; the answer must be good."""

    def asked(path: str, **query: Any) -> dict[str, Any]:
        answer = http.get(f"/openreferral{path}", query_string=query)
        assert answer.status_code == 200, answer.json
        assert isinstance(answer.json, dict)
        return answer.json

    return asked
