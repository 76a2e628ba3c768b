"""A table of the second release, set beside another table of the first, tells of nobody among a few."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.keys import Keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.sources import Order
from anonymiser.releasing.verify import verify_release
from tests.unit.anonymiser.sample import Fields, nhs_numbers, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

NEED = "digital"
SAME = {
    "need": NEED,
    "outcome": "better",
    "provider_kind": "commissioned",
    "end": "completed",
    "end_reason": "completed",
    "declines": 0,
    "unanswered": 0,
    "decline_reason": "none",
}
OTHERS = 400


def number_of(place: int) -> str:
    numbers = nhs_numbers()
    return next(number for at, number in enumerate(numbers) if at == 5000 + place)


NUMBERS = [number_of(place) for place in range(52)]


def referrals(first: int, last: int, weeks: int | None, *, seed: int) -> list[Fields]:
    """One referral for this need of each of some people, who began after so many weeks, or never."""
    made = outcome_records(last - first, seed=seed)
    return [
        {**each, **SAME, "nhs_number": NUMBERS[first + at], "weeks_to_start": weeks}
        for at, each in enumerate(made)
    ]


def told(release: Path, table: str, answer: str) -> tuple[str, str]:
    verify_release(release)
    with (release / "data" / "tables.csv").open(newline="") as file:
        found = {(row["table"], row["value"], row["answer"]): row for row in csv.DictReader(file)}
    row = found[table, NEED, answer]
    return row["people"], row["status"]


@pytest.fixture
def series(sealed: Sealing, keys: Keys, tmp_path: Path) -> tuple[Order, Order]:
    """Forty have the need, half of them began; then 17 of the others begin, and twelve new people never do."""
    others = [each for each in outcome_records(OTHERS, seed=31) if each["need"] != NEED]
    first = [*others, *referrals(0, 20, 2, seed=32), *referrals(20, 40, None, seed=33)]
    second = [*referrals(20, 37, 2, seed=34), *referrals(40, 52, None, seed=35)]
    order = Order(extracts=[sealed(first)], keys=keys, out=tmp_path / "out")
    return order, replace(order, extracts=[sealed(second, extract_id=LATER_ID)])


def test_number_that_differs_by_three_people_from_another_table_of_the_first_release_is_withheld(
    series: tuple[Order, Order],
) -> None:
    one, two = (make_release(order) for order in series)
    assert told(one, "people-by-need", "all") == ("40", "shown")
    assert told(one, "uptake-by-need", "attended") == ("20", "shown")
    assert told(two, "people-by-need", "all") == ("50", "shown")
    # 37 people of the second day beside the 40 of the first: three of them never came.
    assert told(two, "uptake-by-need", "attended") == ("", "further")


def test_the_same_number_would_be_told_without_a_look_at_the_first_releases_other_tables(
    series: tuple[Order, Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anonymiser.releasing.tables.apart_by_few", lambda *_: {})
    _, two = (make_release(order) for order in series)
    assert told(two, "uptake-by-need", "attended") == ("35", "shown")
