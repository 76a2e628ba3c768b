"""Money follows the person: what a payer pays for, which is engagement and never how it ended or what was scored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.errors import FieldProblem

LARGEST = 10_000_000  # pence
MOST_SESSIONS = 52


class Engagement(StrEnum):
    """All that a payment can be for."""

    ACCEPTED = "accepted"
    FIRST_SESSION = "first-session"
    SESSIONS = "sessions"


ENGAGEMENT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Engagement.ACCEPTED: "The provider said yes",
        Engagement.FIRST_SESSION: "The person came for the first time",
        Engagement.SESSIONS: "The person came so many times",
    }
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payer pays for each person at a service; amounts in pence, `overheads` beside the amount."""

    service_id: UUID
    payer_id: UUID
    amount: int
    overheads: int
    engagement: str
    sessions: int | None  # how many, where the engagement is "sessions"
    starts_on: date  # engagement from this day on


@dataclass(frozen=True, slots=True)
class Engaged:
    """What was recorded of one placement: the day of its yes, and the days on which the person came."""

    accepted_on: date | None
    came_on: Collection[date] = ()


def due_on(terms: Terms, engaged: Engaged) -> date | None:
    """Return the day on which the engagement was reached, None when it was not, or before the terms began."""
    days = sorted(set(engaged.came_on))
    needed = terms.sessions or 1
    if terms.engagement == Engagement.ACCEPTED:
        reached = engaged.accepted_on
    else:
        reached = days[needed - 1] if len(days) >= needed else None
    return reached if reached is not None and reached >= terms.starts_on else None


def terms_problems(told: Terms) -> list[FieldProblem]:
    """Return everything that is wrong with terms; an outcome or a score is no engagement and is refused as unknown."""
    problems = []
    if told.engagement not in set(Engagement):
        sentence = f"Choose what is paid for: {', '.join(Engagement)}. Nothing is paid on outcomes or scores."
        problems.append(FieldProblem("engagement", sentence, "code-invalid"))
    if not 0 < told.amount <= LARGEST:
        problems.append(
            FieldProblem("amount", "Enter the amount in pounds, more than nothing, for example 120.50.")
        )
    if not 0 <= told.overheads <= LARGEST:
        problems.append(FieldProblem("overheads", "Enter the overheads in pounds, 0 for none."))
    counted = told.engagement == Engagement.SESSIONS
    if counted and not (told.sessions and 2 <= told.sessions <= MOST_SESSIONS):
        problems.append(FieldProblem("sessions", f"Say how many times, from 2 to {MOST_SESSIONS}."))
    if not counted and told.sessions is not None:
        problems.append(FieldProblem("sessions", "Leave the number empty unless so many times are paid for."))
    return problems
