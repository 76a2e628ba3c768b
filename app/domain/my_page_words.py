"""The sentences of a person's own page: how a service stands, what comes next, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.vocabulary import OutcomeState
from app.domain.wording import in_a_row, worded, worded_all

# How a service stands, said to the person whom it was asked to help.
HELP_WORDS: Mapping[str, str] = MappingProxyType(
    worded_all(
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
)
NEXT_WORDS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            ReferralStatus.RECEIVED: "A link worker reads your referral by %(day)s and gets in touch with you.",
            ReferralStatus.IN_TRIAGE: "Your link worker looks for help that fits you, and "
            "looks at it again by %(day)s.",
            ReferralStatus.ACTIVE: "A group has been asked, or helps you now. Your link worker looks at it by %(day)s.",
            ReferralStatus.WAITING: "You are on a waiting list. Your link worker looks at it again by %(day)s.",
            ReferralStatus.COMPLETED: "This has ended. You can ask us for help again at any time.",
            ReferralStatus.ENDED_EARLY: "This has ended. You can ask us for help again at any time.",
            ReferralStatus.CLOSED: "This has ended. You can ask us for help again at any time.",
            ReferralStatus.WITHDRAWN: "This was taken back. You can ask us for help again at any time.",
            ReferralStatus.ENTERED_IN_ERROR: "This was sent to us by mistake. You need not do anything.",
        }
    )
)
# The same where that day has passed: a day gone by is never told as one to come.
LATE_WORDS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            ReferralStatus.RECEIVED: "A link worker was to read your referral by %(day)s. We are late, "
            "and it still waits.",
            ReferralStatus.IN_TRIAGE: "Your link worker looks for help that fits you. They were to "
            "look at it by %(day)s.",
            ReferralStatus.ACTIVE: "A group has been asked, or helps you now. Your link worker was to look by %(day)s.",
            ReferralStatus.WAITING: "You are on a waiting list. Your link worker was to look at it again by %(day)s.",
        }
    )
)
LATE: Final = worded("That day has passed. You can ring us at any time and ask.")
STATE_WORDS: Mapping[OutcomeState, str] = MappingProxyType(
    worded_all(
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
)


def next_words(status: str, day: date | None, *, is_late: bool = False) -> str:
    """Say what comes next for a referral; `day` by when, where one is set, `is_late` where it has passed."""
    if is_late and status in LATE_WORDS:
        return in_a_row((worded(LATE_WORDS[status], day=day), LATE))
    return worded(NEXT_WORDS[status], day=day or worded("soon"))
