"""A place in which one provider has agreed that another enters for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.memberships import Agreement
from app.runtime import Runtime
from app.services.directory import memberships
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import MadePlace, make_place
from tests.integration.web.conftest import Visitor

Agree = Callable[..., object]


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def agree(runtime: Runtime, place: MadePlace, clock: Clock) -> Agree:
    """The first provider's word that the second may do these things for it."""

    def agreed(*kinds: str, anchor: int = 1, member: int = 0) -> object:
        sides = (place.providers[anchor].id, place.providers[member].id)
        told = Agreement(*sides, kinds, clock.today, "the treasurer", "phone")
        return memberships.record(runtime.db, place.actor("steward"), told)

    return agreed
