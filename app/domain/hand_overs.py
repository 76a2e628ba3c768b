"""Handing a referral to a colleague for a while: a word to them, and the day on which it is to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.errors import FieldProblem

LONGEST: Final = 1000  # characters
FARTHEST: Final = timedelta(days=365)  # a cover that is longer is somebody else's caseload


@dataclass(frozen=True, slots=True)
class Cover:
    """What is said to whoever takes a referral over, and when it comes back; either may be left out."""

    words: str = ""
    back_on: date | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self.words or self.back_on)


def problems(cover: Cover, *, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with it, by the fields "words" and "back_on"."""
    found = []
    if len(cover.words) > LONGEST:
        found.append(FieldProblem("words", f"Keep it under {LONGEST} characters."))
    if cover.back_on is not None and not today < cover.back_on <= today + FARTHEST:
        found.append(FieldProblem("back_on", "Give a day after today, and within a year."))
    return found
