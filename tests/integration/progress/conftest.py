"""Practices that want to hear of every step, a referral of the first, and what carries their post."""

from __future__ import annotations

import pytest

from app.domain.vocabulary import ProgressMessages
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.practice_post import Post


@pytest.fixture
def place(database: Database, clock: Clock) -> MadePlace:
    clock.advance(hours=-2)  # carriers go by the database's clock: what is due must not lie ahead of it
    return make_place(database, progress=ProgressMessages.ALL)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    """Offered to the first service; the second is asked next."""
    return make_referral(database, place, services=(0, 1))


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)
