"""Milestones: what somebody did, got or came to feel, by a light list in groups; several for one referral."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.errors import FieldProblem
from app.domain.wording import worded

LONGEST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Milestone:
    """One line of the list: `words` for staff, `own` for the person; a retired one is read and not offered."""

    code: str
    words: str
    own: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Milestones that stand together on a page."""

    code: str
    title: str
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class MilestoneList:
    """The whole list, in its order."""

    groups: tuple[Group, ...]

    @property
    def by_code(self) -> Mapping[str, Milestone]:
        """Every milestone by its code, retired ones too."""
        return {each.code: each for group in self.groups for each in group.milestones}

    @property
    def all_words(self) -> Mapping[str, str]:
        """What staff read, by code."""
        return {code: each.words for code, each in self.by_code.items()}

    def words(self, code: str) -> str:
        """Return what staff read for a code; the code itself where its line is gone."""
        found = self.by_code.get(code)
        return found.words if found else code

    def own(self, code: str) -> str:
        """Return what the person reads for a code."""
        found = self.by_code.get(code)
        return found.own if found else code

    def problems(
        self, codes: Sequence[str], happened_on: date, words: str, *, today: date
    ) -> list[FieldProblem]:
        """Return what is wrong with milestones that somebody wants to write down."""
        found = []
        if not codes:
            found.append(FieldProblem("codes", "Tick at least one milestone.", "required"))
        known = self.by_code
        if any(code not in known or known[code].retired for code in codes):
            found.append(FieldProblem("codes", "Choose milestones from the list.", "code-invalid"))
        if happened_on > today:
            found.append(FieldProblem("happened_on", "Give a day that is not in the future."))
        if len(words) > LONGEST_WORDS or "\x00" in words:
            found.append(
                FieldProblem("words", worded("Keep the words under %(most)s characters.", most=LONGEST_WORDS))
            )
        return found
