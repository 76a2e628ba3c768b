"""The application behind its HTTP door, a place, and systems that may send and read for its practices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import register
from tests.integration.api_fhir_operations.asking import Asking

MakeSystem = Callable[..., Asking]


@pytest.fixture
def make_system(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> MakeSystem:
    """Register a system for practices, or of one `organisation`; further words are those of ApiClient."""

    def make(*practices: Organisation, organisation: Organisation | None = None, **values: Any) -> Asking:
        usual_practices = place.practices[:1] if organisation is None else ()
        spoken_for = tuple(practice.ods or "" for practice in practices or usual_practices)
        usual = {"scopes": ("referral.read", "referral.write")}
        owner = organisation or place.place
        found = register(runtime.db, owner.id, key, practices=spoken_for, **(usual | values))
        return Asking(http, found, key)

    return make


@pytest.fixture
def system(make_system: MakeSystem) -> Asking:
    """A GP system that may send and read for the first practice."""
    return make_system()
