"""The application behind its HTTP door, a place, and systems that may send and read for its practices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text

from app import create_app
from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.factories import MadePlace, make_place
from tests.integration.api_fhir.gp_system import register
from tests.integration.api_fhir_operations.asking import Asking

MakeSystem = Callable[..., Asking]


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """The key of the GP systems."""
    return RSAKey.generate_key(2048, parameters={"kid": "key-1", "use": "sig"})


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The whole application, as it is served."""
    return create_app(runtime=runtime)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A client without a browser's cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


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


@pytest.fixture
def counted(admin: Engine) -> Callable[[str], int]:
    """Count rows by a condition, as the superuser: `counted("referral where status = 'received'")`."""

    def count(what: str) -> int:
        with admin.connect() as connection:
            return int(connection.execute(text(f"select count(*) from {what}")).scalar_one())  # noqa: S608

    return count
