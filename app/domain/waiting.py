"""The waiting list: who comes next, how long it may take, when somebody is to be in touch, what a free place asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.capacity import weeks
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import END_REASONS, Priority
from app.domain.wording import worded, worded_all

LONGEST_WAIT: Final = 104  # weeks
_WEEK: Final = 7
# FHIR request priority, the most urgent first: asap is more than urgent.
_RANK: Final = (Priority.STAT, Priority.ASAP, Priority.URGENT, Priority.ROUTINE)
# Why somebody leaves a list without a place: of the end reasons, those that can happen to who waits.
LEAVE_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    worded_all(
        {
            "person-declined": "They do not want to wait any more",
            "could-not-contact": "They could not be reached",
            **{code: END_REASONS[code] for code in ("moved-away", "needs-other-care", "died", "other")},
        }
    )
)


@dataclass(frozen=True, slots=True)
class Waits:
    """What the order of a list looks at: how urgent it is, and since when somebody waits."""

    placement_id: UUID
    priority: str
    joined_at: datetime


def in_order(waiting: Iterable[Waits]) -> list[Waits]:
    """Return who waits for one service in the order in which places are offered: urgent first, then by joining."""
    return sorted(waiting, key=lambda one: (_rank(one.priority), one.joined_at, one.placement_id.bytes))


def positions(waiting: Iterable[Waits]) -> dict[UUID, int]:
    """Return the position of each, counted from 1."""
    return {one.placement_id: place for place, one in enumerate(in_order(waiting), start=1)}


def _rank(priority: str) -> int:
    return _RANK.index(Priority(priority))


@dataclass(frozen=True, slots=True)
class Expected:
    """How long the wait is expected to take: so many weeks from a day; None when nobody can say."""

    weeks: int | None
    since: date

    @property
    def until(self) -> date | None:
        """The day around which a place is expected."""
        return None if self.weeks is None else self.since + timedelta(days=self.weeks * _WEEK)

    @property
    def short(self) -> str:
        """In a few words that stand within a sentence: "about 6 weeks"."""
        if self.weeks is None:
            return worded("how long is not known")
        return worded("about %(weeks)s", weeks=weeks(self.weeks)) if self.weeks else worded("not long")

    def sentence(self, today: date) -> str:
        """Return in words, with the day around which a place is expected and whether that has passed."""
        if self.until is None:
            return worded("Not known")
        words = worded("About %(weeks)s", weeks=weeks(self.weeks)) if self.weeks else worded("Not long")
        if self.until < today:
            return worded(
                "%(wait)s: until around %(day)s, so longer than expected", wait=words, day=self.until
            )
        return worded("%(wait)s: until around %(day)s", wait=words, day=self.until)


def expected(joined_on: date, *, said: tuple[int, date] | None, usual: int | None) -> Expected:
    """Return the wait: what the provider said for this person and when, else the service's usual one from joining."""
    return Expected(*said) if said is not None else Expected(usual, joined_on)


def contact_due_on(joined_on: date, last_contact: date | None, days: int) -> date:
    """Return the last day on which somebody must be in touch, so that nobody waits unheard for longer than `days`."""
    return max(joined_on, last_contact or joined_on) + timedelta(days=days)


def counts_still(said_on: date, today: date, months: int) -> bool:
    """Tell whether a consent written down on a day is not older than so many months."""
    return said_on >= months_before(today, months)


def months_before(today: date, months: int) -> date:
    """Return the same day of the month so many months earlier, the last of that month where it has no such day."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    first_after = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # month counts from 0
    return min(date(year, month + 1, 1) + timedelta(days=today.day - 1), first_after - timedelta(days=1))


def check_weeks(wait_weeks: int) -> None:
    """Raise Invalid unless it is a number of weeks that somebody can be told."""
    if not 0 <= wait_weeks <= LONGEST_WAIT:
        raise Invalid(
            [
                FieldProblem(
                    "wait_weeks", worded("Give the wait in weeks, from 0 to %(most)s.", most=LONGEST_WAIT)
                )
            ]
        )


def check_leaving(reason: str | None) -> None:
    """Raise Invalid unless the reason is one for which people leave a list."""
    if reason not in LEAVE_REASONS:
        code = "required" if reason is None else "code-invalid"
        raise Invalid([FieldProblem("reason", f"Choose one of: {', '.join(LEAVE_REASONS)}.", code)])
