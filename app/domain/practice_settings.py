"""How a practice hears back: the ways that its mailbox or endpoint can take, none of which is silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.referral import Organisation
from app.domain.vocabulary import FeedbackFormat, ProgressMessages

# code -> what is sent, and whether news on the way is sent too
WAYS: Final[dict[str, tuple[FeedbackFormat, ProgressMessages]]] = {
    "messages": (FeedbackFormat.BARS, ProgressMessages.ALL),
    "outcome-message": (FeedbackFormat.BARS, ProgressMessages.OUTCOME_ONLY),
    "document": (FeedbackFormat.SEND_DOCUMENT, ProgressMessages.OUTCOME_ONLY),
    "letter": (FeedbackFormat.LETTER, ProgressMessages.OUTCOME_ONLY),
}
WAY_WORDS: Final[dict[str, str]] = {
    "messages": "A message for each step: accepted, begun, declined, and the outcome",
    "outcome-message": "One message with the outcome",
    "document": "The outcome as a document in your workflow (GP Connect Send Document)",
    "letter": "The outcome as a one-page letter (PDF) in your MESH mailbox",
}
_OF_TRANSPORT: Final[dict[str, tuple[str, ...]]] = {
    "mesh": tuple(WAYS),
    "fhir": ("messages", "outcome-message"),
}


@dataclass(frozen=True, slots=True)
class SummarySetting:
    """The monthly summary of a practice: whether, to which address, whether somebody there said yes to it."""

    is_on: bool = True
    to: str | None = None
    is_confirmed: bool = False
    told_month: date | None = None


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """What a summary tells: how many referrals moved or wait, and how many wait for the practice to file."""

    total: int
    waiting: int


def ways_of(practice: Organisation) -> Sequence[str]:
    """Return the ways that a practice can choose between; none where nothing is set up that could carry them."""
    return _OF_TRANSPORT.get(practice.feedback_transport or "", ())


def way_of(practice: Organisation) -> str | None:
    """Return the way that holds now, None where outcomes stand on the page only."""
    if practice.feedback_transport is None:
        return None
    told = (practice.feedback_format, practice.progress_messages)
    return next((code for code, way in WAYS.items() if way == told), None)


def months_around(today: date) -> tuple[date, date]:
    """Return the first days of the last month and of this one."""
    this = today.replace(day=1)
    last = date(this.year - 1, 12, 1) if this.month == 1 else this.replace(month=this.month - 1)
    return last, this
