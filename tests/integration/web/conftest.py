"""The pages as a browser without JavaScript asks for them: forms are sent with the token of the page they stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, MadePlace
from tests.integration.web.pages import Page, read_page


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: FlaskClient

    def get(self, path: str, status: int = 200) -> Page:
        """Open a page, which must keep the rules of every page."""
        response = self.client.get(path)
        assert response.status_code == status, response.text[:2000]
        return read_page(response)

    def send(
        self, path: str, form: Mapping[str, object] | None = None, *, at: str | None = None
    ) -> TestResponse:
        """Send a form with the token of the page `at`, where it stands: by default the page it is sent to."""
        token = read_page(self.client.get(at or path)).token
        return self.client.post(path, data={**(form or {}), "csrf_token": token})

    def sign_in(self, username: str) -> Visitor:
        """Sign in with the password that everybody has here."""
        response = self.send("/sign-in", {"username": username, "password": PASSWORD})
        assert response.status_code == 303, response.text[:2000]
        return self


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger."""
    return Visitor(app.test_client())


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)
