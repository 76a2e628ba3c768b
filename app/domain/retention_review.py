"""What two people decide of a record whose time is over, or whose person asks for its erasure; and what stops both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.follow_up import add_months

ASKED: Final = "asked"  # in place of a rule: the person asks that their record is erased
LONGEST_WORDS: Final = 500
SHORTEST_WORDS: Final = 10
MOST_YEARS: Final = 20  # then somebody looks again, in whatever way it was decided


class ReviewStatus(StrEnum):
    """How far a review is; the last three end it."""

    DUE = "due"
    PROPOSED = "proposed"
    ERASED = "erased"
    KEPT = "kept"
    DROPPED = "dropped"


class Verdict(StrEnum):
    """What becomes of the record."""

    ERASE = "erase"
    KEEP = "keep"


class DroppedWhy(StrEnum):
    """Why a review ended without a decision."""

    HELD = "held"
    HELP_AGAIN = "help-again"
    NOT_OVER = "not-over"


OPEN: Final = (ReviewStatus.DUE, ReviewStatus.PROPOSED)
VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Verdict.ERASE.value: "Erase the record for good",
        Verdict.KEEP.value: "Keep it longer, and look again later",
    }
)
# Of whoever asked: the law's grounds for saying no stand behind "keep", and the words say which it was.
VERDICTS_ASKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        Verdict.ERASE.value: "Erase the record for good, as the person asks",
        Verdict.KEEP.value: "Keep it: the law lets us, or tells us to",
    }
)
KEEP_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "care": "It is still needed for the person's care or safety",
        "law": "The law or the care records' rules say that it must be kept",
        "claim": "A complaint or a claim may come",
        "public-interest": "It is kept for history or research, as the law allows",
        "person-wishes": "The person wants it kept",
    }
)
HOLD_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "inquiry": "A public inquiry asks for such records",
        "claim": "A claim or a court case",
        "complaint": "A complaint that is looked into",
        "coroner": "A coroner or a safeguarding review",
        "police": "The police ask for it",
    }
)
DROPPED_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DroppedWhy.HELD.value: "Put on hold",
        DroppedWhy.HELP_AGAIN.value: "Help goes on again",
        DroppedWhy.NOT_OVER.value: "Its time is not over any more",
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the first of two wants; `until` and `reason` (of KEEP_REASONS) belong to keeping alone."""

    verdict: Verdict
    words: str = ""
    reason: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class NewHold:
    """Why a record must not be erased: `code` of HOLD_REASONS; until a day, or until somebody lifts it."""

    code: str
    words: str
    until: date | None = None


def check_proposal(proposal: Proposal, today: date, *, is_asked: bool) -> None:
    """Raise Invalid (fields "reason", "words", "until") for a proposal that two people could not answer for."""
    problems = []
    is_kept = proposal.verdict is Verdict.KEEP
    if is_kept and proposal.reason not in KEEP_REASONS:
        problems.append(FieldProblem("reason", "Choose why it is kept.", "required"))
    if (is_kept or is_asked) and len(proposal.words) < SHORTEST_WORDS:
        problems.append(FieldProblem("words", "Say in a sentence why.", "required"))
    if is_kept and proposal.until is None:
        problems.append(FieldProblem("until", "Enter the day until which it is kept.", "required"))
    if is_kept and proposal.until is not None:
        problems += _day_problems(proposal.until, today)
    if problems:
        raise Invalid(problems)


def check_hold(hold: NewHold, today: date) -> None:
    """Raise Invalid (fields "code", "words", "until") for a hold that says too little."""
    problems = []
    if hold.code not in HOLD_REASONS:
        problems.append(FieldProblem("code", "Choose why it must not be erased.", "required"))
    if len(hold.words) < SHORTEST_WORDS:
        problems.append(
            FieldProblem("words", "Say in a sentence who asked for it, and what for.", "required")
        )
    if hold.until is not None and hold.until < today:
        problems.append(FieldProblem("until", "The last day must not be in the past."))
    if problems:
        raise Invalid(problems)


def check_second(first: UUID | None, second: UUID) -> None:
    """Raise Conflict when both words are one person's."""
    if first is None or first == second:
        raise Conflict("Somebody else has to say yes: two people decide together.")


def _day_problems(until: date, today: date) -> list[FieldProblem]:
    if until <= today:
        return [FieldProblem("until", "The day must be in the future.")]
    if until > add_months(today, MOST_YEARS * 12):
        return [FieldProblem("until", f"Choose a day in the next {MOST_YEARS} years, then look again.")]
    return []
