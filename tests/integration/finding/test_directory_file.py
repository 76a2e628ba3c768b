"""A whole directory from one file: all of it or nothing, every problem at once, and the same again changes nothing."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from app.cli import cli
from app.config import Settings
from app.domain.access import system
from app.domain.assurance import tier
from app.domain.directory_words import AssuranceTier, CareLevel
from app.domain.eligibility import About
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.directory import directory_file
from app.store import directory, entry_editing, places
from app.store.crypto import KeyRing
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace

ACTOR = system("command-line")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: MadePlace) -> CliRunner:
    """What runs commands on this test's database."""
    KeyRing.create(tmp_path / "keys.json")
    for name in ("database_url", "redis_url", "secret_key", "public_url"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("BACKSTITCH_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def counts(admin: Engine) -> list[int | None]:
    tables = ("organisation", "service", "venue", "service_session", "assurance")
    with admin.connect() as connection:
        return [connection.scalar(text(f"select count(*) from {each}")) for each in tables]  # noqa: S608


def test_example_is_tried_then_written_and_the_same_again_changes_nothing(
    run: CliRunner, runtime: Runtime, admin: Engine, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "borough.toml"
    file.write_text(run.invoke(cli, ["directory", "example"]).output)
    before = counts(admin)
    tried = run.invoke(cli, ["directory", "load", str(file)])
    assert tried.exit_code == 0, tried.output
    assert "Nothing is written yet" in tried.output
    assert counts(admin) == before
    written = run.invoke(cli, ["directory", "load", str(file), "--apply"])
    assert written.exit_code == 0, written.output
    assert "added service: Tea on Tuesdays" in written.output
    assert_tea_table_stands(runtime.db, clock)
    after = counts(admin)
    again = run.invoke(cli, ["directory", "load", str(file), "--apply"])
    assert "added" not in again.output
    assert "changed" not in again.output
    assert counts(admin) == after


def assert_tea_table_stands(db: Database, clock: Clock) -> None:
    with db.transaction(ACTOR) as tx:
        (line,), _ = entry_editing.list_page(tx, words="Tea on Tuesdays")
        service = line.services[0]
        profile = places.find_profile(tx, line.id)
        (met,) = places.list_sessions(tx, [service.id])[service.id]
        (shown,) = places.list_assurances(tx, line.id)[line.id]
        assert profile is not None
        assert profile.host_id is not None
        assert directory.get_organisation(tx, profile.host_id).name == "Invented Community Anchor"
    assert (service.takes, service.min_age, service.max_age) == (CareLevel.TRAINED, 60, None)
    assert (service.capacity, service.weekly_limit) == (Capacity.LIMITED, 4)
    assert [rule.about for rule in service.rules] == [About.RESIDENT_IN]
    assert met.venue is not None
    assert met.venue.name == "Invented Hall"
    assert service.verified_on is not None
    assert tier([shown], shown.valid_from) is AssuranceTier.BASIC


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(
    run: CliRunner, admin: Engine, tmp_path: Path
) -> None:
    before = counts(admin)
    wrong = directory_file.example().replace('kind = "peer-support"', 'kind = "party"')
    wrong = wrong.replace('funding = "grassroots"', 'funding = "bingo"') + 'colour = "red"\n'
    file = tmp_path / "wrong.toml"
    file.write_text(wrong)
    told = run.invoke(cli, ["directory", "load", str(file), "--apply"])
    assert told.exit_code == 1
    for where in (
        "organisation[1].service[0].kind",
        "organisation[1].funding",
        "organisation[1].service[0].colour",
    ):
        assert f"WRONG {where}" in told.output
    late = (
        directory_file.example()
        .replace("ages = [60, 0]", "ages = [70, 60]")
        .replace('"14:00", "16:00"', '"16:00", "14:00"')
    )
    file.write_text(
        late.replace(
            'host = "anchor"\n[[organisation.assurance]]', 'host = "nobody"\n[[organisation.assurance]]'
        )
    )
    told = run.invoke(cli, ["directory", "load", str(file), "--apply"])
    assert told.exit_code == 1
    assert "WRONG organisation[1].service[0].max_age" in told.output
    assert "WRONG organisation[1].host: No organisation" in told.output
    file.write_text("[[organisation")
    assert "cannot be read as TOML" in run.invoke(cli, ["directory", "load", str(file)]).output
    assert counts(admin) == before


def test_what_is_not_told_stays_as_it_is(run: CliRunner, runtime: Runtime) -> None:
    told = {"venue": [], "organisation": [organisation_of(directory_file.example())]}
    directory_file.load_directory(runtime.db, ACTOR, told, apply=True)
    short = {"name": "Tea on Tuesdays", "cost": "£1", "checked": False}
    told["organisation"][0] = {"name": "Invented Tea Table", "assurance": [], "service": [short]}
    lines = directory_file.load_directory(runtime.db, ACTOR, told, apply=True)
    assert "changed service: Tea on Tuesdays" in lines
    with runtime.db.transaction(ACTOR) as tx:
        (line,), _ = entry_editing.list_page(tx, words="Tea on Tuesdays")
    assert (line.services[0].listing.cost, line.services[0].takes) == ("£1", CareLevel.TRAINED)


def organisation_of(example: str) -> dict[str, object]:
    """The tea table of the example, as it is read, without its host and its venue."""
    told = copy.deepcopy(tomllib.loads(example)["organisation"][1])
    del told["host"]
    told["assurance"] = []
    told["service"][0].pop("days")
    return told  # type: ignore[no-any-return]
