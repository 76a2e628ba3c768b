"""How a referral is shown to its link worker: flags first, groups by what is due, buttons from the lifecycle."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.lifecycle import OPEN_PLACEMENT, Action, FeedbackStatus, ReferralStatus
from app.domain.referral import Feedback
from app.services.shown.seen import Heading, ReferralDetail
from app.web.frame.words import PRIORITY_WORDS


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page derives from a referral."""

    flags: tuple[str, ...]
    next_step: str
    can: frozenset[str]  # buttons, by action
    failed: Feedback | None
    could_help_nobody: bool


_NEXT = {
    ReferralStatus.RECEIVED: "Take this referral on, then call the person.",
    ReferralStatus.IN_TRIAGE: "Check the needs, then choose who to ask for help.",
    ReferralStatus.ACTIVE: "Nothing for you now: it is the provider's turn. You will see it here if they say no.",
    ReferralStatus.WAITING: "The person is on a waiting list. Keep in touch with them.",
    ReferralStatus.WITHDRAWN: "Nothing more: this referral was withdrawn.",
    ReferralStatus.ENTERED_IN_ERROR: "Nothing more: it was sent by mistake.",
}
_CAREFULLY = "Take this referral on. Read what must be known first, and keep to what it says about contact."


def of(found: ReferralDetail) -> Shown:
    """Return what the page shows beside the facts."""
    open_placements = any(placement.status in OPEN_PLACEMENT for placement in found.placements)
    told = sorted([*found.on_the_way, *found.feedback], key=lambda news: news.number)
    newest = told[-1] if told else None
    return Shown(
        flags=flags_of(found),
        next_step=_next_step(found),
        can=frozenset(action.value for action in found.actions),
        failed=newest if newest and newest.status == FeedbackStatus.FAILED else None,
        could_help_nobody=Action.OFFER in found.actions and not open_placements,
    )


def _next_step(found: ReferralDetail) -> str:
    status = ReferralStatus(found.referral.status)
    if status is ReferralStatus.RECEIVED and found.take_care:
        return _CAREFULLY
    return found.hearing.next_step(status) or _NEXT[status]


def flags_of(found: ReferralDetail | Heading) -> tuple[str, ...]:
    """Return what somebody must know before they do anything, worst first."""
    person, referral = found.person, found.referral
    told = {
        "Safeguarding": referral.safeguarding,
        PRIORITY_WORDS.get(referral.priority, ""): referral.priority in PRIORITY_WORDS,
        "Restricted: keep the address secret": person.restricted,
        "Identity not confirmed": not person.identity_confirmed,
        "Recorded as having died": person.deceased,
        "Does not agree to sharing": found.consent_to_share is False,
    }
    return tuple(words for words, holds in told.items() if holds)
