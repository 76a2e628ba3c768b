"""The whole application, a place, and people who are signed in with a token."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories import PASSWORD, MadePlace
from tests.integration.api_rest.people import V1, Person, SignIn


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
