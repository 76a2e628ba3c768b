"""What a group lets its consortium or anchor organisation do for it: words, dates and whose word it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.errors import FieldProblem

LONGEST_NAME = 120  # characters


class Agreed(StrEnum):
    """What an anchor may do for a member; each is agreed by itself, and answering needs seeing."""

    SEE = "see"
    RECORD = "record"
    DIRECTORY = "directory"


class AgreedHow(StrEnum):
    """How the member gave its word."""

    PHONE = "phone"
    MEETING = "meeting"
    LETTER = "letter"
    EMAIL = "email"


AGREED_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Agreed.SEE: "See their offers and the people they help",
        Agreed.RECORD: "See, answer and record for them",
        Agreed.DIRECTORY: "Keep their entry in the directory",
    }
)
AGREED_HOW_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        AgreedHow.PHONE: "On the telephone",
        AgreedHow.MEETING: "At a meeting",
        AgreedHow.LETTER: "By letter",
        AgreedHow.EMAIL: "By e-mail",
    }
)
SEES_PEOPLE: Final = frozenset({Agreed.SEE, Agreed.RECORD})


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed, before it has an id: who, what, since when, by whose word, until when."""

    anchor_id: UUID
    member_id: UUID
    kinds: tuple[str, ...]
    agreed_on: date
    agreed_by: str  # who said yes for the member, as they call themselves: "the treasurer"
    agreed_how: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """An agreement as it stands."""

    id: UUID
    agreement: Agreement
    anchor_name: str
    member_name: str
    ended_at: datetime | None = None
    ended_by: str | None = None  # member, anchor or steward

    def is_running(self, today: date) -> bool:
        """Tell whether it holds today."""
        told = self.agreement
        in_time = told.agreed_on <= today and (told.until is None or today <= told.until)
        return self.ended_at is None and in_time

    def allows(self, wanted: Collection[str], today: date) -> bool:
        """Tell whether one of these things is agreed today."""
        return self.is_running(today) and not set(wanted).isdisjoint(self.agreement.kinds)


def agreement_problems(told: Agreement, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with an agreement, except who its two sides are."""
    problems = []
    if told.anchor_id == told.member_id:
        problems.append(FieldProblem("member", "An organisation needs nobody to enter for itself."))
    if not told.kinds or not set(told.kinds) <= set(Agreed):
        problems.append(FieldProblem("kinds", "Choose what they agreed to.", "required"))
    if told.agreed_how not in set(AgreedHow):
        problems.append(FieldProblem("agreed_how", "Choose how they gave their word.", "required"))
    if not 0 < len(told.agreed_by.strip()) <= LONGEST_NAME or "\x00" in told.agreed_by:
        sentence = f"Write who gave the member's word, in {LONGEST_NAME} characters or fewer."
        problems.append(FieldProblem("agreed_by", sentence, "required"))
    if told.agreed_on > today:
        problems.append(FieldProblem("agreed_on", "The day of the agreement cannot lie in the future."))
    if told.until is not None and told.until < max(told.agreed_on, today):
        problems.append(
            FieldProblem("until", "Its last day cannot lie in the past. Leave it empty for no end.")
        )
    return problems
