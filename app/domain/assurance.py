"""What an organisation has shown, once, of how it keeps people safe; and the tier that follows from it today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.directory_words import ASSURANCE_KIND_WORDS, AssuranceKind, AssuranceTier
from app.domain.errors import FieldProblem, Invalid

# tier -> what must be valid for it; in proportion to risk, so that a tea table can stand at the first
TIERS: dict[AssuranceTier, frozenset[AssuranceKind]] = {
    AssuranceTier.ENHANCED: frozenset(AssuranceKind),
    AssuranceTier.STANDARD: frozenset(
        {AssuranceKind.SAFEGUARDING, AssuranceKind.INSURANCE, AssuranceKind.DATA_PROTECTION}
    ),
    AssuranceTier.BASIC: frozenset({AssuranceKind.SAFEGUARDING}),
    AssuranceTier.NONE: frozenset(),
}
TIER_WORDS: dict[AssuranceTier, str] = {
    AssuranceTier.NONE: "Nothing has been checked yet",
    AssuranceTier.BASIC: "Safeguarding is checked",
    AssuranceTier.STANDARD: "Safeguarding, insurance and data protection are checked",
    AssuranceTier.ENHANCED: "Everything is checked, DBS and health and safety too",
}
EXPIRES_SOON_DAYS = 42


@dataclass(frozen=True, slots=True)
class Assurance:
    """One thing that was shown: `valid_until` None has no end; `checked_by` names who looked at it."""

    organisation_id: UUID
    kind: AssuranceKind
    valid_from: date
    valid_until: date | None
    checked_on: date
    checked_by: str

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise Invalid([FieldProblem("valid_until", "It must not end before it begins.")])

    def is_valid(self, today: date) -> bool:
        """True on the days from the first to the last, both included."""
        return self.valid_from <= today and (self.valid_until is None or today <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody writes down of an assurance; `seen_on` None is today."""

    kind: AssuranceKind
    since: date
    until: date | None = None
    seen_on: date | None = None


def tier(items: Iterable[Assurance], today: date) -> AssuranceTier:
    """Return the highest tier whose every part is valid today."""
    valid = {item.kind for item in items if item.is_valid(today)}
    return next(tier for tier, needed in TIERS.items() if needed <= valid)


def missing_for(wanted: AssuranceTier, items: Iterable[Assurance], today: date) -> tuple[AssuranceKind, ...]:
    """Return what an organisation still has to show for a tier, in the order of the list."""
    valid = {item.kind for item in items if item.is_valid(today)}
    return tuple(kind for kind in AssuranceKind if kind in TIERS[wanted] - valid)


def sentences(items: Iterable[Assurance], today: date) -> tuple[str, ...]:
    """Return the tier in words, then what has ended and what ends within EXPIRES_SOON_DAYS, by kind."""
    known = tuple(items)
    valid = {item.kind for item in known if item.is_valid(today)}
    told = [TIER_WORDS[tier(known, today)]]
    for kind in AssuranceKind:
        ends = [item.valid_until for item in known if item.kind is kind and item.valid_from <= today]
        if not ends or None in ends:
            continue
        last = max(end for end in ends if end is not None)
        words = f"{ASSURANCE_KIND_WORDS[kind][0].upper()}{ASSURANCE_KIND_WORDS[kind][1:]}"
        if kind not in valid:
            told.append(f"{words}: ended on {last.day} {last:%B %Y}")
        elif (last - today).days <= EXPIRES_SOON_DAYS:
            told.append(f"{words}: ends on {last.day} {last:%B %Y}")
    return tuple(told)
