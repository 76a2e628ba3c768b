"""What a person can say of their own record, and how it can be answered: nothing is ever changed without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.wording import worded_all

LONGEST: Final = 2000  # characters
MOST_OPEN: Final = 20  # of one person, before somebody has answered any

ABOUT: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "me": "My name, address or other facts about me",
            "plan": "My plan",
            "goal": "What I wanted",
            "answers": "My answers to questions",
            "happened": "What happened, or who helped",
            "told": "What was told about me",
            "other": "Something else",
        }
    )
)
KINDS: Mapping[str, str] = MappingProxyType(
    worded_all({"not-right": "Something is not right", "comment": "I want to add something"})
)
SETTLED: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "corrected": "We have put what is right beside what was written.",
            "kept": "We have kept what was written. Your words stay beside it.",
            "noted": "Thank you. We have read it, and it stays here.",
        }
    )
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said: which part it is about, whether that is wrong, and in which words."""

    about: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class PersonComment:
    """A person's words with the team's answer; `settled` None while nobody has answered."""

    id: UUID
    referral_id: UUID
    said: Said
    made_at: datetime
    answer: str = ""
    settled: str | None = None
    answered_at: datetime | None = None
    by_carer: bool = False  # somebody whom the person lets look for them wrote it

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.settled is None
