"""The application behind its HTTP door, a place, and GP systems that may speak for its practices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app.domain.access import system
from app.domain.referral import Organisation
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.store import directory
from tests.factories import MadePlace
from tests.integration.api_fhir.gp_system import GpSystem, register

BARS_USE_CASES = ("a1t1", "a3t1", "a5t1")


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
def sandbox(make_gp: Callable[..., GpSystem], make_rnd: Callable[[Environment], Organisation]) -> GpSystem:
    """The GP system of the sandbox organisation that NHS England's examples name."""
    return make_gp(make_rnd(Environment.SANDBOX))
