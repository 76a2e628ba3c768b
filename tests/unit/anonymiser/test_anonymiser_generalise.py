"""Exact values come out as the bands, groups and directions that the policy publishes."""

import pytest

from anonymiser.dictionary import COLUMNS
from anonymiser.generalise import (
    age_band,
    change,
    contacts,
    ethnic_group,
    outward_code,
    postcode_letters,
    quarter,
    weeks_to_start,
    wide_age_band,
)
from anonymiser.policy import MEASURES, POLICY, Treatment

MEASURE = {measure.name: measure for measure in MEASURES}


@pytest.mark.parametrize(
    ("years", "narrow", "wide"),
    [
        (0, "0 to 24", "0 to 64"),
        (24, "0 to 24", "0 to 64"),
        (25, "25 to 44", "0 to 64"),
        (64, "45 to 64", "0 to 64"),
        (65, "65 to 79", "65 and over"),
        (80, "80 and over", "65 and over"),
        (120, "80 and over", "65 and over"),
        (None, "unknown", "unknown"),
    ],
)
def test_age_falls_in_one_narrow_band_and_the_wide_band_around_it(
    years: int | None, narrow: str, wide: str
) -> None:
    assert (age_band(years), wide_age_band(years)) == (narrow, wide)


@pytest.mark.parametrize(
    ("month", "expected"),
    [("2026-01", "2026-Q1"), ("2026-03", "2026-Q1"), ("2026-04", "2026-Q2"), ("2026-12", "2026-Q4")],
)
def test_month_falls_in_its_calendar_quarter(month: str, expected: str) -> None:
    assert quarter(month) == expected


@pytest.mark.parametrize(
    ("code", "fine", "coarse"), [("E8", "E8", "E"), ("EC2A", "EC2A", "EC"), (None, "unknown", "unknown")]
)
def test_outward_code_is_kept_or_cut_to_its_letters(code: str | None, fine: str, coarse: str) -> None:
    assert (outward_code(code), postcode_letters(code)) == (fine, coarse)


@pytest.mark.parametrize(
    ("code", "group"), [("A", "white"), ("D", "mixed"), ("K", "asian"), ("N", "black"), ("R", "other")]
)
def test_ethnic_category_falls_in_its_group(code: str, group: str) -> None:
    assert ethnic_group(code) == group


@pytest.mark.parametrize("code", ["Z", "99", None])
def test_ethnic_category_that_was_not_told_is_unknown(code: str | None) -> None:
    assert ethnic_group(code) == "unknown"


def test_weeks_and_contacts_come_out_in_bands() -> None:
    assert [weeks_to_start(w) for w in (None, 0, 2, 3, 19)] == [
        "not-started",
        "0 to 2",
        "0 to 2",
        "3 to 6",
        "19 and over",
    ]
    assert [contacts(c) for c in (0, 1, 12, 13)] == ["none", "1 to 3", "7 to 12", "13 and over"]


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("happy", 4, 7, "better"),
        ("happy", 7, 4, "worse"),
        ("happy", 0, 0, "same"),
        ("happy", None, 4, "not-measured"),
        ("happy", 4, None, "not-measured"),
        ("anxious", 8, 3, "better"),
        ("anxious", 3, 8, "worse"),
        ("loneliness", 9, 3, "better"),
        ("goal", 0, 10, "better"),
    ],
)
def test_change_is_told_from_the_persons_side(
    name: str, before: int | None, after: int | None, expected: str
) -> None:
    assert change({f"{name}_before": before, f"{name}_after": after}, MEASURE[name]) == expected


def test_no_released_value_can_be_read_as_a_formula_or_as_a_spreadsheet_date() -> None:
    values = [value for column in COLUMNS for value in column.values]
    assert not [v for v in values if v[0] in "=+-@\t\r"]
    assert not [v for v in values if "-" in v and v.replace("-", "").isdigit()]


def test_every_field_but_the_sealed_in_person_reaches_a_column_with_its_own_treatment() -> None:
    told = {source: column.treatment for column in COLUMNS for source in column.source}
    assert POLICY.keys() - told.keys() == {"nhs_number"}
    assert {name: POLICY[name].treatment for name in told} == told
    assert POLICY["nhs_number"].treatment is Treatment.PSEUDONYMISE
