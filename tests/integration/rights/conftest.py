"""People of the place, each in a browser of their own, and two stewards who decide together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, pool, text

from app.store.session import Database
from tests.conftest import TestDatabase, admin_of
from tests.factories import MadePlace
from tests.integration.rights.keeping import second_steward
from tests.integration.web.conftest import Visitor


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place, signed in."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger with a browser."""
    return Visitor(app.test_client())


@pytest.fixture
def second(database: Database, place: MadePlace) -> str:
    """The user name of a second steward of the place."""
    return second_steward(database, place)


@pytest.fixture
def restored(test_database: TestDatabase) -> Iterator[Engine]:
    """An empty database beside the test's, for a copy to be taken up into."""
    name = f"backstitch_restored_{secrets.token_hex(4)}"
    with admin_of(test_database.admin_url).connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    engine = create_engine(make_url(test_database.admin_url).set(database=name), poolclass=pool.NullPool)
    yield engine
    with admin_of(test_database.admin_url).connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
