"""What must be true of every referral at every moment, in words, and how a breach of it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

GRACE = timedelta(
    minutes=15
)  # what the sweep needs at most, when it runs, to settle what has just become due
LATE_MESSAGE = timedelta(hours=1)


class Invariant(StrEnum):
    """One thing that is proved; its code stands in the records and in the metric."""

    NO_OWNER = "no-owner"
    TEAM_EMPTY = "team-empty"
    NO_NEXT_ACTION = "no-next-action"
    PAST_EXPIRY = "past-expiry"
    NOTHING_GOING_ON = "nothing-going-on"
    OVERDUE_UNSEEN = "overdue-unseen"
    PARKED_UNSEEN = "parked-unseen"
    MESSAGE_UNANSWERED = "message-unanswered"
    OUTBOX_LATE = "outbox-late"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a breach is called on the steward's page, and the button that mends it; where none can, what to do."""

    what: str
    mend: str
    by_button: bool = True


WORDINGS: Mapping[Invariant, Wording] = MappingProxyType(
    {
        Invariant.NO_OWNER: Wording(
            "An open referral belongs to nobody who works in its team", "Give it to the team's duty"
        ),
        Invariant.TEAM_EMPTY: Wording(
            "A team has open referrals and nobody who works there can sign in",
            "Add somebody: python -m app add user.",
            by_button=False,
        ),
        Invariant.NO_NEXT_ACTION: Wording(
            "An open referral has no next date", "Put it on the team's list today"
        ),
        Invariant.PAST_EXPIRY: Wording(
            "An offer is past its day and nobody else was asked", "End it and ask the next one"
        ),
        Invariant.NOTHING_GOING_ON: Wording(
            "A referral waits for a provider, but none has it and nobody has a task",
            "Give it back to the link worker",
        ),
        Invariant.OVERDUE_UNSEEN: Wording("Something is overdue and nobody was told", "Tell them now"),
        Invariant.PARKED_UNSEEN: Wording(
            "A message waits for the steward and is on no list", "Put it on the list"
        ),
        Invariant.MESSAGE_UNANSWERED: Wording(
            "A message was taken to be answered later and has no answer", "Answer it now"
        ),
        Invariant.OUTBOX_LATE: Wording(
            "A message to a practice should have gone: is the worker running?", "Wake the worker"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that is not as it must be: `subject_id` is a referral's, placement's or message's id."""

    invariant: Invariant
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class Run:
    """One proof: when, how many things were looked at, and what was found wrong."""

    ran_at: datetime
    checked: int
    breaches: tuple[Breach, ...]
