"""The rules print what the bodies that wrote them print, and say honestly what a reader can conclude."""

import numpy as np
import pytest

from anonymiser.tables.rules import DEFAULT, HES, MIDPOINT_6, OPENSAFELY, RULES, Rule


def printed(rule: Rule, *people: int) -> list[int | None]:
    counts = np.array(people)
    pairs = zip(rule.shows(counts), rule.rounded(counts), strict=True)
    return [int(number) if shows else None for shows, number in pairs]


def test_hes_prints_what_nhs_digitals_own_code_prints() -> None:
    # The cases of codonPython's test of its suppression.
    assert printed(HES, 0, 2, 5, 8, 16, 57, 10023) == [0, None, None, 10, 15, 55, 10025]
    assert printed(HES, 1, 7) == [None, None]


def test_opensafely_redacts_and_rounds_as_in_its_own_example() -> None:
    # docs.opensafely.org, "Rounding counts": heart disease and population by age band.
    assert printed(OPENSAFELY, 3, 8, 16, 23) == [None, 10, 15, 25]
    assert printed(OPENSAFELY, 18, 23, 31, 44) == [20, 25, 30, 45]


def test_midpoint_6_maps_each_range_to_its_middle() -> None:
    assert printed(MIDPOINT_6, 0, 1, 6, 7, 12, 13, 18) == [0, 3, 3, 9, 9, 15, 15]


def test_by_default_nothing_between_nought_and_ten_people_is_shown() -> None:
    assert printed(DEFAULT, *range(13)) == [0, *[None] * 9, 10, 10, 10]


def test_by_default_every_number_is_a_multiple_of_five() -> None:
    shown = [number for number in printed(DEFAULT, *range(500)) if number is not None]
    assert shown == sorted(shown)
    assert {number % 5 for number in shown} == {0}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_readers_bounds_are_exactly_the_counts_that_print_alike(rule: Rule) -> None:
    counts = np.arange(200)
    alike = printed(rule, *counts)
    low, high = rule.bounds(counts)
    for people in range(150):
        same = [other for other in counts if alike[other] == alike[people]]
        assert (low[people], high[people]) == (min(same), max(same))
