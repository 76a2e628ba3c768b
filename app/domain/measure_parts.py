"""What a measure is made of: questions and answers, ranges, totals, bands and codes, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Scoring(StrEnum):
    """How a total comes out of the items; a missing item gives none."""

    SUM = "sum"
    TABLE = "table"  # the sum, looked up in the table that its authors publish
    PROFILE = (
        "profile"  # the answers in a row, as 11231, looked up in a value set; without one there is no score
    )


class About(StrEnum):
    """What a measure is about: every outcome can hold health and isolation (and what the person wanted)."""

    HEALTH = "health"
    ISOLATION = "isolation"
    GOAL = "goal"
    EXPERIENCE = "experience"
    OTHER = "other"


class Audience(StrEnum):
    """Who may see the single answers of a measure; a total is seen by whoever sees the referral's outcome."""

    EVERYBODY = "everybody"  # whoever may see the referral's outcome
    LINK_WORKER = "link-worker"  # the team and the person alone: a provider sees that it was taken


@dataclass(frozen=True, slots=True)
class Coding:
    """A code in a published system, or in our own where none is confirmed."""

    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that may be ticked, and its number."""

    value: int
    words: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its range; `higher_is_better` False turns the sense of a change round.

    `wording` None: its words belong to a licence and stand in a pack of the installation's own. `own_words`: the person
    writes what it is about. `alerts_above`: an answer above this is told to a person at once. `is_category`: its
    numbers are places in a list and are never averaged; they are counted, and told better or worse by their order.
    """

    code: str
    wording: str | None
    low: int
    high: int
    higher_is_better: bool = True
    answers: tuple[Answer, ...] = ()
    codings: tuple[Coding, ...] = ()
    own_words: bool = False
    optional: bool = False
    alerts_above: int | None = None
    change_that_matters: float | None = None
    bands: tuple[Band, ...] = ()
    is_category: bool = False

    def words_of(self, value: float) -> str:
        """Return the words of an answer, its number where it has none."""
        return next((answer.words for answer in self.answers if answer.value == value), f"{value:g}")


@dataclass(frozen=True, slots=True)
class Band:
    """A range of a score and what its authors call it; both ends belong to it."""

    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Total:
    """A score made of items; `table` maps the sum, or the answers in a row, to the score where there is one."""

    code: str
    name: str
    scoring: Scoring
    low: float
    high: float
    items: tuple[str, ...]
    higher_is_better: bool = True
    table: Mapping[int, float] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    change_that_matters: float | None = None
    codings: tuple[Coding, ...] = ()
