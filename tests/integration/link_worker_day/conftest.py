"""The link worker's browser, and referrals whose requester may hear of every step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import ProgressMessages
from app.runtime import Runtime
from app.store import cautions
from tests.conftest import Clock
from tests.factories import PASSWORD as PASSWORD  # tests of this folder read it here
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def place(runtime: Runtime, clock: Clock) -> MadePlace:
    clock.advance(hours=-2)  # carriers go by the database's clock: what is due must not lie ahead of it
    return make_place(runtime.db, progress=ProgressMessages.ALL)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that a link worker has taken on."""
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


@pytest.fixture
def warn(runtime: Runtime) -> Callable[[MadeReferral, Cautions], None]:
    """Write down what must be known before contact."""

    def write(made: MadeReferral, care: Cautions) -> None:
        with runtime.db.transaction(system("test")) as tx:
            cautions.record(tx, made.id, care, audit="test")

    return write
