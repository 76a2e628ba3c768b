"""No printed number tells of fewer than ten people, alone or beside the others of its table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest

from app.domain.pack import Interval, Number
from app.domain.small_numbers import (
    LEAST,
    LEAST_CHOICES,
    in_steps,
    may_show_mean,
    number,
    numbers,
    printed_counts,
    rounded,
    several_numbers,
    step_of,
)


@pytest.mark.parametrize(
    ("people", "printed"),
    [(0, 0), (1, None), (9, None), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1002, 1000)],
)
def test_a_count_shows_from_ten_on_rounded_to_five_and_nought_as_nought(
    people: int, printed: int | None
) -> None:
    assert rounded(people) == printed
    assert number(people).people == printed


def test_a_withheld_count_is_a_word_and_never_a_number() -> None:
    assert number(9).words == "withheld"
    assert number(1234).words == "1,235"


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    assert printed_counts([4, 30, 12]) == [None, 30, None]


def test_nothing_is_withheld_where_no_group_is_small() -> None:
    assert printed_counts([10, 0, 47]) == [10, 0, 45]


def test_small_groups_that_the_whole_would_bound_take_another_with_them() -> None:
    # 52 in all and 50 printed: two groups could only be 1 to 3 each, so the 50 goes too.
    assert printed_counts([1, 1, 50]) == [None, None, None]


def test_of_a_whole_that_is_withheld_nothing_is_told_but_nought() -> None:
    assert printed_counts([40, 0, 12], hidden=True) == [None, 0, None]


def test_groups_that_are_withheld_are_told_together_and_shares_are_of_everybody() -> None:
    shown, apart, total = numbers([29, 13, 7, 5])
    assert [each.people for each in shown] == [30, 15, None, None]
    assert apart == Number(10, 18.2)
    assert total == Number(55)
    assert [each.percent for each in shown] == [54.5, 27.3, None, None]


def test_where_fewer_than_ten_are_withheld_together_the_smallest_shown_joins_them() -> None:
    shown, apart, total = numbers([31, 11, 4, 3])
    assert [each.people for each in shown] == [30, None, None, None]
    assert (apart, total) == (Number(20, 40.0), Number(50))


def test_where_nobody_is_withheld_there_is_no_such_line() -> None:
    assert numbers([30, 10, 0])[1] is None


@pytest.mark.parametrize("counts", [[4, 3, 0], [9], [1, 1, 1]])
def test_of_fewer_than_ten_people_nothing_is_told(counts: list[int]) -> None:
    shown, apart, total = numbers(counts)
    assert not any(each.people for each in shown)
    assert (apart, total) == (None, Number(None))


def test_a_whole_that_is_withheld_elsewhere_is_not_told_as_those_together() -> None:
    shown, apart, total = numbers([12, 30], hidden=True)
    assert ([each.people for each in shown], apart, total) == ([None, None], None, Number(None))


def test_where_nobody_is_the_total_is_nought() -> None:
    assert numbers([0, 0])[1:] == (None, Number(0))


def test_of_a_few_strangers_beside_ones_own_people_no_number_is_left_over() -> None:
    shown, apart, _ = numbers([30, 24, 90], others=[3, 20, 76])
    assert [each.people for each in shown] == [None, None, 90]
    assert apart == Number(55, 37.9)
    assert numbers([30, 24], others=[3, 4])[1:] == (None, Number(None))


def test_groups_that_overlap_are_never_told_together_and_their_shares_are_of_everybody() -> None:
    shown, whole = several_numbers([40, 30, 4], 50)
    assert [each.people for each in shown] == [40, None, None]
    assert [each.percent for each in shown] == [80.0, None, None]
    assert whole == Number(50)


@pytest.mark.parametrize(("groups", "most"), [(2, 63), (3, 48), (4, 33)])
def test_nobody_can_work_out_a_withheld_number_from_all_that_is_printed(groups: int, most: int) -> None:
    """Every table there is of small size, by all that is printed of it: each withheld number stays open."""
    possible: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(most), repeat=groups):
        if sum(counts) < most:  # all of these totals' tables are here, as 45 stands for 43 to 47
            possible[_printed(counts)].append(counts)
    for printed, tables in possible.items():
        for group, value in enumerate(printed[:groups]):
            if value is None and tables != [(0,) * groups]:
                assert len({table[group] for table in tables}) >= LEAST_CHOICES, printed


def test_those_withheld_together_are_ten_or_the_whole_is_withheld() -> None:
    for counts in product(range(16), repeat=4):
        shown, apart, total = numbers(counts)
        if any(each.people is None for each in shown):
            together = sum(people for people, each in zip(counts, shown, strict=True) if each.people is None)
            assert (together >= LEAST) == (apart is not None) == (total.people is not None)


def _printed(counts: Sequence[int]) -> tuple[object, ...]:
    shown, apart, total = numbers(counts)
    return (*(each.people for each in shown), apart and apart.people, total.people, rounded(sum(counts)))


def test_a_mean_needs_ten_people() -> None:
    assert not may_show_mean([5.0] * 9)
    assert may_show_mean([5.0] * 10)


def test_a_mean_that_two_people_make_is_withheld() -> None:
    assert not may_show_mean([9.0, 9.0, *[0.2] * 10])
    assert may_show_mean([9.0, 9.0, *[1.0] * 10])
    assert may_show_mean([0.0] * 10)


@pytest.mark.parametrize(
    ("people", "reach", "step"),
    [
        (10, 10, 1.0),
        (19, 10, 1.0),
        (20, 10, 0.5),
        (99, 10, 0.2),
        (100, 10, 0.1),
        (10, 3, 1.0),
        (60, 3, 0.2),
        (12, 56, 5.0),
    ],
)
def test_the_fewer_people_the_wider_the_steps_of_their_mean(people: int, reach: float, step: float) -> None:
    assert step_of(people, reach) == step


@pytest.mark.parametrize(
    ("mean", "half", "step", "told"),
    [
        (Fraction(53, 10), 0.4, 0.5, Interval(5.5, 4.5, 6.5)),
        (Fraction(5), 0.5, 0.5, Interval(5.0, 4.5, 5.5)),
        (Fraction(-21, 4), 1.1, 0.5, Interval(-5.0, -6.5, -3.5)),
        (Fraction(10), 0.0, 1.0, Interval(10.0, 9.0, 11.0)),
    ],
)
def test_a_mean_is_told_to_the_nearest_step_and_its_ends_outwards(
    mean: Fraction, half: float, step: float, told: Interval
) -> None:
    found = in_steps(mean, half, step)
    assert found == told
    assert found.low <= mean - half
    assert mean + half <= found.high
