"""When two requests are for one person: what may be worked as one, what is kept apart, and which steps both take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_REFERRAL, RULES, Action, ReferralStatus, Track, Transition


class Decision(StrEnum):
    """What a link worker decided of two open referrals that may be of one person."""

    TOGETHER = "together"
    APART = "apart"


class FoundBy(StrEnum):
    """Why two referrals are shown as one person's; a name and a birth date are a question, never an answer."""

    NUMBER = "number"
    NAME_AND_BIRTH_DATE = "name-and-birth-date"


APART_REASONS: dict[str, str] = {
    "another-person": "They are two people",
    "another-need": "The same person, for something else",
    "person-wishes": "The person wants them kept apart",
    "other": "Another reason",
}
# How a timeline tells that two were joined, and that they stand apart again.
JOINED, PARTED = "work-as-one", "stand-apart"
# What the referral that is led does for both; all else (taken back, filed, closed) is each requester's own.
SHARED_STEPS: frozenset[Action] = frozenset(
    {
        Action.START_TRIAGE,
        Action.OFFER,
        Action.RETURN_TO_TRIAGE,
        Action.WAIT,
        Action.RESUME,
        Action.COMPLETE,
        Action.END_EARLY,
        Action.REOPEN,
    }
)
# After these the one that was led is gone, and the one that followed it stands by itself.
PARTING_STEPS: frozenset[Action] = frozenset({Action.WITHDRAW, Action.ENTER_IN_ERROR})
_WAY_TO: dict[str, tuple[Action, ...]] = {
    ReferralStatus.IN_TRIAGE: (Action.START_TRIAGE,),
    ReferralStatus.ACTIVE: (Action.START_TRIAGE, Action.OFFER),
    ReferralStatus.WAITING: (Action.START_TRIAGE, Action.OFFER, Action.WAIT),
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another referral that may be of the same person, as the team that has both is shown it."""

    referral_id: UUID
    reference: str
    requester_name: str
    received_at: datetime
    status: str
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Bond:
    """What was decided of two referrals: worked together, where the first follows the second, or kept apart."""

    referral_id: UUID
    other_id: UUID
    decision: Decision
    reason: str | None  # a code of APART_REASONS
    decided_at: datetime


def steps_to(status: str, leading: str) -> tuple[Transition, ...]:
    """Return the steps that bring a referral to where the led one stands, none when it stands there.

    Raises Conflict when no way leads there: then the other of the two has come further, and should lead.
    """
    steps: list[Transition] = []
    now = status
    for action in _WAY_TO.get(leading, ()):
        rule = RULES.get((Track.REFERRAL, now, action))
        if rule is not None and rule.after != now and now != leading:
            steps.append(Transition(Track.REFERRAL, action, now, rule.after))
            now = rule.after
    if now != leading or leading not in OPEN_REFERRAL:
        raise Conflict("The other referral has not come as far as this one: open it and let this one lead.")
    return tuple(steps)


def same_step(status: str, step: Transition) -> Transition | None:
    """Return a led referral's step as the one that follows takes it from its own status; None when it does not."""
    rule = RULES.get((Track.REFERRAL, status, step.action))
    if step.action not in SHARED_STEPS or rule is None:
        return None
    return Transition(Track.REFERRAL, step.action, status, rule.after, step.reason)
