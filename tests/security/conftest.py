"""One application and one filled database for a whole file: thousands of requests, and nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app import create_app
from app.config import Settings
from app.runtime import build_runtime
from app.store import accounts, identities
from app.store.crypto import KeyRing
from tests.conftest import Clock, TestDatabase, Woken
from tests.emergency import look_in_an_emergency
from tests.factories import Patient, make_nhs_number, make_place
from tests.integration import conftest as _compiled_once  # noqa: F401 - keeps the templates' code between applications
from tests.security.sides import fill, side_a, side_b
from tests.security.world import World, around, hide, research


class Unlimited:
    """Counts nothing: how often something may be tried is looked at in tests/integration/signing_in."""

    def count(self, *_: object) -> int:
        return 0

    def wait(self, *_: object) -> int:
        return 0

    def give_back(self, *_: object) -> None:
        """Nothing was counted."""

    def forget(self, *_: object) -> None:
        """Nothing was counted."""


@pytest.fixture(scope="module")
def house_settings(
    test_database: TestDatabase, redis_url: str, keys: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings of a house that a file of tests shares; a file may ask for others by a fixture of this name."""
    return Settings(
        database_url=test_database.app_url,
        redis_url=redis_url,
        keys=keys,
        secret_key="a-secret-of-the-tests-and-of-nobody-else",
        public_url="http://localhost",
        extract_dir=tmp_path_factory.mktemp("extracts"),
        metrics_token="metrics-token-of-the-tests",
    )


@pytest.fixture(scope="module")
def world(house_settings: Settings, app_engine: Engine, admin: Engine, _emptying: str) -> Iterator[World]:
    """A place with two sides that know nothing of each other, and the application that serves them."""
    with admin.connect() as connection:
        connection.exec_driver_sql(_emptying)
    clock = Clock()
    runtime = build_runtime(house_settings, clock=clock, wake=Woken(), engine=app_engine)
    vars(runtime)["limiter"] = Unlimited()  # thousands of requests of a few people are no attack here
    place = make_place(runtime.db)
    sides = tuple(make(runtime.db, place, Patient(nhs_number=make_nhs_number())) for make in (side_a, side_b))
    for side in sides:
        fill(side)
    around(runtime.db, place, sides)
    research(runtime.db, place, sides, clock)
    hide(admin, sides)
    for side in sides:
        look_in_an_emergency(runtime.db, side.place.accounts[side.worker], side.made["hidden"].person_id)
    app = create_app(runtime=runtime)
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    made = World(app, runtime, place, sides[0], sides[1], admin)
    for side in sides:
        made.token(side.provider)  # so that each has a session, which is not the other's
        with made.db.transaction(accounts.SESSIONS) as tx:
            who = side.place.accounts[side.provider].id
            identities.add(tx, who, "https://sign-in.example", f"somebody-{side.number}")
    yield made
    with admin.connect() as connection:
        connection.exec_driver_sql(_emptying)
