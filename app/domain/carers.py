"""Somebody whom a person lets look at their own page for them: who they are to them, and what stays the person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.errors import FieldProblem

LONGEST_NAME: Final = 100  # characters
LONGEST_RELATION: Final = 60


@dataclass(frozen=True, slots=True)
class Carer:
    """A named carer, what they are to the person ("daughter"), and the day on which the person agreed."""

    name: str
    relation: str
    agreed_on: date


def problems(carer: Carer, *, today: date) -> list[FieldProblem]:
    """Return what is wrong with a carer as typed, by field."""
    found = []
    if not carer.name.strip():
        found.append(FieldProblem("carer_name", "Write the name of the carer.", "required"))
    elif len(carer.name) > LONGEST_NAME:
        found.append(FieldProblem("carer_name", f"Keep the name to {LONGEST_NAME} characters."))
    if not carer.relation.strip():
        found.append(FieldProblem("carer_relation", "Write what they are to the person.", "required"))
    elif len(carer.relation) > LONGEST_RELATION:
        found.append(FieldProblem("carer_relation", f"Keep it to {LONGEST_RELATION} characters."))
    if carer.agreed_on > today:
        found.append(FieldProblem("agreed_day", "Give a day that is not in the future."))
    return found
