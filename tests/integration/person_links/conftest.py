"""People's own pages, asked as a browser asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.access import system
from app.runtime import Runtime
from app.services.own import person_links
from tests.factories import MadeReferral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A stranger with a link."""
    return Visitor(app.test_client())


@pytest.fixture
def open_page(visitor: Visitor, runtime: Runtime) -> Callable[[MadeReferral], str]:
    """Open a person's own page in the visitor's browser; return its path."""

    def open_it(made: MadeReferral) -> str:
        with runtime.db.transaction(system("test")) as tx:
            address = person_links.make(
                tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=30
            )
        path = address.removeprefix("http://localhost")
        born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
        assert visitor.send(path, born).status_code == 303
        return path

    return open_it


@pytest.fixture
def opened(open_page: Callable[[MadeReferral], str], made: MadeReferral) -> str:
    """The page of the referral that a test's file makes."""
    return open_page(made)
