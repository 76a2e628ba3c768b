"""A place whose systems may subscribe, an endpoint that listens, and the house set so that loopback may be called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.clients.rest_hook import RestHook
from app.config import Settings
from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.api_fhir_rest.conftest import app, http, key, place, reader_of, refer  # noqa: F401 - fixtures
from tests.integration.api_fhir_rest.reader import Reader
from tests.integration.api_fhir_subscription.receiver import Receiver, receiving
from tests.integration.api_fhir_subscription.subscriber import SCOPES, Subscriber


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allow_private_addresses=True)


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    """The house, which does not wait long for an endpoint."""
    return replace(runtime, hooks=RestHook(allow_private=True, whole_seconds=1.0))


@pytest.fixture
def subscriber_of(runtime: Runtime, reader_of: Callable[..., Reader]) -> Callable[..., Subscriber]:
    """A system of practices, or with `organisation_id` of another organisation."""

    def make(*practices: Organisation, **values: Any) -> Subscriber:
        return Subscriber(runtime, reader_of(*practices, **({"scopes": SCOPES} | values)))

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


@pytest.fixture
def count(admin: Engine) -> Callable[[str], int]:
    """How many rows a table has, behind the walls."""

    def ask(table: str) -> int:
        with admin.connect() as connection:
            return connection.exec_driver_sql(f'select count(*) from "{table}"').scalar_one()

    return ask
