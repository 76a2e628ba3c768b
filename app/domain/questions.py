"""A provider's question before it answers: how long words may be, and how the answer's clock stands still."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.wording import worded
from app.domain.working_days import WorkingDays

LONGEST_QUESTION: Final = 500  # characters: a sentence or two
LONGEST_ANSWER: Final = 1000
_DAY: Final = timedelta(days=1)


def checked(words: str, name: str, *, longest: int) -> str:
    """Return the words without the space around them; raises Invalid when there are none or too many."""
    words = words.strip()
    if not words:
        raise Invalid([FieldProblem(name, "Write it in a sentence or two.", "required")])
    if len(words) > longest:
        raise Invalid(
            [FieldProblem(name, worded("Keep it to %(most)s characters.", most=longest), "too-long")]
        )
    return words


def days_left(days: WorkingDays, today: date, respond_by: date) -> int:
    """Return the working days after today until an answer is due, the last included; 0 when it is due today."""
    left, day = 0, today + _DAY
    while day <= respond_by:
        left += days.is_worked(day)
        day += _DAY
    return left


def respond_by(days: WorkingDays, today: date, left: int) -> date:
    """Return when the answer is due once the clock runs again: with the days that were left, one at the least."""
    return days.after(today, max(left, 1))
