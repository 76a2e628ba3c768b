"""The register's sums, its time limit, and the rounds that a person is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from app.domain.attendance import attended, can_be_corrected, session_days
from app.domain.directory import ServiceSession
from app.domain.directory_words import Weekday
from app.domain.onward import Leg, chain, hops, travelled

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def leg(status: str, number: int, *, started: bool = False, passed_from: UUID | None = None) -> Leg:
    at = START + timedelta(days=number)
    ended = at if status in ("declined", "expired", "ended-early", "completed", "withdrawn") else None
    return Leg(uuid4(), status, at, at if started else None, ended, passed_from)


def test_sessions_are_counted_by_those_that_the_register_tells_of() -> None:
    told = attended(["came", "did-not-come", "told-us", "came"])
    assert told.sentence == "came to 2 of 4 sessions"
    assert attended(["came"]).sentence == "came to 1 of 1 session"
    assert attended([]).sentence == ""


@pytest.mark.parametrize(
    ("answers", "away"),
    [
        (["came", "did-not-come", "did-not-come", "did-not-come"], True),
        (["did-not-come", "did-not-come", "told-us", "did-not-come"], False),
        (["did-not-come", "did-not-come", "did-not-come", "came"], False),
    ],
)
def test_three_in_a_row_without_a_word_is_staying_away(answers: list[str], away: bool) -> None:
    assert attended(answers).stays_away is away


def test_line_can_be_put_right_until_the_last_of_its_days() -> None:
    first = date(2026, 3, 2)
    assert can_be_corrected(first, first + timedelta(days=14), within_days=14)
    assert not can_be_corrected(first, first + timedelta(days=15), within_days=14)


def test_session_days_are_those_on_which_the_service_meets_newest_first() -> None:
    tuesdays = ServiceSession(uuid4(), Weekday.TUESDAY, time(10), time(12))
    days = session_days([tuesdays], date(2026, 3, 4))
    assert days[0] == date(2026, 3, 17)
    assert {day.weekday() for day in days} == {1}
    assert days == sorted(days, reverse=True)


def test_hops_follow_who_passed_the_person_on() -> None:
    first = leg("ended-early", 0, started=True)
    second = leg("ended-early", 1, started=True, passed_from=first.id)
    third = leg("accepted", 2, passed_from=second.id)
    beside = leg("started", 3, started=True)
    legs = [beside, third, first, second]
    assert [hops(legs, each.id) for each in (first, second, third, beside)] == [0, 1, 2, 0]
    assert chain(legs, third.id) == [first.id, second.id, third.id]


def test_three_hops_are_a_bounce_and_two_are_none() -> None:
    legs = [leg("ended-early", 0, started=True)]
    for number in (1, 2):
        legs.append(leg("ended-early", number, started=True, passed_from=legs[-1].id))
    assert not travelled(legs).is_bounced
    legs.append(leg("accepted", 3, passed_from=legs[-1].id))
    assert travelled(legs).is_bounced


def test_three_that_came_to_nothing_in_a_row_are_a_bounce() -> None:
    vain = [leg("declined", 0), leg("expired", 1), leg("ended-early", 2)]
    assert travelled(vain).is_bounced
    assert not travelled([*vain[:2], leg("withdrawn", 2)]).is_bounced


def test_help_between_ends_the_row_of_nos() -> None:
    helped = [leg("declined", 0), leg("declined", 1), leg("completed", 2, started=True), leg("declined", 3)]
    assert not travelled(helped).is_bounced


def test_somebody_who_helps_now_ends_the_row_of_nos() -> None:
    legs = [leg("declined", 0), leg("declined", 1), leg("declined", 2), leg("started", 3, started=True)]
    assert not travelled(legs).is_bounced
