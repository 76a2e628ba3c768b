"""The invented borough, whole: one to look at, and for whoever changes something one of a test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.demo import place
from app.runtime import utc_now
from app.store.crypto import Cipher, KeyRing
from app.store.session import Database
from tests.conftest import Clock


@pytest.fixture
def borough(database: Database, clock: Clock) -> Database:
    """Its practices, its groups with all that they offer, its venues and postcodes."""
    return write(database, clock)


@pytest.fixture(scope="module")
def brook_vale(app_engine: Engine, admin: Engine, keys: KeyRing, _emptying: str) -> Iterator[Database]:
    """The same for all tests of a module, which change nothing in it."""
    with admin.connect() as connection:
        connection.exec_driver_sql(_emptying)
    clock = Clock(utc_now())
    return write(Database(app_engine, cipher=Cipher(keys), clock=clock, wake=lambda _: None), clock)


def write(database: Database, clock: Clock) -> Database:
    """Write the borough."""
    public: dict[str, dict[str, object]] = {practice.ods: {"keys": []} for practice in place.PRACTICES}
    place.set_up(database, today=clock.today, endpoint="http://127.0.0.1:9", clients=public)
    return database
