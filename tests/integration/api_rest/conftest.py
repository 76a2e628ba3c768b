"""The whole application, a place, and people who are signed in with a token."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.runtime import Runtime
from tests.factories import PASSWORD, MadePlace, make_place
from tests.integration.api_rest.people import V1, Person, SignIn


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The whole application, as it is served."""
    return create_app(runtime=runtime)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A client without a browser's cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def sign_in(http: FlaskClient, place: MadePlace) -> SignIn:
    """Sign somebody of the place in through the door."""

    def signed_in(username: str) -> Person:
        answer = http.post(f"{V1}/sign-in", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.json
        return Person(http, answer.json["token"])

    return signed_in


@pytest.fixture
def link_worker(sign_in: SignIn) -> Person:
    return sign_in("link-worker")


@pytest.fixture
def provider(sign_in: SignIn) -> Person:
    """The user of the provider that offers the place's first service."""
    return sign_in("provider-0")
