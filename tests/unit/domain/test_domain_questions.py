"""The clock of an answer stands still while a question waits."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.questions import LONGEST_QUESTION, checked, days_left, respond_by
from app.domain.working_days import WorkingDays

DAYS = WorkingDays(closed=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))  # Good Friday, Easter Monday


@pytest.mark.parametrize(
    ("today", "due", "left"),
    [
        (date(2026, 4, 1), date(2026, 4, 8), 3),  # over Easter
        (date(2026, 4, 1), date(2026, 4, 1), 0),
        (date(2026, 4, 2), date(2026, 4, 1), 0),
        (date(2026, 4, 4), date(2026, 4, 7), 1),  # asked on a Saturday
    ],
)
def test_only_working_days_are_left(today: date, due: date, left: int) -> None:
    assert days_left(DAYS, today, due) == left


def test_after_the_answer_as_many_days_are_left_as_before_the_question() -> None:
    assert respond_by(DAYS, date(2026, 4, 14), 3) == date(2026, 4, 17)


def test_whoever_asked_on_the_last_day_has_one_more() -> None:
    assert respond_by(DAYS, date(2026, 4, 2), 0) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("words", "code"), [("  \n ", "required"), ("x" * (LONGEST_QUESTION + 1), "too-long")]
)
def test_no_words_and_too_many_words_are_refused(words: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(words, "question", longest=LONGEST_QUESTION)
    assert [(each.field, each.code) for each in refused.value.problems] == [("question", code)]


def test_space_around_the_words_is_not_kept() -> None:
    assert (
        checked("  Can they climb stairs? \n", "question", longest=LONGEST_QUESTION)
        == "Can they climb stairs?"
    )
