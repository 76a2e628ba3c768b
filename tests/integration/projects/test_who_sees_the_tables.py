"""The steward's page says who sees the published tables, and it is so."""

from __future__ import annotations

from collections.abc import Callable

from app.services.dataset import projects
from tests.integration.projects.conftest import Bench
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


def test_page_names_all_who_see_the_tables_with_their_log_in(sign_in: SignIn, bench: Bench) -> None:
    assert not projects.open_view_is_on(bench.db)
    page = sign_in("steward").get("/projects")
    assert "Only people of a project" not in page.text
    assert "People of a project, providers and you see the published tables" in page.text
