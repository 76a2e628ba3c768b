"""What most integration tests begin with: a place, the whole application, and a client that asks at its door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from app import create_app
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, MadeReferral, make_place, make_referral


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """Two teams, three providers, four practices and somebody who signs in for each."""
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The whole application, as it is served."""
    return create_app(runtime=runtime)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A client without a browser's cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """The key of the systems that ask with a token."""
    return RSAKey.generate_key(2048, parameters={"kid": "key-1", "use": "sig"})


@pytest.fixture
def refer(runtime: Runtime, place: MadePlace) -> Callable[..., MadeReferral]:
    """Take a referral of the first practice, asked for at the very moment, to a status."""

    def make(at: ReferralStatus = ReferralStatus.RECEIVED, **values: Any) -> MadeReferral:
        return make_referral(runtime.db, place, at, **({"authored": runtime.db.clock()} | values))

    return make
