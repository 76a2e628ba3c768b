"""The people of the area stand beside who came, where a file of them was loaded; whole, or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.evaluation import population
from app.services.evaluation.pack import evaluation
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped, figure

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
HEAD = "area,kind,group,people\n"


def load(runtime: Runtime, folder: Path, lines: str) -> int:
    """Load a file with these lines."""
    path = folder / "population.csv"
    path.write_text(lines)
    return population.load(runtime.db, path)


def beside(runtime: Runtime, place: MadePlace, key: str) -> dict[str, float]:
    """What stands beside the lines of a figure."""
    lines = figure(evaluation(runtime.db, place.actor("provider-0"), MARCH), key).lines
    return {line.code: line.area_percent for line in lines if line.area_percent is not None}


def test_groups_of_all_areas_are_added_up(
    runtime: Runtime, place: MadePlace, helped: Helped, tmp_path: Path
) -> None:
    helped(12)
    told = (
        HEAD
        + "ward:E05009367,gender,female,100\nward:E05009368,gender,female,50\nward:E05009368,gender,male,50\n"
    )
    told += "ward:E05009367,ethnicity,A,30\nward:E05009367,ethnicity,H,10\n"
    assert load(runtime, tmp_path, told) == 5
    assert beside(runtime, place, "gender") == {"female": 75.0, "male": 25.0}
    assert beside(runtime, place, "ethnicity") == {"A": 75.0, "H": 25.0}
    assert beside(runtime, place, "age") == {}


def test_a_file_takes_the_place_of_the_one_before(
    runtime: Runtime, place: MadePlace, helped: Helped, tmp_path: Path
) -> None:
    helped(12)
    load(runtime, tmp_path, f"{HEAD}lad:E09000012,gender,female,100\n")
    load(runtime, tmp_path, f"{HEAD}lad:E09000012,age,75-84,10\nlad:E09000012,age,85+,30\n")
    assert beside(runtime, place, "gender") == {}
    assert beside(runtime, place, "age") == {"75-84": 25.0, "85+": 75.0}


def test_districts_stand_beside_their_own_people(
    runtime: Runtime, place: MadePlace, helped: Helped, tmp_path: Path
) -> None:
    helped(12)
    load(runtime, tmp_path, f"{HEAD}E8,everybody,everybody,3000\nE9,everybody,everybody,1000\n")
    assert beside(runtime, place, "area") == {"E8": 75.0}


def test_every_fault_of_a_file_is_told_and_nothing_is_loaded(
    runtime: Runtime, place: MadePlace, helped: Helped, tmp_path: Path
) -> None:
    helped(12)
    load(runtime, tmp_path, f"{HEAD}E8,gender,female,100\n")
    wrong = f"{HEAD}nowhere,gender,female,10\nE8,gender,male,many\nE8,age,,5\nE8,age,85+,1\nE8,age,85+,2\nE8,age\n"
    with pytest.raises(Invalid) as fault:
        load(runtime, tmp_path, f"{wrong}ward:E05009367,age,85+,5\n")
    assert [each.field for each in fault.value.problems] == [
        "line 2",
        "line 3",
        "line 4",
        "line 6",
        "line 7",
        "age",
    ]
    assert beside(runtime, place, "gender") == {"female": 100.0}


@pytest.mark.parametrize("text", ["", "ward,people\n", "a\0b"])
def test_what_is_no_such_file_is_refused(runtime: Runtime, tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid):
        load(runtime, tmp_path, text)
