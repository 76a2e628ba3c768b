"""The steward says on the command line whether a practice's unknown use cases wait or are refused."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app import cli_add
from app.cli import cli
from app.domain.access import system
from app.store import directory
from app.store.session import Database
from tests.factories import make_place


@pytest.mark.parametrize(("words", "parks"), [((), False), (("--park-unknown-use-cases",), True)])
def test_a_practice_parks_what_it_is_told_to(
    database: Database, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], parks: bool
) -> None:
    place = make_place(database)
    monkeypatch.setattr(cli_add, "database", lambda: database)
    command = ["add", "practice", "A81088", "Well Street", "--team", str(place.team.id), *words]
    told = CliRunner().invoke(cli, command)
    assert told.exit_code == 0, told.output
    with database.transaction(system("test")) as tx:
        found = directory.find_organisation_by_ods(tx, "A81088")
    assert found is not None
    assert found.parks_unknown_use_cases is parks
