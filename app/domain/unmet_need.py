"""Needs that nobody could meet, as numbers: for the steward as they are, for others so that nobody is found in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.routing_values import HardRule

NOBODY: Final = "nobody-offers-it"
SUITED: Final = "suited-and-did-not-help"
FEWEST: Final = 10  # people: fewer are not told to anybody outside
STEP: Final = 5  # what is told outside is rounded to it
UNKNOWN: Final = "not known"
_MONTHS: Final = 3  # a trend compares so many months with as many before

REASON_WORDS: dict[str, str] = {
    NOBODY: "Nobody offers help with it",
    SUITED: "Services fitted on paper and could not help",
    HardRule.CAPACITY: "Full, paused or without a place",
    HardRule.AREA: "Too far: they do not cover the area",
    HardRule.ELIGIBILITY: "For other people: age, gender or another condition",
    HardRule.STATUS: "Not running at present",
    HardRule.CARE: "Without the staff that the person needs",
    HardRule.ASSURANCE: "Without the assurance that is asked for",
    HardRule.HIDDEN: "Cannot take somebody who must be protected",
    HardRule.DECLINED: "Said no when asked",
    HardRule.CONSENT: "The person does not agree to sharing",
    HardRule.ASKED: "Had been asked and had not answered yet",
}


class AreaKind(StrEnum):
    """By which areas needs are counted."""

    NEIGHBOURHOOD = "neighbourhood"
    WARD = "ward"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Unmet:
    """One need of one referral that nobody met; no area where it must be kept secret."""

    person_id: UUID
    need: str
    district: str | None
    ward: str | None  # typed codes, as of app.domain.areas
    neighbourhood: str | None
    reasons: Mapping[str, int]  # by rule, how many services that help with the need it stood against
    recorded_on: date

    @property
    def month(self) -> str:
        """When it was written down, as 2026-11."""
        return f"{self.recorded_on:%Y-%m}"

    @property
    def why(self) -> str:
        """What stood against most of the services that help with the need."""
        return max(sorted(self.reasons), key=lambda each: self.reasons[each], default=NOBODY)

    @property
    def codes(self) -> frozenset[str]:
        """All that is known of the area."""
        return frozenset(code for code in (self.district, self.ward, self.neighbourhood) if code)

    def area(self, kind: AreaKind) -> str:
        """Return the area of a kind; without a look-up of its neighbourhood or ward it is the district."""
        wider = {AreaKind.NEIGHBOURHOOD: self.neighbourhood, AreaKind.WARD: self.ward}
        return wider.get(kind) or self.district or UNKNOWN


@dataclass(frozen=True, slots=True)
class Gap:
    """A need in an area: people for whom nobody was found, beside the services that take people for it there."""

    need: str
    area: str
    people: int
    services: int


def count_people(found: Iterable[Unmet], key: Callable[[Unmet], Hashable]) -> dict[str, int]:
    """Return how many people there are of each kind, most first; somebody with two referrals counts once in each."""
    people: dict[str, set[UUID]] = defaultdict(set)
    for each in found:
        people[str(key(each))].add(each.person_id)
    return dict(sorted(((name, len(who)) for name, who in people.items()), key=lambda one: (-one[1], one[0])))


def count_reasons(found: Iterable[Unmet]) -> dict[str, int]:
    """Return for how many people each reason stood against at least one service, most first."""
    people: dict[str, set[UUID]] = defaultdict(set)
    for each in found:
        for reason in each.reasons or {NOBODY: 1}:
            people[reason].add(each.person_id)
    return dict(sorted(((name, len(who)) for name, who in people.items()), key=lambda one: (-one[1], one[0])))


def gaps(found: Sequence[Unmet], kind: AreaKind, helps: Callable[[str, frozenset[str]], int]) -> list[Gap]:
    """Return each need and area with how many services `helps` there, the most people first."""
    people: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    codes: dict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for each in found:
        cell = (each.need, each.area(kind))
        people[cell].add(each.person_id)
        codes[cell] |= each.codes
    lines = [Gap(*cell, len(who), helps(cell[0], codes[cell])) for cell, who in people.items()]
    return sorted(lines, key=lambda each: (-each.people, each.need, each.area))


def trend(found: Collection[Unmet], today: date) -> str:
    """Return in words how the last three whole months stand beside the three before them."""
    months = Counter(_months_ago(each.recorded_on, today) for each in found)
    lately = sum(months[ago] for ago in range(1, _MONTHS + 1))
    before = sum(months[ago] for ago in range(_MONTHS + 1, 2 * _MONTHS + 1))
    told = f"{lately} in the last three whole months, {before} in the three before"
    if lately + before < 2 * FEWEST:
        return f"{told}: too few to say whether there are more or fewer."
    if abs(lately - before) * 4 <= lately + before:  # within the play of chance of such numbers
        return f"{told}: about as many."
    return f"{told}: {'more' if lately > before else 'fewer'}."


def _months_ago(day: date, today: date) -> int:
    return (today.year - day.year) * 12 + today.month - day.month
