"""How a referral is shown to its link worker: flags first, groups by what is due, buttons from the lifecycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.lifecycle import ANSWER_RUNS_OUT, OPEN_PLACEMENT, Action, FeedbackStatus, ReferralStatus
from app.domain.referral import Feedback
from app.services.caring.contacts import ContactLog
from app.services.helping.waiting_seen import Waiter
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
    said_no: bool = False  # to a service being told about them: nobody can be asked


@dataclass(frozen=True, slots=True)
class Waits:
    """What else is open on the page, beside the referral itself."""

    log: ContactLog
    on_lists: Sequence[Waiter]
    today: date


_NEXT = {
    ReferralStatus.RECEIVED: "Take this referral on, then call the person.",
    ReferralStatus.IN_TRIAGE: "Check the needs, then choose who to ask for help.",
    ReferralStatus.ACTIVE: "Nothing for you now: it is the provider's turn. You will see it here if they say no.",
    ReferralStatus.WAITING: "The person is on a waiting list. Keep in touch with them.",
    ReferralStatus.WITHDRAWN: "Nothing more: this referral was withdrawn.",
    ReferralStatus.ENTERED_IN_ERROR: "Nothing more: it was sent by mistake.",
}
# How a line begins that asks nothing of the team.
_NOTHING_NOW, _NOTHING_MORE = "Nothing for you now", "Nothing more"
_SAID_NO = (
    "The person said no to a service being told about them, so nobody can be asked. If they change their mind, write "
    "down that they agree. If they do not want help, end this referral with the reason."
)
_CAREFULLY = "Take this referral on. Read what must be known first, and keep to what it says about contact."


def of(found: ReferralDetail, waits: Waits) -> Shown:
    """Return what the page shows beside the facts."""
    said_no = Action.OFFER in found.actions and found.consent_to_share is False
    can = frozenset(action.value for action in found.actions if not (said_no and action is Action.OFFER))
    open_placements = any(placement.status in OPEN_PLACEMENT for placement in found.placements)
    told = sorted([*found.on_the_way, *found.feedback], key=lambda news: news.number)
    newest = told[-1] if told else None
    return Shown(
        flags=flags_of(found),
        next_step=_line(_next_step(found), _open_now(found, waits)),
        can=can,
        failed=newest if newest and newest.status == FeedbackStatus.FAILED else None,
        could_help_nobody=Action.OFFER in found.actions and not open_placements,
        said_no=said_no,
    )


def _line(step: str, waiting: Sequence[str]) -> str:
    """Return what is open before what the state asks; a state that asks nothing is not told while something is open."""
    if waiting and step.startswith(_NOTHING_NOW):
        return " ".join(waiting)
    if waiting and step.startswith(_NOTHING_MORE):
        step = f"Otherwise {step[0].lower()}{step[1:]}"
    return " ".join([*waiting, step])


def _open_now(found: ReferralDetail, waits: Waits) -> list[str]:
    """Return what waits for the team: its tasks, then what was tried in vain, then what is late."""
    log, count, look_on = waits.log, len(found.tasks), found.referral.next_action_on
    things = "is 1 thing" if count == 1 else f"are {count} things"
    silent = any(p.status in ANSWER_RUNS_OUT and p.respond_by < waits.today for p in found.placements)
    told = {
        f"There {things} to do for you: see “To do” below.": count > 0,
        f"No answer, {log.attempts.in_a_row} times in a row: choose another way below.": (
            log.propose_letter or log.propose_news or log.propose_call
        ),
        "The next look is overdue: look at it now.": look_on is not None and look_on < waits.today,
        "A provider has not answered in time: ring the service.": silent,
        "Nobody was in touch for too long while they wait: see “Providers”.": any(
            each.is_overdue for each in waits.on_lists
        ),
    }
    return [words for words, holds in told.items() if holds]


def _next_step(found: ReferralDetail) -> str:
    status = ReferralStatus(found.referral.status)
    if status is ReferralStatus.RECEIVED and found.take_care:
        return _CAREFULLY
    if status is ReferralStatus.IN_TRIAGE and found.consent_to_share is False:
        return _SAID_NO
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
