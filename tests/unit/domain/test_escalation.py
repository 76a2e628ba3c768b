"""The ladders: who is told, in which order, and what can never be muted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import Deadlines
from app.domain.errors import Conflict, Invalid
from app.domain.escalation import LADDERS, Matter, Told, Wait, check_snooze, climb, reached
from app.domain.place import PlaceRules
from app.domain.working_days import PLACE_TIME, WorkingDays

LIMITS = Deadlines(PlaceRules(), WorkingDays(frozenset()))
MONDAY = date(2026, 11, 2)
TEN = datetime(2026, 11, 2, 10, tzinfo=PLACE_TIME)
ROUTINE = Wait(Matter.NEXT_ACTION, TEN, MONDAY, "routine", safeguarding=False, is_new=True)
URGENT = replace(ROUTINE, priority="urgent", tells_requester=True)
WAITS = st.builds(
    Wait,
    st.sampled_from(Matter),
    st.just(TEN),
    st.sampled_from([MONDAY + timedelta(days=n) for n in range(15)]),
    st.sampled_from(["routine", "urgent", "stat"]),
    st.booleans(),
    is_new=st.booleans(),
    tells_requester=st.booleans(),
)


def told(wait: Wait, day: int, hour: int) -> list[Told]:
    return [due.told for due in reached(wait, TEN.replace(day=day, hour=hour), LIMITS)]


def test_what_is_overdue_climbs_from_owner_to_team_to_steward() -> None:
    assert told(ROUTINE, 2, 16) == []
    assert told(ROUTINE, 3, 9) == [Told.OWNER]
    assert told(ROUTINE, 3, 16) == [Told.OWNER]
    assert told(ROUTINE, 3, 17) == [Told.OWNER, Told.TEAM]
    assert told(ROUTINE, 30, 9) == [Told.OWNER, Told.TEAM, Told.STEWARD]


def test_an_urgent_referral_climbs_within_hours_and_the_practice_hears_that_nobody_took_it() -> None:
    assert told(URGENT, 2, 11) == []
    assert told(URGENT, 2, 12) == [Told.OWNER]
    assert told(URGENT, 2, 14) == [Told.OWNER, Told.TEAM]
    assert told(URGENT, 2, 16) == [Told.OWNER, Told.TEAM, Told.STEWARD]
    assert told(URGENT, 3, 12) == [Told.OWNER, Told.TEAM, Told.STEWARD, Told.PRACTICE]


def test_who_may_not_hear_of_a_referral_is_not_told_either() -> None:
    assert Told.PRACTICE not in told(replace(URGENT, tells_requester=False), 30, 9)


def test_a_safeguarding_concern_climbs_as_fast_as_an_urgent_referral_once_it_is_due() -> None:
    concern = replace(ROUTINE, safeguarding=True)
    assert told(concern, 3, 9) == [Told.OWNER]
    assert told(concern, 3, 13) == [Told.OWNER, Told.TEAM, Told.STEWARD]


def test_a_provider_is_asked_before_the_link_worker_is() -> None:
    for matter in (Matter.FIRST_CONTACT, Matter.REVIEW):
        for presses in (False, True):
            ladder = [rung.told for rung in LADDERS[matter, presses]]
            assert ladder[:2] == [Told.PROVIDER, Told.OWNER]


@given(WAITS)
def test_no_rung_comes_before_the_one_below_it(wait: Wait) -> None:
    moments = [due.at for due in climb(wait, LIMITS)]
    assert moments == sorted(moments)
    assert [due.rung for due in climb(wait, LIMITS)] == list(range(len(moments)))


@given(WAITS, st.integers(0, 60), st.integers(0, 60))
def test_a_rung_that_was_reached_stays_reached(wait: Wait, first: int, later: int) -> None:
    sooner = reached(wait, TEN + timedelta(days=first), LIMITS)
    assert reached(wait, TEN + timedelta(days=first + later), LIMITS)[: len(sooner)] == sooner


def test_an_urgent_or_safeguarding_referral_cannot_be_muted() -> None:
    with pytest.raises(Conflict, match="cannot be put off"):
        check_snooze(MONDAY, MONDAY + timedelta(days=2), "person-away", muted=True, limits=LIMITS)


@pytest.mark.parametrize("days", [0, -1, 61])
def test_reminders_are_put_off_to_a_day_that_comes_soon_enough(days: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_snooze(MONDAY, MONDAY + timedelta(days=days), "because", muted=False, limits=LIMITS)
    assert [problem.field for problem in refused.value.problems] == ["until", "reason"]
