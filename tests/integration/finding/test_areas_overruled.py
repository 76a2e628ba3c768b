"""A loaded look-up of areas may say otherwise than the place's steward: that is told, and stands in the history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import cli_places
from app.domain.access import system
from app.domain.areas import Point
from app.domain.geography import Located
from app.runtime import Runtime
from app.services.feeds import open_data
from app.services.feeds.open_data import Loaded
from app.services.watching import neighbourhoods
from app.store import geography
from app.store.place_changes import Change
from tests.factories import MadePlace, make_place

LSOA, OTHER = "E01001742", "E01001743"
HEADING = "lsoa21cd,lsoa21nm,neighbourhood"


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    """A place whose steward put an area into a neighbourhood."""
    made = make_place(runtime.db)
    with runtime.db.transaction(system("test")) as tx:
        geography.record_postcodes(tx, [Located("E8 1EA", Point(51.54, -0.06), lsoa=LSOA)])
    for name in ("Northside", "Southside"):
        neighbourhoods.add(runtime.db, made.actor("steward"), name)
    neighbourhoods.put_areas(runtime.db, made.actor("steward"), "northside", LSOA)
    return made


def load(runtime: Runtime, tmp_path: Path, *lines: str) -> Loaded:
    path = tmp_path / "areas.csv"
    path.write_text("\n".join((HEADING, *lines)))
    return open_data.load(runtime.db, path)


def history(runtime: Runtime, place: MadePlace, slug: str) -> Sequence[Change]:
    return neighbourhoods.get(runtime.db, place.actor("steward"), slug).changes


def test_an_area_that_a_file_takes_elsewhere_is_told_and_stands_in_both_histories(
    runtime: Runtime, place: MadePlace, tmp_path: Path
) -> None:
    loaded = load(runtime, tmp_path, f"{LSOA},Hackney 001A,southside")
    assert loaded.overruled == [f"{LSOA} is in Southside now. It was in Northside."]
    of_file = [
        {(each.act, tuple(each.detail["areas"])) for each in history(runtime, place, slug) if each.by is None}
        for slug in ("northside", "southside")
    ]
    assert of_file == [{("area-taken-out", (f"lsoa:{LSOA}",))}, {("areas-added", (f"lsoa:{LSOA}",))}]


def test_what_a_file_adds_or_says_again_overrules_nothing(
    runtime: Runtime, place: MadePlace, tmp_path: Path
) -> None:
    loaded = load(
        runtime, tmp_path, f"{LSOA},Hackney 001A,northside", f"{OTHER},,northside", "E01001744,,riverside"
    )
    assert loaded.overruled == []
    (added,) = [each for each in history(runtime, place, "northside") if each.by is None]
    assert (added.act, added.detail) == ("areas-added", {"areas": [f"lsoa:{OTHER}"]})
    assert history(runtime, place, "riverside") == []  # the file began it: nothing was changed


def test_a_file_without_neighbourhoods_leaves_the_stewards_word(
    runtime: Runtime, place: MadePlace, tmp_path: Path
) -> None:
    loaded = load(runtime, tmp_path, f"{LSOA},Hackney 001A,")
    assert loaded.overruled == []
    assert [each.act for each in history(runtime, place, "northside") if each.by is None] == []


def test_the_command_says_what_it_overruled(
    runtime: Runtime, place: MadePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_places, "_database", lambda: runtime.db)
    path = tmp_path / "areas.csv"
    path.write_text(f"{HEADING}\n{LSOA},Hackney 001A,southside\n")
    told = CliRunner().invoke(cli_places.places, ["load", str(path)])
    assert told.exit_code == 0
    assert "1 areas loaded" in told.output
    assert "It was in Northside." in told.output
