"""The list of projects on the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app import cli_projects
from app.runtime import Runtime
from tests.integration.projects.conftest import Bench


def test_list_shows_each_project_with_where_it_stands(
    bench: Bench, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_projects, "from_environment", lambda _: runtime.settings)
    monkeypatch.setattr(cli_projects, "build_runtime", lambda _: runtime)
    in_force, waiting = bench.approved(title="First"), bench.sent(title="Second")
    told = CliRunner().invoke(cli_projects.projects, ["list"]).output
    last = bench.project(in_force).expires_on
    assert f"{in_force}  approved   {last}  queries,rows,tables  First\n" in told
    assert f"{waiting}  submitted  {last}  queries,rows,tables  Second\n" in told
