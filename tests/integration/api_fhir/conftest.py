"""The application behind its HTTP door, a place, and GP systems that may speak for its practices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text

from app import create_app
from app.domain.access import system
from app.domain.referral import Organisation
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.store import directory
from tests.factories import MadePlace, make_place
from tests.integration.api_fhir.gp_system import GpSystem, register

BARS_USE_CASES = ("a1t1", "a3t1", "a5t1")


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
    return app.test_client()


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def make_gp(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> Callable[..., GpSystem]:
    """Register a GP system for practices; further words are those of ApiClient."""

    def make(*practices: Organisation, **values: Any) -> GpSystem:
        spoken_for = tuple(practice.ods or "" for practice in practices or place.practices)
        found = register(runtime.db, place.place.id, key, practices=spoken_for, **values)
        return GpSystem(http, found, key)

    return make


@pytest.fixture
def gp(make_gp: Callable[..., GpSystem]) -> GpSystem:
    """A GP system of the BaRS dialect that speaks for the sandbox practices."""
    return make_gp()


@pytest.fixture
def make_rnd(runtime: Runtime, place: MadePlace) -> Callable[[Environment], Organisation]:
    """Write RND, the sender of NHS England's examples, with their use cases set up."""

    def make(environment: Environment) -> Organisation:
        rnd = replace(
            place.practices[0],
            id=uuid4(),
            name="Sender Organization",
            ods="RND",
            environment=environment,
            use_cases=BARS_USE_CASES,
        )
        with runtime.db.transaction(system("test")) as tx:
            directory.add_organisation(tx, rnd)
        return rnd

    return make


@pytest.fixture
def counted(admin: Engine) -> Callable[[str], int]:
    """Count rows by a condition, as the superuser: `counted("referral where status = 'received'")`."""

    def count(what: str) -> int:
        with admin.connect() as connection:
            return int(connection.execute(text(f"select count(*) from {what}")).scalar_one())  # noqa: S608

    return count


@pytest.fixture
def sandbox(make_gp: Callable[..., GpSystem], make_rnd: Callable[[Environment], Organisation]) -> GpSystem:
    """The GP system of the sandbox organisation that NHS England's examples name."""
    return make_gp(make_rnd(Environment.SANDBOX))
