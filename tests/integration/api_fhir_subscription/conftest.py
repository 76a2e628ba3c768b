"""A place whose systems may subscribe, an endpoint that listens, and the house set so that loopback may be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.config import Settings
from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem, register
from tests.integration.api_fhir_rest.reader import Reader
from tests.integration.api_fhir_subscription.receiver import Receiver, receiving
from tests.integration.api_fhir_subscription.subscriber import SCOPES, Subscriber


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allow_private_addresses=True)


@pytest.fixture
def subscriber_of(
    runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey
) -> Callable[..., Subscriber]:
    """Register a system for practices, or `bound_to` another organisation; further words are those of ApiClient."""

    def make(*practices: Organisation, **values: Any) -> Subscriber:
        spoken_for = tuple(practice.ods or "" for practice in practices)
        bound_to = values.pop("bound_to", place.place)
        usual = {"scopes": SCOPES}
        found = register(runtime.db, bound_to.id, key, practices=spoken_for, **(usual | values))
        return Subscriber(runtime, Reader(http, GpSystem(http, found, key).token))

    return make


@pytest.fixture
def subscriber(subscriber_of: Callable[..., Subscriber], place: MadePlace) -> Subscriber:
    """A system of the first practice."""
    return subscriber_of(place.practices[0])


@pytest.fixture
def stranger(subscriber_of: Callable[..., Subscriber], place: MadePlace) -> Subscriber:
    """A system of a practice of another team."""
    return subscriber_of(place.other_practice)


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
