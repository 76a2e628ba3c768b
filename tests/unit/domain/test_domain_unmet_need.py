"""The table that leaves the house hides small numbers, and no total gives one of them away."""

from __future__ import annotations

import random
from datetime import date
from uuid import UUID

import pytest

from app.domain.unmet_need import FEWEST, STEP, AreaKind, Unmet, count_reasons, gaps, trend
from app.domain.unmet_need_table import ALL, Table, rounded, table

DAY = date(2026, 9, 14)


def unmet(person: int, need: str, district: str, *, on: date = DAY, **reasons: int) -> Unmet:
    return Unmet(UUID(int=person), need, district, None, None, reasons, on)


def counted(**cells: int) -> list[Unmet]:
    """So many people in each cell, named need_area; nobody in two."""
    found: list[Unmet] = []
    for cell, people in cells.items():
        need, area = cell.split("_")
        found += [unmet(len(found) + each, need, area) for each in range(people)]
    return found


def lines(made: Table) -> list[list[int | None]]:
    along = [[made.cells[need, area] for area in made.areas] for need in (*made.needs, ALL)]
    return along + [[made.cells[need, area] for need in made.needs] for area in (*made.areas, ALL)]


def test_number_under_ten_is_hidden_and_others_are_rounded() -> None:
    made = table(counted(food_E8=13, food_E5=9, digital_E8=12, digital_E5=23))
    assert made.cells["food", "E5"] is None
    assert made.cells[ALL, ALL] == rounded(57) == 55


def test_one_hidden_number_takes_another_with_it() -> None:
    made = table(counted(food_E8=30, food_E5=9, food_E9=20, digital_E8=30, digital_E5=30, digital_E9=30))
    assert [area for area in made.areas if made.cells["food", area] is None] == ["E5", "E9"]
    assert made.cells["food", ALL] == 60


def test_person_with_two_referrals_counts_once() -> None:
    found = [unmet(person, "food", "E8") for person in (*range(12), *range(12))]
    assert table(found).cells["food", "E8"] == 10


@pytest.mark.parametrize("seed", range(40))
def test_no_line_of_any_table_has_one_hidden_number_alone(seed: int) -> None:
    dice = random.Random(seed)
    cells = {f"{need}_{area}": dice.choice((0, 3, 9, 12, 40)) for need in "abcd" for area in "wxyz"}
    made = table(counted(**cells))
    for line in lines(made):
        assert sum(value is None for value in line) != 1 or all(value is None for value in line)
    assert all(value is None or (value % STEP == 0 and value >= FEWEST) for value in made.cells.values())


def test_reasons_are_guarded_like_a_line_with_the_total_beside_it() -> None:
    found = [unmet(person, "food", "E8", area=1) for person in range(30)]
    found += [unmet(100 + person, "food", "E8", capacity=1) for person in range(40)]
    found += [unmet(200 + person, "food", "E8", eligibility=1) for person in range(4)]
    assert table(found).reasons == {"area": None, "capacity": 40, "eligibility": None}


def test_reason_counts_people_and_gaps_name_the_services_there() -> None:
    found = [
        unmet(1, "food", "E8", area=3, capacity=1),
        unmet(1, "food", "E8", area=1),
        unmet(2, "food", "E5"),
    ]
    assert count_reasons(found) == {"area": 1, "capacity": 1, "nobody-offers-it": 1}
    told = gaps(found, AreaKind.DISTRICT, lambda _, codes: 2 if "E8" in codes else 0)
    assert [(gap.area, gap.people, gap.services) for gap in told] == [("E5", 1, 0), ("E8", 1, 2)]


def test_trend_of_few_says_that_they_are_too_few() -> None:
    today = date(2026, 11, 22)
    few = [unmet(1, "food", "E8", on=date(2026, 10, 1))]
    many = [unmet(each, "food", "E8", on=date(2026, 10, 1)) for each in range(30)]
    many += [unmet(each, "food", "E8", on=date(2026, 6, 1)) for each in range(10)]
    assert "too few" in trend(few, today)
    assert trend(many, today).endswith("more.")
