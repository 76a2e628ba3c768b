"""A place with practices, and a GP system that writes resources for the first of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem, register
from tests.integration.api_fhir_write.writer import Writer


@pytest.fixture
def writer_of(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> Callable[..., Writer]:
    """Register a system for practices; further words are those of ApiClient."""

    def make(*practices: Organisation, **values: Any) -> Writer:
        spoken_for = tuple(practice.ods or "" for practice in practices)
        usual = {"scopes": ("referral.read", "referral.write"), "organisation_id": place.place.id}
        told = usual | values
        found = register(runtime.db, told.pop("organisation_id"), key, practices=spoken_for, **told)
        return Writer(http, GpSystem(http, found, key).token)

    return make


@pytest.fixture
def writer(writer_of: Callable[..., Writer], place: MadePlace) -> Writer:
    """A GP system that reads and writes for the first practice."""
    return writer_of(place.practices[0])
