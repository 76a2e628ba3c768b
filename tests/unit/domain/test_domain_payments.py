"""What can be paid for, and when it is due: engagement, never an outcome and never a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from app.domain.payments import Engaged, Engagement, Terms, due_on, terms_problems
from app.domain.vocabulary import OutcomeState
from app.services.measures.measure_library import shipped

START = date(2026, 11, 1)
TERMS = Terms(uuid4(), uuid4(), 12000, 1500, Engagement.ACCEPTED, None, START)


@pytest.mark.parametrize("named", [*OutcomeState, *shipped().codes(), "completed", "score", "ons4-improved"])
def test_a_payment_that_names_an_outcome_or_a_score_is_refused(named: str) -> None:
    problems = terms_problems(replace(TERMS, engagement=named))
    assert "Nothing is paid on outcomes or scores." in problems[0].sentence


def test_everything_wrong_with_terms_is_said_at_once() -> None:
    wrong = replace(TERMS, engagement="sessions", amount=0, overheads=-1)
    assert [problem.field for problem in terms_problems(wrong)] == ["amount", "overheads", "sessions"]
    assert terms_problems(TERMS) == []


def test_a_yes_is_due_on_its_day_and_not_before_the_terms_began() -> None:
    assert due_on(TERMS, Engaged(date(2026, 11, 5))) == date(2026, 11, 5)
    assert due_on(TERMS, Engaged(date(2026, 10, 31))) is None
    assert due_on(TERMS, Engaged(None)) is None


def test_sessions_count_days_and_each_day_once() -> None:
    three = replace(TERMS, engagement=Engagement.SESSIONS, sessions=3)
    came = [date(2026, 11, day) for day in (3, 10, 10)]
    assert due_on(three, Engaged(START, came)) is None
    assert due_on(three, Engaged(START, [*came, date(2026, 11, 17)])) == date(2026, 11, 17)


def test_the_first_session_is_the_earliest_on_which_the_person_came() -> None:
    first = replace(TERMS, engagement=Engagement.FIRST_SESSION)
    assert due_on(first, Engaged(START, [date(2026, 11, 10), date(2026, 11, 3)])) == date(2026, 11, 3)
