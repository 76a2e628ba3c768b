"""The register of a session: what can be said of each person, until when it can be put right, what it adds up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.directory import ServiceSession
from app.domain.directory_words import Weekday
from app.domain.errors import FieldProblem
from app.domain.wording import worded

LONGEST_NOTE: Final = 40  # characters: a word or two, never a record
MISSED_IN_A_ROW: Final = 3  # so many, and somebody rings
_DAYS_BACK, _DAYS_AHEAD = 28, 14


class Attendance(StrEnum):
    """What is said of one person at one session."""

    CAME = "came"
    DID_NOT_COME = "did-not-come"
    TOLD_US = "told-us"  # would not come, and said so: a sign of life


ATTENDANCE_WORDS: Final[Mapping[str, str]] = {
    Attendance.CAME: "Came",
    Attendance.DID_NOT_COME: "Did not come",
    Attendance.TOLD_US: "Told us",
}


@dataclass(frozen=True, slots=True)
class Attended:
    """To how many of the sessions that the register tells of somebody came."""

    came: int = 0
    sessions: int = 0
    missed_in_a_row: int = 0  # the newest ones; whoever told us was not missing

    @property
    def sentence(self) -> str:
        """As it is told: "came to 6 of 8 sessions"; empty where no register tells of anything."""
        if not self.sessions:
            return ""
        if self.sessions == 1:
            return worded("came to %(came)s of 1 session", came=self.came)
        return worded("came to %(came)s of %(sessions)s sessions", came=self.came, sessions=self.sessions)

    @property
    def stays_away(self) -> bool:
        """True when the last three sessions in a row went by without them and without a word."""
        return self.missed_in_a_row >= MISSED_IN_A_ROW


def attended(answers: Iterable[str]) -> Attended:
    """Add up what was said of one person, the oldest session first."""
    came = sessions = missed = 0
    for answer in answers:
        sessions += 1
        came += answer == Attendance.CAME
        missed = missed + 1 if answer == Attendance.DID_NOT_COME else 0
    return Attended(came, sessions, missed)


def line_problems(answer: str, note: str, field: str) -> list[FieldProblem]:
    """Return what is wrong with one person's line; `field` names it as the form or the body does."""
    problems = []
    if answer not in set(Attendance):
        sentence = f"Choose from: {', '.join(Attendance)}."
        problems.append(FieldProblem(f"{field}.answer", sentence, "code-invalid"))
    if len(note) > LONGEST_NOTE:
        problems.append(
            FieldProblem(f"{field}.note", f"Keep the note to {LONGEST_NOTE} characters.", "too-long")
        )
    return problems


def can_be_corrected(first_said_on: date, today: date, *, within_days: int) -> bool:
    """Tell whether a line that was first written on a day may still be put right."""
    return today <= first_said_on + timedelta(days=within_days)


def session_days(sessions: Collection[ServiceSession], today: date) -> Sequence[date]:
    """Return the days on which a service meets, from four weeks ago to two weeks ahead, the newest first.

    Of a monthly session every week's day is given: which week it is stands in words only.
    """
    weekdays = {list(Weekday).index(each.weekday) for each in sessions}
    span = (today + timedelta(days=_DAYS_AHEAD - back) for back in range(_DAYS_AHEAD + _DAYS_BACK + 1))
    return [day for day in span if day.weekday() in weekdays]
