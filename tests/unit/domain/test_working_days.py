"""Working days and hours: weekends, bank holidays and the changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import Deadlines
from app.domain.place import PlaceRules
from app.domain.working_days import PLACE_TIME, WorkingDays

CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)})
DAYS = WorkingDays(CHRISTMAS)
LIMITS = Deadlines(PlaceRules(), DAYS)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda since: BEGINNING + since)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PLACE_TIME)


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 22), 0, date(2026, 11, 23)),  # Sunday itself is not worked
        (date(2026, 11, 22), 5, date(2026, 11, 27)),
        (date(2026, 12, 24), 1, date(2026, 12, 29)),  # Christmas Day, a weekend, the substitute day
        (date(2026, 12, 23), 5, date(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_over_weekends_and_bank_holidays(day: date, days: int, then: date) -> None:
    assert DAYS.after(day, days) == then


def test_the_working_day_before_a_long_weekend_is_the_last_one_worked() -> None:
    assert DAYS.before(date(2026, 12, 29), 1) == date(2026, 12, 24)


@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 30))
def test_whatever_is_counted_ends_on_a_day_that_is_worked(day: date, days: int) -> None:
    then = DAYS.after(day, days)
    assert DAYS.is_worked(then)
    worked = sum(DAYS.is_worked(day + timedelta(days=n)) for n in range(1, (then - day).days + 1))
    assert worked == days or (days == 0 and worked <= 1)


def test_hours_wait_over_the_night_and_the_weekend() -> None:
    friday = date(2026, 11, 20)
    assert DAYS.hours_after(at(friday, 16), 2) == at(date(2026, 11, 23), 10)
    assert DAYS.hours_after(at(friday, 20), 0) == at(date(2026, 11, 23), 9)
    assert DAYS.hours_after(at(friday, 6), 8) == at(friday, 17)


def test_hours_are_those_of_the_clock_on_the_wall_when_the_clocks_change() -> None:
    before, after = date(2026, 10, 23), date(2026, 10, 26)  # the clocks go back on Sunday 25
    assert DAYS.hours_after(at(before, 16), 2) == at(after, 10)
    assert DAYS.hours_after(at(before, 16), 2).astimezone(UTC).hour == 10
    assert DAYS.hours_after(at(date(2026, 3, 27), 16), 2).astimezone(UTC).hour == 9  # an hour forward


@given(MOMENTS, st.floats(0, 200))
def test_hours_after_and_hours_between_agree(moment: datetime, hours: float) -> None:
    then = DAYS.hours_after(moment, hours)
    assert DAYS.is_worked(then.date())
    assert DAYS.hours_between(moment, then) == pytest.approx(hours, abs=1e-3)


def test_a_new_referral_is_looked_at_within_two_working_days_and_an_urgent_one_at_once() -> None:
    friday = date(2026, 11, 20)
    assert LIMITS.triage_by(friday, "routine") == date(2026, 11, 24)
    assert {LIMITS.triage_by(friday, each) for each in ("urgent", "asap", "stat")} == {friday}
    assert LIMITS.triage_by(date(2026, 11, 21), "urgent") == date(2026, 11, 23)


def test_an_urgent_offer_has_the_places_shorter_time() -> None:
    thursday = date(2026, 12, 24)
    assert LIMITS.answer_by(thursday, 5, "routine") == date(2027, 1, 5)
    assert LIMITS.answer_by(thursday, 5, "urgent") == date(2026, 12, 29)


def test_an_offer_is_recalled_half_way_and_a_working_day_before() -> None:
    monday, by = date(2026, 11, 2), date(2026, 11, 9)
    assert LIMITS.reminders(at(monday, 9), by) == (at(date(2026, 11, 4), 17), at(date(2026, 11, 6), 9))


def test_a_short_offer_is_recalled_once_and_never_before_it_was_made() -> None:
    (only,) = LIMITS.reminders(at(date(2026, 11, 2), 15), date(2026, 11, 3))
    assert at(date(2026, 11, 2), 15) < only <= at(date(2026, 11, 3), 17)


def test_long_silence_is_counted_in_all_days_and_asked_about_on_one_that_is_worked() -> None:
    assert LIMITS.review_on(date(2026, 11, 27)) == date(2026, 12, 29)
