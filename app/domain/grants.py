"""A funder's grant to an organisation, as it writes it down for itself: an evaluation can be told for it alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.domain.errors import FieldProblem

LONGEST_NAME: Final = 120  # characters
LONGEST_REFERENCE: Final = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """Who gives, for what, from when to when (`ends_on` None: no end is set), for which services (none: for all)."""

    funder: str
    title: str
    starts_on: date
    ends_on: date | None = None
    reference: str = ""
    service_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptGrant:
    """A grant as it is kept; `ended_at`: when it was put away."""

    id: UUID
    grant: Grant
    ended_at: datetime | None = None


def grant_problems(grant: Grant, services: Collection[UUID]) -> list[FieldProblem]:
    """Return what is wrong with a grant; `services` are the organisation's own."""
    problems = []
    for name, words, longest in (
        ("funder", grant.funder, LONGEST_NAME),
        ("title", grant.title, LONGEST_NAME),
        ("reference", grant.reference, LONGEST_REFERENCE),
    ):
        if len(words) > longest:
            problems.append(FieldProblem(name, f"Keep this to {longest} characters.", "too-long"))
        elif not words.strip() and name != "reference":
            sentence = "Enter who gives the grant." if name == "funder" else "Enter what you call the grant."
            problems.append(FieldProblem(name, sentence, "required"))
    if grant.ends_on and grant.ends_on < grant.starts_on:
        problems.append(
            FieldProblem(
                "ends_on", "The last day must not be before the first. Leave it empty if none is set."
            )
        )
    if set(grant.service_ids) - set(services):
        problems.append(FieldProblem("services", "Choose from your own services.", "code-invalid"))
    return problems
