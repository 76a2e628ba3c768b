"""The sentences of a person's own page: how a service stands, what comes next, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.vocabulary import OutcomeState

# How a service stands, said to the person whom it was asked to help.
HELP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        PlacementStatus.OFFERED: "We have asked them. They have not said yes or no yet.",
        PlacementStatus.OPENED: "We have asked them. They have not said yes or no yet.",
        PlacementStatus.INFORMATION_REQUESTED: "They asked us something before they say yes or no.",
        PlacementStatus.ACCEPTED: "They said yes.",
        PlacementStatus.WAITLISTED: "You are on their waiting list.",
        PlacementStatus.STARTED: "They are helping you now.",
        PlacementStatus.PAUSED: "Their help has paused.",
        PlacementStatus.COMPLETED: "They helped you, and this has ended.",
        PlacementStatus.ENDED_EARLY: "This ended sooner than planned.",
        PlacementStatus.DECLINED: "They could not take this on.",
        PlacementStatus.EXPIRED: "They did not answer in time.",
        PlacementStatus.WITHDRAWN: "We took our question to them back.",
    }
)
NEXT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        ReferralStatus.RECEIVED: "A link worker reads your referral by {day} and gets in touch with you.",
        ReferralStatus.IN_TRIAGE: "Your link worker looks for help that fits you, and looks at it again by {day}.",
        ReferralStatus.ACTIVE: "A group has been asked, or helps you now. Your link worker looks at it by {day}.",
        ReferralStatus.WAITING: "You are on a waiting list. Your link worker looks at it again by {day}.",
        ReferralStatus.COMPLETED: "This has ended. You can ask us for help again at any time.",
        ReferralStatus.ENDED_EARLY: "This has ended. You can ask us for help again at any time.",
        ReferralStatus.CLOSED: "This has ended. You can ask us for help again at any time.",
        ReferralStatus.WITHDRAWN: "This was taken back. You can ask us for help again at any time.",
        ReferralStatus.ENTERED_IN_ERROR: "This was sent to us by mistake. You need not do anything.",
    }
)
# The same where that day has passed: a day gone by is never told as one to come.
LATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        ReferralStatus.RECEIVED: "A link worker was to read your referral by {day}. We are late, and it still waits.",
        ReferralStatus.IN_TRIAGE: "Your link worker looks for help that fits you. They were to look at it by {day}.",
        ReferralStatus.ACTIVE: "A group has been asked, or helps you now. Your link worker was to look by {day}.",
        ReferralStatus.WAITING: "You are on a waiting list. Your link worker was to look at it again by {day}.",
    }
)
LATE: Final = "That day has passed. You can ring us at any time and ask."
STATE_WORDS: Mapping[OutcomeState, str] = MappingProxyType(
    {
        OutcomeState.BETTER: "Things are better for you.",
        OutcomeState.NO_CHANGE: "Things have not changed for you.",
        OutcomeState.WORSE: "Things are harder for you now.",
        OutcomeState.DID_NOT_ENGAGE: "You did not take part, or stopped.",
        OutcomeState.COULD_NOT_REACH: "We could not reach you to ask.",
        OutcomeState.NOT_ASKED: "Nobody asked you.",
        OutcomeState.NOT_KNOWN: "We do not know how things are for you.",
    }
)


def next_words(status: str, day: str, *, is_late: bool = False) -> str:
    """Say what comes next for a referral; `day` in words, `is_late` where it has passed."""
    if is_late and status in LATE_WORDS:
        return f"{LATE_WORDS[status].format(day=day)} {LATE}"
    return NEXT_WORDS[status].format(day=day)
