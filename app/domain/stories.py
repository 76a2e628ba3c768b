"""People's own stories: what they agree to, and what has to be written down before a story may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldProblem
from app.domain.wording import worded_all

LONGEST_STORY: Final = 4000  # characters
LONGEST_NAME: Final = 100


class Use(StrEnum):
    """What a person may agree to."""

    PACK = "pack"
    PUBLIC = "public"


USE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    worded_all(
        {
            Use.PACK: "In our evaluation pack, for trustees and funders",
            Use.PUBLIC: "On a website or in print, for everybody",
        }
    )
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A person's yes: who asked them, on which day, for which uses."""

    asked_by: str
    on: date
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewStory:
    """A story as it is written down; without a yes it is kept and shown nowhere."""

    words: str
    told_as: str
    agreed: Agreed | None = None


def story_problems(told: NewStory, *, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with a story and its yes."""
    problems = []
    if not told.words.strip():
        problems.append(FieldProblem("words", "Write down what the person said, in their words.", "required"))
    elif len(told.words) > LONGEST_STORY:
        problems.append(FieldProblem("words", f"Write {LONGEST_STORY} characters or fewer."))
    if not told.told_as.strip():
        sentence = "Write the name that they want to be told by. It need not be their own."
        problems.append(FieldProblem("told_as", sentence, "required"))
    elif len(told.told_as) > LONGEST_NAME:
        problems.append(FieldProblem("told_as", f"Write {LONGEST_NAME} characters or fewer."))
    return problems + (agreed_problems(told.agreed, today=today) if told.agreed else [])


def agreed_problems(agreed: Agreed, *, today: date) -> list[FieldProblem]:
    """Return everything that is missing for a yes to count; a day in the future is none."""
    problems = []
    if not agreed.asked_by.strip():
        problems.append(FieldProblem("asked_by", "Write who asked the person.", "required"))
    elif len(agreed.asked_by) > LONGEST_NAME:
        problems.append(FieldProblem("asked_by", f"Write {LONGEST_NAME} characters or fewer."))
    if agreed.on > today:
        problems.append(FieldProblem("agreed_on", "The day of the yes cannot be in the future."))
    if not agreed.uses:
        problems.append(FieldProblem("uses", "Tick what the person agreed to.", "required"))
    elif not set(agreed.uses) <= set(Use):
        problems.append(FieldProblem("uses", f"Choose from: {', '.join(Use)}.", "code-invalid"))
    return problems
