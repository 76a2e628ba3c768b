"""Referrals whose help has ended, a clock that goes on for months, and the sweep that asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask import Flask

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.follow_up import follow_up_asking, follow_ups
from app.services.follow_up.follow_up_asking import House
from app.store.follow_ups import FollowUp
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

HELP_PHONE = "020 7946 0001"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody who was helped; the loop is closed."""
    return make_referral(runtime.db, place, ReferralStatus.CLOSED)


@pytest.fixture
def later(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Callable[[], Sequence[FollowUp]]:
    """What became of that person's follow-ups, the first first."""
    return lambda: follow_ups.list_of_referral(runtime.db, place.link_worker, made.id)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger with a browser."""
    return Visitor(app.test_client())


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def sweep(db: Database, *, has_mail: bool = False) -> int:
    """Take every step that is due, as the worker does; return how many there were."""
    found = follow_up_asking.due(db)
    for follow_up_id in found:
        follow_up_asking.take_step(db, follow_up_id, House(has_mail, HELP_PHONE))
    return len(found)
