"""A place on a Monday morning in working hours, so that days and hours can be told in advance."""

from __future__ import annotations

from datetime import date

import pytest

from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place

MONDAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _monday(clock: Clock) -> None:
    clock.set(MONDAY, hour=10)


@pytest.fixture
def place(database: Database, _monday: None) -> MadePlace:
    return make_place(database)
