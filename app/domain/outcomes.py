"""A measure as somebody answered it: when, by whom, in which way, or why not. What measures are: measures.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.wording import worded_all


class Phase(StrEnum):
    """When a measure was taken."""

    BEFORE = "before"
    AFTER = "after"
    FOLLOW_UP = "follow-up"  # months after the help had ended


# The two that a form at the end of help asks for, and that a dataset and a letter compare.
ENDS = (Phase.BEFORE, Phase.AFTER)

# Beside a questionnaire's own words, under this code: who answered for the person.
ANSWERED_BY: Final = "answered-by"

# Why a questionnaire was left out: never a reason to hold up care.
SKIP_REASONS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "declined": "The person would rather not answer",
            "too-unwell": "The person was too unwell",
            "distressing": "It would have upset the person",
            "language": "It was not there in the person's language",
            "no-time": "There was no time",
            "not-fitting": "The questions do not fit the person",
            "could-not-reach": "The person could not be reached",
            "other": "Another reason",
        }
    )
)

# Who gave or wrote down the answers.
SAID_BY: Mapping[str, str] = MappingProxyType(
    {
        "link-worker": "The link worker",
        "provider": "The group that helped",
        "person": "The person",
        "proxy": "Somebody for the person",
    }
)

# On which way the answers came.
WAYS: Mapping[str, str] = MappingProxyType(
    {
        "page": "On this site",
        "link": "Through the person's own link",
        "paper": "On paper",
        "phone": "By telephone",
        "import": "From another system",
    }
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A measure as somebody answered it; an item may be missing.

    `version` is the measure's; empty on its way in: the newest that is known here. `months` after the end of help, of
    a follow-up. `said_by`, `way` and `skipped` are codes of the lists above; with `skipped` there are no answers.
    `words`: what somebody wrote to an item of their own words or to a narrative question, by its code: sealed with the
    person's key where it is kept, and never in the dataset. `totals` stand instead of the answers for who may see the
    scores of a measure and not its single answers.
    """

    measure: str
    phase: Phase
    answers: Mapping[str, int]
    taken_on: date
    version: str = "1"
    months: int | None = None
    said_by: str = "provider"
    way: str = "page"
    skipped: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    placement_id: UUID | None = field(default=None, compare=False)  # whose help it was told beside
