"""The whole invented year through the real command line: planted rare people never come out alone, and on the
unprotected control they do."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import polars as pl
import pytest

from anonymiser.engine.model import Thresholds
from anonymiser.keys import Keys
from anonymiser.policy import ANY, MINIMUM_PEOPLE
from anonymiser.releasing import protect as protecting
from anonymiser.releasing.columns import REFERRALS
from anonymiser.releasing.frames import networks_in, referral_frame, trees_of
from app.demo.past import people, planted_numbers
from app.demo.past_extract import extract_records
from tests.unit.anonymiser.sample import Fields
from tests.unit.anonymiser_releasing.release_orders import Sealing
from tests.unit.anonymiser_releasing.year_intruder import (
    EVERYTHING,
    FEWEST_OUTCOMES,
    FEWEST_PEOPLE,
    NEIGHBOUR,
    Published,
    Rows,
    attack,
    command,
    facts_of,
    is_held_off,
    raw_of,
    release_by_command,
    unprotected_rows,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PLANTED = ("aged-97", "traveller-family", "twins", "celebrity", "nine-referrals")
KNOWLEDGE = {"a neighbour": NEIGHBOUR, "somebody who knows it all": EVERYTHING}


@pytest.fixture(scope="module")
def year() -> Sequence[Fields]:
    return extract_records(people(NOW))


@pytest.fixture(scope="module")
def extract(year: Sequence[Fields], sealed: Sealing) -> Path:
    return sealed(year)


@pytest.fixture(scope="module")
def released(extract: Path, keys_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release_by_command(extract, keys_folder, tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="module")
def published(released: Path, year: Sequence[Fields], keys: Keys) -> Published:
    return Published.read(released, year, keys)


def of_planted(year: Sequence[Fields], key: str) -> list[Fields]:
    return [record for record in year if record["nhs_number"] in planted_numbers()[key]]


def targets(year: Sequence[Fields]) -> list[Fields]:
    """Three hundred from one end of the year to the other, and everybody who was planted."""
    return [*year[:: len(year) // 300], *(record for key in PLANTED for record in of_planted(year, key))]


def recoded(year: Sequence[Fields], keys: Keys, thresholds: Thresholds, patch: pytest.MonkeyPatch) -> Rows:
    """The rows as the product would make them if its thresholds were others."""
    raw = raw_of(year)
    exact = referral_frame(raw, keys.root)
    trees = trees_of(raw, NOW.date(), networks_in(raw))
    with patch.context() as patched:
        patched.setattr(protecting, "THRESHOLDS", thresholds)
        rows = protecting.protect(exact, REFERRALS, trees, None).rows
    number = {record["referral_key"]: record["nhs_number"] for record in year}
    return Rows(REFERRALS, rows.with_columns(who=pl.col("key").replace_strict(number)), trees)


@pytest.mark.parametrize("known", KNOWLEDGE.values(), ids=KNOWLEDGE)
def test_intruder_guesses_no_better_than_one_in_ten_on_the_release(
    published: Published, year: Sequence[Fields], known: tuple[str, ...]
) -> None:
    tries = attack(published.referrals, targets(year), known)
    assert len(tries) > 250
    assert is_held_off(tries)
    assert fmean(each.success for each in tries) <= 1 / MINIMUM_PEOPLE


@pytest.mark.parametrize("known", KNOWLEDGE.values(), ids=KNOWLEDGE)
def test_same_intruder_succeeds_on_the_unprotected_control(
    year: Sequence[Fields], known: tuple[str, ...]
) -> None:
    tries = attack(unprotected_rows(year), targets(year), known)
    assert fmean(each.success for each in tries) > 0.8
    assert not is_held_off(tries)


def test_year_is_worth_attacking_because_most_of_it_came_out(
    published: Published, year: Sequence[Fields]
) -> None:
    assert published.referrals.frame.height > 0.9 * len(year)
    assert published.journeys.frame.height > 1_000


def test_most_rows_tell_need_age_deprivation_ethnicity_and_gender_well_enough_for_a_table(
    published: Published,
) -> None:
    """At the level at which tables are counted: need group, five age bands, fifth of areas, ethnic group."""
    rows = published.referrals
    level = {"need": 1, "age": 2, "deprivation": 1, "ethnicity": 1, "gender": 0}
    told = {
        name: pl.col(name).is_in(
            list({label for row in rows.trees[name] for label in row[: last + 1]} - {ANY})
        )
        for name, last in level.items()
    }
    shares = rows.frame.select(**{name: each.mean() for name, each in told.items()}).row(0, named=True)
    assert min(shares.values()) > 0.5
    assert fmean(shares.values()) > 0.8
    assert shares["need"] > 0.85
    assert rows.frame.select(pl.all_horizontal(*told.values()).mean()).item() > 0.5


@pytest.mark.parametrize("key", PLANTED)
def test_planted_person_stands_among_ten_people_with_three_outcomes_whatever_is_known(
    published: Published, year: Sequence[Fields], key: str
) -> None:
    found = of_planted(year, key)
    assert found
    for known in KNOWLEDGE.values():
        for each in attack(published.referrals, found, known):
            assert each.people >= FEWEST_PEOPLE
            assert each.outcomes >= FEWEST_OUTCOMES


@pytest.mark.parametrize("key", ["aged-97", "traveller-family", "celebrity", "nine-referrals"])
def test_planted_person_is_alone_in_the_control(year: Sequence[Fields], key: str) -> None:
    for each in attack(unprotected_rows(year), of_planted(year, key), NEIGHBOUR):
        assert each.people == 1
        assert each.success == 1


def test_twins_are_two_of_two_in_the_control(year: Sequence[Fields]) -> None:
    tries = attack(unprotected_rows(year), of_planted(year, "twins"), NEIGHBOUR)
    assert [(each.people, each.success) for each in tries] == [(2, 0.5)] * 2


@pytest.mark.parametrize("key", PLANTED)
def test_planted_person_is_not_alone_among_the_journeys(published: Published, key: str) -> None:
    exact = published.exact_journeys.filter(pl.col("who").is_in(planted_numbers()[key]))
    columns = published.journeys.dataset.quasi_names
    for person in exact.select("who", *columns).iter_rows(named=True):
        found = published.journeys.find(person["who"], person, columns)
        assert found is None or (found.people >= FEWEST_PEOPLE and found.outcomes >= FEWEST_OUTCOMES)


def test_person_of_nine_referrals_is_not_found_by_all_of_them_together(
    published: Published, year: Sequence[Fields]
) -> None:
    """No name joins the nine rows: whoever looks for each of them finds ten people and more each time."""
    rows = published.referrals.frame
    assert rows["row_id"].n_unique() == rows.height
    nine = of_planted(year, "nine-referrals")
    assert len(nine) == 9
    others = None
    for record in nine:
        facts, person = facts_of(record), record["nhs_number"]
        fits = rows.filter(pl.col(name).is_in(published.referrals.labels(name, facts)) for name in EVERYTHING)
        crowd = set(fits["who"]) - {person}
        others = crowd if others is None else others & crowd
        assert len(crowd) >= FEWEST_PEOPLE - 1
    journeys = published.exact_journeys.filter(pl.col("who") == nine[0]["nhs_number"])
    assert journeys["referrals"].to_list() in ([], ["3 or more"])


@pytest.mark.parametrize("people_needed", [1, 5])
def test_attack_notices_a_release_that_was_made_with_smaller_crowds(
    year: Sequence[Fields], keys: Keys, people_needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = recoded(year, keys, Thresholds(k=people_needed, l=1, t=1), monkeypatch)
    assert not is_held_off(attack(weak, targets(year), EVERYTHING))


def test_attack_is_content_with_the_same_recoding_under_the_policys_crowds(
    year: Sequence[Fields], keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = recoded(year, keys, protecting.THRESHOLDS, monkeypatch)
    assert is_held_off(attack(sound, targets(year), EVERYTHING))


def test_attack_command_fails_on_the_release_and_succeeds_on_the_control(
    released: Path, extract: Path, keys_folder: Path
) -> None:
    order = ("--release", released, "--extract", extract, "--keys", keys_folder, "--out", released.parent)
    held = command("attack", *order)
    assert held.returncode == 0, held.stderr
    assert held.stdout.count("right guesses") == 5
    broken = command("attack", *order, "--unprotected")
    assert broken.returncode == 1
    assert "The intruder succeeds" in broken.stderr


def test_nothing_that_names_a_planted_person_is_in_any_file(released: Path, year: Sequence[Fields]) -> None:
    everything = b"\n".join(path.read_bytes() for path in released.rglob("*") if path.is_file())
    rare = [record for key in PLANTED for record in of_planted(year, key)]
    assert len(rare) > 15
    for record in rare:
        for name in ("nhs_number", "referral_key", "small_area"):
            assert str(record[name]).encode() not in everything
