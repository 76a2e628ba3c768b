"""The order of a waiting list, the wait in words, and when somebody must be in touch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.vocabulary import Priority
from app.domain.waiting import (
    Expected,
    Waits,
    check_leaving,
    check_weeks,
    contact_due_on,
    counts_still,
    expected,
    in_order,
    months_before,
    positions,
)

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 16)


def waits(number: int, *, priority: str = "routine", days: int = 0) -> Waits:
    return Waits(UUID(int=number), priority, MONDAY + timedelta(days=days))


def test_urgent_goes_first_and_then_whoever_waits_longest() -> None:
    found = in_order(
        [
            waits(1, days=0),
            waits(2, priority="urgent", days=9),
            waits(3, days=-1),
            waits(4, priority="stat", days=10),
            waits(5, priority="asap", days=3),
            waits(6, priority="urgent", days=8),
        ]
    )
    assert [one.placement_id.int for one in found] == [4, 5, 6, 2, 3, 1]


@given(st.permutations([waits(n, priority=p, days=n % 2) for n, p in enumerate([*Priority] * 2)]))
def test_order_of_a_list_does_not_depend_on_the_order_it_was_read_in(mixed: list[Waits]) -> None:
    assert in_order(mixed) == in_order(sorted(mixed, key=lambda one: one.placement_id))
    assert sorted(positions(mixed).values()) == list(range(1, len(mixed) + 1))


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        (6, "About 6 weeks: until around 27 April 2026"),
        (1, "About 1 week: until around 23 March 2026"),
        (0, "Not long: until around 16 March 2026"),
        (None, "Not known"),
    ],
)
def test_expected_wait_is_told_in_words(weeks: int | None, words: str) -> None:
    assert Expected(weeks, TODAY).sentence(TODAY) == words


def test_wait_that_has_passed_is_said_to_be_longer() -> None:
    assert Expected(1, date(2026, 3, 2)).sentence(TODAY).endswith("so longer than expected")


def test_what_the_provider_said_for_this_person_counts_before_the_usual_wait() -> None:
    joined = date(2026, 3, 2)
    assert expected(joined, said=None, usual=8) == Expected(8, joined)
    assert expected(joined, said=(2, TODAY), usual=8) == Expected(2, TODAY)
    assert expected(joined, said=(0, TODAY), usual=8) == Expected(0, TODAY)


def test_contact_is_due_from_the_last_one_or_from_joining() -> None:
    joined = date(2026, 3, 2)
    assert contact_due_on(joined, None, 28) == date(2026, 3, 30)
    assert contact_due_on(joined, TODAY, 28) == date(2026, 4, 13)
    assert contact_due_on(joined, date(2026, 1, 1), 28) == date(
        2026, 3, 30
    )  # before the list: counts for nothing


@pytest.mark.parametrize(
    ("today", "months", "before"),
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_months_are_counted_as_people_count_them(today: date, months: int, before: date) -> None:
    assert months_before(today, months) == before
    assert counts_still(before, today, months)
    assert not counts_still(before - timedelta(days=1), today, months)


@pytest.mark.parametrize("weeks", [-1, 105])
def test_wait_that_nobody_can_be_told_is_refused(weeks: int) -> None:
    with pytest.raises(Invalid, match="from 0 to 104"):
        check_weeks(weeks)


@pytest.mark.parametrize(("reason", "code"), [(None, "required"), ("did-not-engage", "code-invalid")])
def test_list_is_left_for_a_reason_that_fits(reason: str | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_leaving(reason)
    assert [(each.field, each.code) for each in refused.value.problems] == [("reason", code)]
