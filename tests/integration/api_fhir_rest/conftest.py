"""A place with practices, and GP systems that may read for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number
from tests.integration.api_fhir.gp_system import GpSystem, register
from tests.integration.api_fhir_rest.reader import Reader
from tests.integration.api_fhir_rest.world import World


@pytest.fixture
def reader_of(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> Callable[..., Reader]:
    """Register a system for practices, or `bound_to` another organisation; further words are those of ApiClient."""

    def make(*practices: Organisation, **values: Any) -> Reader:
        spoken_for = tuple(practice.ods or "" for practice in practices)
        usual = {"scopes": ("referral.read",)}
        bound_to = values.pop("bound_to", place.place)
        found = register(runtime.db, bound_to.id, key, practices=spoken_for, **(usual | values))
        return Reader(http, GpSystem(http, found, key).token)

    return make


@pytest.fixture
def reader(reader_of: Callable[..., Reader], place: MadePlace) -> Reader:
    """A GP system that reads for the first practice."""
    return reader_of(place.practices[0])


@pytest.fixture
def provider(reader_of: Callable[..., Reader], place: MadePlace) -> Reader:
    """The first provider's own system, which also writes."""
    return reader_of(bound_to=place.providers[0], scopes=("referral.read", "referral.write"))


@pytest.fixture
def stranger(reader_of: Callable[..., Reader], place: MadePlace) -> Reader:
    """A GP system that reads for a practice of another team."""
    return reader_of(place.other_practice)


@pytest.fixture
def closed(refer: Callable[..., MadeReferral]) -> MadeReferral:
    """A referral that went all the way round: every type of resource has something to tell of it."""
    return refer(ReferralStatus.CLOSED)


@pytest.fixture
def world(refer: Callable[..., MadeReferral], place: MadePlace, clock: Clock, admin: Engine) -> World:
    """A referral that closed yesterday, and one that has just come in."""
    number = make_nhs_number()
    clock.advance(days=-1)
    closed = refer(ReferralStatus.CLOSED, patient=Patient(nhs_number=number))
    yesterday = clock.today.isoformat()
    clock.advance(days=1)
    fresh = refer(ReferralStatus.RECEIVED, patient=Patient(family="Brandt", given="Jo"))
    with admin.connect() as connection:
        message_id = connection.execute(text("select message_id from feedback")).scalar_one()
    return World(closed, number, fresh, place, yesterday, message_id)
