"""What an evaluation pack says: counts of people with small numbers withheld, shares, and change with its interval."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of its people an organisation looks at: those referred to it in a period, to a service, under a grant."""

    since: date | None = None
    until: date | None = None
    service_id: UUID | None = None
    grant_id: UUID | None = None

    def in_whole_months(self) -> Filters:
        """Return the same with the period widened to whole months: two packs a day apart would give one person away."""
        first = self.since.replace(day=1) if self.since else None
        return replace(self, since=first, until=_last_day_of_month(self.until) if self.until else None)

    def cuts(self, other: Filters) -> bool:
        """Tell whether two packs, laid side by side, may tell of the few people who are in one of them alone.

        Packs of the same people, of periods apart, and of two services of which neither is all of them, do not.
        """
        if self == other:
            return False
        if self.grant_id is None and other.grant_id is None and self.service_id and other.service_id:
            return self.service_id == other.service_id and self._overlaps(other)
        return self._overlaps(other)

    def _overlaps(self, other: Filters) -> bool:
        first, last = date.min, date.max
        begins = max(self.since or first, other.since or first)
        return begins <= min(self.until or last, other.until or last)


@dataclass(frozen=True, slots=True)
class Number:
    """People, as they may be shown: `people` None is withheld (fewer than ten), else 0 or a multiple of five."""

    people: int | None
    percent: float | None = None  # of everybody in the figure; None where it cannot be told

    @property
    def words(self) -> str:
        """As it is printed, the same in the page, the PDF, the CSV and the spreadsheet."""
        return "withheld" if self.people is None else f"{self.people:,}"


APART: Final = "withheld-together"  # the code of the line of those whose own lines are withheld
APART_WORDS: Final = "Withheld above, together"


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a figure; `code` is what the rows behind it are found by (APART has none)."""

    code: str
    words: str
    number: Number
    area_percent: float | None = None  # of the area's population, where it is loaded

    @property
    def is_apart(self) -> bool:
        """Whether it counts those whose own lines are withheld."""
        return self.code == APART


@dataclass(frozen=True, slots=True)
class Figure:
    """One table of people: `section` is reach, journey, or outcome; `key` is stable, for files and for drilling."""

    key: str
    section: str
    title: str
    definition: str
    lines: tuple[Line, ...]
    everybody: Number
    notes: tuple[str, ...] = ()
    can_list: bool = (
        False  # whether the organisation is told whose numbers these are, so that a line has a list
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 per cent interval; all three in points of the scale, told in steps."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """Paired change on one scale; every number None where fewer than ten people have both answers."""

    key: str  # measure.item, or goal
    measure: str
    title: str
    phase: str  # "after", or "follow-up-3" and the like
    higher_is_better: bool
    low: float
    high: float
    asked: Number  # people who could have answered
    paired: Number  # people with both answers
    missing_percent: float | None
    before: Interval | None
    after: Interval | None
    change: Interval | None
    better: Number
    same: Number
    worse: Number
    method: str  # in plain words
    apart: Number | None = None  # those of better, same and worse that are withheld, together


@dataclass(frozen=True, slots=True)
class Story:
    """A person's own words, with their recorded consent."""

    words: str
    told_as: str  # the name that the person wants to be told by
    agreed_on: date


@dataclass(frozen=True, slots=True)
class Pack:
    """All of it, once: the page, the PDF, the CSV, the spreadsheet and a funder's link are drawn from this value."""

    organisation: str
    made_on: date
    filters: Filters
    filters_in_words: tuple[str, ...]
    people: Number  # for whom help began, of those referred in the period
    referrals: Number  # to this organisation in the period
    figures: tuple[Figure, ...]
    changes: tuple[Change, ...]
    stories: tuple[Story, ...]
    methods: tuple[tuple[str, str], ...]  # heading, plain words
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to tell of yet."""
        return self.people.people == 0 and self.referrals.people == 0


def _last_day_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
