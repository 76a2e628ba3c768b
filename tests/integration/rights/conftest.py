"""People of the place, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place, signed in."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger with a browser."""
    return Visitor(app.test_client())
