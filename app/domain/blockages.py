"""What stood in the way of help and no single service can mend: themes, and words without anybody in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.areas import read_area
from app.domain.errors import FieldProblem, Invalid

LONGEST_WORDS: Final = 1000
LONGEST_DONE: Final = 500
_TELLS_WHO = (
    re.compile(r"(?<!\d)(?:\d[ -]?){9,12}\d(?!\d)"),  # NHS numbers and telephone numbers
    re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE),  # a whole postcode
)


class Theme(StrEnum):
    """What stood in the way."""

    TRANSPORT = "transport"
    WAITING_ELSEWHERE = "waiting-elsewhere"
    BENEFITS = "benefits"
    HOUSING = "housing"
    DIGITAL = "digital"
    LANGUAGE = "language"
    ELIGIBILITY = "eligibility"
    INFORMATION = "information"
    OTHER = "other"


THEME_WORDS: dict[Theme, str] = {
    Theme.TRANSPORT: "Transport: getting there",
    Theme.WAITING_ELSEWHERE: "Waiting times elsewhere",
    Theme.BENEFITS: "Benefits and money",
    Theme.HOUSING: "Housing",
    Theme.DIGITAL: "Getting online, or only online",
    Theme.LANGUAGE: "Language and interpreting",
    Theme.ELIGIBILITY: "Rules on who may come",
    Theme.INFORMATION: "Information that is missing or wrong",
    Theme.OTHER: "Something else",
}


@dataclass(frozen=True, slots=True)
class Blockage:
    """One blockage; `referral_id` and `referral_reference` are there for the team alone."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    theme: Theme
    area: str | None  # a postcode district
    words: str
    written_at: datetime
    looked_at: datetime | None
    done: str | None  # what the steward did about it
    referral_id: UUID | None = None
    referral_reference: str | None = None

    @property
    def month(self) -> str:
        """When it was written, as 2026-11."""
        return f"{self.written_at:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody writes, checked."""

    theme: Theme
    area: str | None
    words: str


def read(theme: str | None, words: str | None, area: str | None) -> Told:
    """Return what was written; raises Invalid with every problem, also for words that tell who it is about."""
    problems = []
    if theme not in set(Theme):
        problems.append(
            FieldProblem("theme", f"Choose what stood in the way: {', '.join(Theme)}.", "code-invalid")
        )
    problems += words_problems("words", words, LONGEST_WORDS, "Say what stood in the way.")
    district = None
    try:
        district = _district(area)
    except Invalid as fault:
        problems += fault.problems
    if problems:
        raise Invalid(problems)
    return Told(Theme(str(theme)), district, (words or "").strip())


def words_problems(field: str, words: str | None, longest: int, missing: str) -> list[FieldProblem]:
    """Return what is wrong with somebody's words: none, too many, or such as tell who a person is."""
    text = (words or "").strip()
    if not text:
        return [FieldProblem(field, missing, "required")]
    if len(text) > longest:
        return [FieldProblem(field, f"Keep it to {longest} characters.")]
    if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in text):
        return [FieldProblem(field, "The text holds characters that cannot be kept: take them out.")]
    if any(pattern.search(text) for pattern in _TELLS_WHO):
        sentence = "Take out numbers, e-mail addresses and whole postcodes: they can tell who it is about."
        return [FieldProblem(field, sentence, "business-rule")]
    return []


def count(found: Iterable[Blockage], key: Callable[[Blockage], str | None]) -> dict[str, int]:
    """Return how many there are of each kind, most first; "" is not told."""
    counted = Counter(key(each) or "" for each in found)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True, slots=True)
class Pattern:
    """What came up more than once: one group that writes often and many that write once are two things."""

    theme: Theme
    area: str  # a postcode district, empty where none was told
    times: int
    organisations: int


def patterns(found: Sequence[Blockage]) -> list[Pattern]:
    """Return what was written more than once, most first, and what most organisations wrote."""
    written: dict[tuple[Theme, str], list[UUID]] = {}
    for each in found:
        written.setdefault((each.theme, each.area or ""), []).append(each.organisation_id)
    often = [Pattern(*about, len(by), len(set(by))) for about, by in written.items() if len(by) > 1]
    return sorted(often, key=lambda one: (-one.times, -one.organisations, one.theme, one.area))


def is_same(one: Told, other: Told) -> bool:
    """Tell whether two reports say the same: a form that was sent twice, however it was wrapped."""
    return _compared(one) == _compared(other)


def _compared(told: Told) -> tuple[Theme, str | None, str]:
    return told.theme, told.area, " ".join(told.words.casefold().split())


def _district(area: str | None) -> str | None:
    if area is None or not area.strip():
        return None
    sentence = "Write the first half of a postcode, such as E8, or leave it empty."
    try:
        code = read_area(area)
    except Invalid:
        raise Invalid([FieldProblem("area", sentence)]) from None
    if ":" in code:
        raise Invalid([FieldProblem("area", sentence)])
    return code
