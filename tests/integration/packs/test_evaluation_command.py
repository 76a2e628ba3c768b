"""The steward's command writes a group's evaluation to files, for a group without a sign-in."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from app import cli_evaluation
from app.cli import cli
from app.domain.errors import NotFound
from app.runtime import Runtime
from tests.factories import MadePlace
from tests.unit.letters.pdf import text_of


@pytest.fixture(autouse=True)
def here(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's environment names this run's database."""
    monkeypatch.setattr(cli_evaluation, "database", lambda: runtime.db)


def test_all_three_files_are_written(place: MadePlace, tmp_path: Path) -> None:
    paths = {kind: tmp_path / f"pack.{kind}" for kind in ("pdf", "xlsx", "csv")}
    options = [part for kind, path in paths.items() for part in (f"--{kind}", str(path))]
    asked = ["evaluation", str(place.providers[0].id), "--since", "2026-01-01", *options]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    assert "0 people" in done.output
    assert "Referred to us from 1 January 2026 on" in text_of(paths["pdf"].read_bytes())
    assert "Read me" in load_workbook(paths["xlsx"]).sheetnames
    rows = list(csv.DictReader(paths["csv"].read_text().splitlines()))
    assert rows[0]["people"] == "0"


def test_a_team_has_no_evaluation_of_its_own_people(place: MadePlace, tmp_path: Path) -> None:
    for organisation in (place.team.id, uuid4()):
        done = CliRunner().invoke(cli, ["evaluation", str(organisation), "--csv", str(tmp_path / "a.csv")])
        assert isinstance(done.exception, NotFound)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [([], "Say what to write"), (["--since", "2026-02-01", "--until", "2026-01-01", "--csv", "x"], "before")],
)
def test_what_is_missing_is_told(options: list[str], said: str, place: MadePlace) -> None:
    done = CliRunner().invoke(cli, ["evaluation", str(place.providers[0].id), *options])
    assert done.exit_code == 2
    assert said in done.output
