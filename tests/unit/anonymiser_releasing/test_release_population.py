"""The risk report tells of somebody who knows only that a person lives there, with and without who lives there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.errors import Refusal
from anonymiser.releasing.build import make_release
from anonymiser.releasing.population import read_population
from anonymiser.releasing.sources import Order

PEOPLE_EACH = 1000


def risk_of(release: Path, dataset: str) -> dict[str, float]:
    found = json.loads((release / "risk-report.json").read_text())
    (section,) = [
        each for name, each in found.items() if name.startswith(f"{dataset}_") and "marketer" in each
    ]
    return {name: told["value"] for name, told in section.items()}


@pytest.fixture(scope="module")
def populated(order: Order, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same release, made with a thousand people of each age and gender who live there."""
    folder = tmp_path_factory.mktemp("population")
    ages, genders = (
        [line.split(";")[0] for line in (release / "hierarchies" / f"{tree}.csv").read_text().splitlines()]
        for tree in ("age", "gender")
    )
    lines = [f"{age},{gender},{PEOPLE_EACH}" for age in ages for gender in genders]
    (folder / "people.csv").write_text("\n".join(["age,gender,people", *lines]) + "\n")
    with_people = replace(order, out=folder / "out", population=read_population(folder / "people.csv"))
    return make_release(with_people)


def test_without_a_population_the_journalists_risk_is_told_as_the_most_it_can_be(release: Path) -> None:
    for dataset in ("outcomes", "journeys"):
        found = risk_of(release, dataset)
        assert found["journalist_highest"] == found["prosecutor_highest"]
        assert "presence_highest" not in found
    assert "no population was given" in (release / "risk-report.html").read_text()


def test_with_a_population_few_are_easy_to_find(release: Path, populated: Path) -> None:
    found = risk_of(populated, "outcomes")
    assert 0 < found["journalist_highest"] <= 1 / PEOPLE_EACH
    assert found["prosecutor_highest"] == risk_of(release, "outcomes")["prosecutor_highest"]
    assert found["presence_highest"] > found["journalist_highest"]
    for name in ("data/outcomes.csv", "data/journeys.csv", "data/tables.csv"):
        assert (populated / name).read_bytes() == (release / name).read_bytes()


def test_places_of_which_nobody_was_referred_do_no_harm(order: Order, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("area,people\nZZ99,70000\n")
    with_people = replace(order, out=tmp_path / "out", population=read_population(tmp_path / "people.csv"))
    found = risk_of(make_release(with_people), "outcomes")
    assert found["journalist_highest"] == found["prosecutor_highest"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area,people\nE8,many\n", "people: 1 lines have no whole number."),
        ("area,people\nE8,-3\n", "people: 1 lines have no whole number."),
        ("street,people\nMare,3\n", "street: give one of"),
        ("people\n3\n", "Give the column people, and at least one of"),
        ("area\nE8\n", "Give the column people"),
    ],
)
def test_file_that_tells_of_no_people_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(Refusal, match=said):
        read_population(tmp_path / "people.csv")


def test_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys_folder: Path
) -> None:
    words = ["--extract", "x", "--out", str(tmp_path / "out"), "--keys", str(keys_folder)]
    assert main(["release", *words, "--population", str(tmp_path / "no.csv")], {}) != 0
    assert f"{tmp_path / 'no.csv'}: this is no CSV file" in capsys.readouterr().err
