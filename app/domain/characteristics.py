"""What people may say of themselves: questions with answers, several at once where they may be true, all optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.errors import FieldProblem
from app.domain.wording import worded

PREFER_NOT: Final = "prefer-not"
PREFER_NOT_WORDS: Final = worded("Prefer not to say")
LONGEST: Final = 200  # characters of somebody's own words
WHY_ASKED: Final = worded(
    "You need not answer any of this, and help does not depend on it. We ask so that groups can see whom they reach "
    "and whom they miss. It is counted without names, and small numbers are never shown. Your link worker's team can "
    "read it; your GP and the groups that help you cannot. You can change it or take it back at any time."
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `source` says where its wording comes from."""

    code: str
    title: str
    words: str
    source: str
    answers: Mapping[str, str]
    several: bool = False

    @property
    def choices(self) -> Mapping[str, str]:
        """The answers by code, "prefer not to say" among them."""
        return {**self.answers, PREFER_NOT: PREFER_NOT_WORDS}

    @property
    def or_none(self) -> Mapping[str, str]:
        """The same with an empty answer first: what was ticked by mistake can be unticked."""
        return {"": worded("No answer"), **self.choices}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said to one question: codes of its answers and words of their own; nothing at all: taken back."""

    codes: tuple[str, ...] = ()
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not self.codes and not self.words


@dataclass(frozen=True, slots=True)
class Kept:
    """The same as it is kept; `said_by` is person or link-worker."""

    question: str
    said: Said
    said_by: str
    recorded_at: datetime


def problems_of(questions: Sequence[Question], told: Mapping[str, Said]) -> list[FieldProblem]:
    """Return what is wrong with answers, each with its question's code as the field."""
    known = {question.code: question for question in questions}
    return [
        FieldProblem(code, sentence)
        for code, said in told.items()
        if (sentence := _wrong(known.get(code), said)) is not None
    ]


def _wrong(question: Question | None, said: Said) -> str | None:
    if question is None or any(code not in question.choices for code in said.codes):
        return "Choose from the list, or leave it empty."
    if len(said.codes) > 1 and not question.several:
        return "Choose one answer."
    if PREFER_NOT in said.codes and (len(said.codes) > 1 or said.words):
        return "Choose an answer, or that you prefer not to say: not both."
    if len(said.words) > LONGEST:
        return f"Own words: use {LONGEST} characters at most."
    return None
