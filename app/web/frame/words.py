"""The words that people read for what the house calls by a code; a code without words here is a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from app.domain.capacity import OVERRIDE_REASONS as OVERRIDE_REASONS  # the templates read it here
from app.domain.duplicates import JOINED, PARTED
from app.domain.hearing import Hearing
from app.domain.languages import LANGUAGE_WORDS as LANGUAGE_WORDS  # other pages read it here
from app.domain.lifecycle import Action, FeedbackStatus, PlacementStatus, ReferralStatus, Track
from app.domain.referral import Step
from app.domain.routing_values import ALTHOUGH_REASONS as ALTHOUGH_REASONS  # and this
from app.domain.sources import SourceKind
from app.domain.stages import Stage
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    Access,
    NewsKind,
    Priority,
    Role,
    why,
)
from app.domain.wording import in_a_row, worded, worded_all, worded_tags
from app.store.session import LONDON
from app.web.frame import translated
from app.web.frame.task_words import DUE_TASKS as DUE_TASKS  # and this
from app.web.frame.task_words import PUT_RIGHT_TASKS as PUT_RIGHT_TASKS  # and this
from app.web.frame.task_words import TASK_GROUP_WORDS as TASK_GROUP_WORDS  # and this
from app.web.frame.task_words import TASK_WORDS as TASK_WORDS  # and this

# status -> (words, the tag's colour in the design system)
REFERRAL_WORDS: dict[str, tuple[str, str]] = {
    ReferralStatus.RECEIVED: ("New", "blue"),
    ReferralStatus.IN_TRIAGE: ("Needs a provider", "yellow"),
    ReferralStatus.ACTIVE: ("With a provider", "green"),
    ReferralStatus.WAITING: ("On a waiting list", "orange"),
    ReferralStatus.COMPLETED: ("Ended", "aqua-green"),
    ReferralStatus.ENDED_EARLY: ("Ended early", "aqua-green"),
    ReferralStatus.CLOSED: ("Closed", "grey"),
    ReferralStatus.WITHDRAWN: ("Withdrawn", "grey"),
    ReferralStatus.ENTERED_IN_ERROR: ("Sent by mistake", "grey"),
}
PLACEMENT_WORDS: dict[str, tuple[str, str]] = worded_tags(
    {
        PlacementStatus.OFFERED: ("Needs an answer", "blue"),
        PlacementStatus.OPENED: ("Read, needs an answer", "blue"),
        PlacementStatus.INFORMATION_REQUESTED: ("Question asked", "yellow"),
        PlacementStatus.ACCEPTED: ("Accepted", "green"),
        PlacementStatus.WAITLISTED: ("On the waiting list", "orange"),
        PlacementStatus.STARTED: ("Under way", "green"),
        PlacementStatus.PAUSED: ("Paused", "orange"),
        PlacementStatus.COMPLETED: ("Finished", "grey"),
        PlacementStatus.ENDED_EARLY: ("Ended early", "grey"),
        PlacementStatus.DECLINED: ("Declined", "grey"),
        PlacementStatus.EXPIRED: ("No answer in time", "red"),
        PlacementStatus.WITHDRAWN: ("Taken back", "grey"),
    }
)
FEEDBACK_WORDS: dict[str, tuple[str, str]] = {
    FeedbackStatus.COMPOSED: ("Ready to go", "yellow"),
    FeedbackStatus.SENT: ("Sent", "blue"),
    FeedbackStatus.DELIVERED: ("Arrived", "blue"),
    FeedbackStatus.ACKNOWLEDGED: ("Filed", "green"),
    FeedbackStatus.FAILED: ("Did not arrive", "red"),
    FeedbackStatus.SUPERSEDED: ("Replaced by newer news", "grey"),
}
# The same of an outcome that a person of the team tells the person who asked for themselves.
TELLING_WORDS: dict[str, tuple[str, str]] = FEEDBACK_WORDS | {
    FeedbackStatus.COMPOSED: ("Not told yet", "yellow"),
    FeedbackStatus.ACKNOWLEDGED: ("Settled", "green"),
}
NEWS_WORDS: dict[str, str] = {
    NewsKind.WAITING: "On a waiting list",
    NewsKind.ACCEPTED: "A provider said yes",
    NewsKind.IN_PROGRESS: "Help has started",
    NewsKind.DECLINED: "The referral was declined",
    NewsKind.NOT_REACHED: "The person could not be reached so far",
    NewsKind.OUTCOME: "The outcome",
}
STAGE_WORDS: dict[Stage, str] = {
    Stage.RECEIVED: "We have your referral",
    Stage.IN_TRIAGE: "A link worker took it on",
    Stage.OFFERED: "A provider was asked",
    Stage.ACCEPTED: "A provider said yes",
    Stage.STARTED: "Help has started",
    Stage.ENDED: "The referral has ended",
    Stage.TOLD: "The outcome was sent to you",
    Stage.ACKNOWLEDGED: "The outcome is in the record",
}
ACCESS_WORDS: dict[str, str] = worded_all(
    {
        Access.STEP_FREE: "Step-free access",
        Access.HOME_VISIT: "A visit at home",
        Access.SIGN_LANGUAGE: "Sign language",
        Access.HEARING_LOOP: "A hearing loop",
        Access.LARGE_PRINT: "Large print",
        Access.QUIET_SPACE: "A quiet space",
    }
)
CHANNEL_WORDS: dict[str, str] = worded_all(
    {
        "phone": "Phone call",
        "visit": "Visit at home",
        "session": "They came to us",
        "message": "Text or e-mail",
        "letter": "Letter",
    }
)
PRIORITY_WORDS: dict[str, str] = {
    Priority.URGENT: "Urgent",
    Priority.ASAP: "As soon as possible",
    Priority.STAT: "At once",
}
ROLE_WORDS: dict[str, str] = {
    Role.LINK_WORKER: "Link worker",
    Role.PROVIDER: "Provider",
    Role.PRACTICE: "GP practice",
    Role.RESIDENT: "Resident",
    Role.ANALYST: "Analyst",
    Role.STEWARD: "Steward",
}
PARKED_WORDS: dict[str, str] = {
    "unknown-practice": "It comes from an organisation that is not set up here",
    "change-of-unknown-referral": "It changes a referral that we do not have",
    "unknown-use-case": "It asks for something that its sender is not set up for",
    "answer-to-unknown-placement": "It answers an offer that we did not make",
    "unreadable-post": "It could not be read",
    "refused-post": "It was not complete or not allowed",
}
# What a message changed, as tasks name it; never its value.
CHANGED_WORDS: dict[str, str] = {
    "reason": "the reason", "needs": "the needs", "needs-kept": "the needs (yours were kept)",
    "access": "the access needs", "access-kept": "the access needs (yours were kept)", "priority": "how urgent it is",
    "do-not-contact": "do not contact", "no-telephone": "no telephone calls", "interpreter": "an interpreter",
    "communication": "how to communicate", "safeguarding": "safeguarding", "risk": "a risk",
    "adjustment": "a reasonable adjustment", "flag": "a flag",
    "sensitive": "a sensitive record", "preferred-contact": "how to make contact",
    "contact-times": "when to make contact", "name": "the name", "address": "the address", "phone": "the telephone",
    "email": "the e-mail address", "gender": "the gender", "language": "the language",
    "name-kept": "the name (yours was kept)", "address-kept": "the address (yours was kept)",
    "phone-kept": "the telephone (yours was kept)", "email-kept": "the e-mail address (yours was kept)",
    "language-kept": "the language (yours was kept)", "birth-date": "the date of birth", "nhs-number": "the NHS number",
    "ethnicity": "the ethnic group", "identity": "who the person is", "restricted": "a restricted record",
    "opt-out": "an opt-out of the dataset", "deceased": "the person has died", "consent": "consent was taken back",
}  # fmt: skip
GENDER_WORDS = worded_all({"female": "Female", "male": "Male", "other": "Other", "unknown": "Not known"})

_R, _P, _F, _W = Track
# What follows from another line beside it (offer, wait, resume of the referral) has no line of its own, nor has a word
# on the way that got there: how far each got stands in the list of messages.
_TIMELINE: dict[tuple[str, str], str] = worded_all(
    {
        (_R, Action.RECEIVE): "The referral arrived.",
        (_R, Action.START_TRIAGE): "%(by)s took it on.",
        (_R, Action.RETURN_TO_TRIAGE): "It came back to the link worker.",
        (_R, Action.COMPLETE): "The referral ended.",
        (_R, Action.END_EARLY): "%(by)s ended it early.",
        (_R, Action.CLOSE): "The loop is closed.",
        (_R, Action.REOPEN): "%(by)s opened it again.",
        (_R, Action.WITHDRAW): "%(by)s withdrew it.",
        (_R, Action.ENTER_IN_ERROR): "Whoever asked said that it was sent by mistake.",
        (
            _R,
            JOINED,
        ): "%(by)s had it worked as one with another: both press as much as the one that presses more.",
        (_R, PARTED): "It stands by itself again, as urgent as its own requester asked.",
        (_P, Action.OFFER): "A provider was asked.",
        (_P, Action.OPEN): "%(by)s read the offer.",
        (_P, Action.ASK): "%(by)s asked a question.",
        (_P, Action.ANSWER): "%(by)s answered the question.",
        (_P, Action.ACCEPT): "%(by)s said yes.",
        (_P, Action.WAITLIST): "%(by)s put the person on the waiting list.",
        (_P, Action.DECLINE): "%(by)s said no.",
        (_P, Action.EXPIRE): "The provider did not answer in time.",
        (_P, Action.START): "Help from %(by)s started.",
        (_P, Action.PAUSE): "%(by)s paused the help.",
        (_P, Action.RESUME): "%(by)s went on after the pause.",
        (_P, Action.COMPLETE): "%(by)s finished and wrote the outcome.",
        (_P, Action.END_EARLY): "%(by)s ended early and wrote the outcome.",
        (_P, Action.WITHDRAW): "The offer was taken back.",
        (_F, Action.COMPOSE): "The outcome was written up for whoever asked.",
        (_F, Action.SEND): "The outcome was sent to whoever asked.",
        (_F, Action.DELIVER): "The outcome arrived at whoever asked.",
        (_F, Action.ACKNOWLEDGE): "Whoever asked has the outcome.",
        (_F, Action.FAIL): "The outcome did not reach whoever asked.",
        (_F, Action.RETRY): "%(by)s sent the outcome again.",
        (_F, Action.SUPERSEDE): "The outcome was not sent any more: there was newer news.",
        (_W, Action.FAIL): "News on the way did not reach whoever asked.",
        (_W, Action.RETRY): "%(by)s sent news on the way again.",
        (_W, Action.SUPERSEDE): "News on the way was not sent any more: there was newer news.",
    }
)
_BY_THEMSELVES = worded("The person stopped it themselves, on their own page.")
_REASONS = DECLINE_REASONS | PAUSE_REASONS | END_REASONS | WITHDRAW_REASONS | REOPEN_REASONS


def stands(status: str, source: SourceKind) -> tuple[str, str]:
    """Return a referral's status in words with its colour; an ended one says what it waits for, by who asked."""
    told, colour = REFERRAL_WORDS[status]
    return Hearing((source,)).stands(status) or told, colour


def day(value: date | datetime | None) -> str:
    """Return a date as "12 March 2026", as it is in London; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return translated.day(value)


def moment(value: datetime) -> str:
    """Return a time as "12 March 2026, 2:05pm", as it is in London."""
    local = value.astimezone(LONDON)
    if not translated.is_english():
        return translated.moment(local)
    return f"{day(local)}, {local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def waited(seconds: float) -> str:
    """Return a wait in whole minutes."""
    minutes = int(seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "Less than a minute"


def reason(code: str | None, said: str | None = None) -> str:
    """Return a coded reason in words, with what was said beside it; nothing for None."""
    return why(_REASONS.get(code, worded("Another reason")) if code else None, said)


def language(code: str | None) -> str | None:
    """Return a language's name; None when none was told or it is English."""
    short = (code or "en").lower().split("-")[0]
    return (
        None
        if short == "en"
        else LANGUAGE_WORDS.get(short, worded("Another language: ask whoever referred them which"))
    )


def changed(fields: Iterable[str]) -> str:
    """Name what a message changed, as a sentence; empty when it is not known."""
    return f"Changed: {named(fields, CHANGED_WORDS)}." if fields else ""


def named(codes: Iterable[str], names: Mapping[str, str]) -> str:
    """Return codes as a list in words."""
    return in_a_row((names[code] for code in codes), ", ")


def failure(code: str | None) -> str:
    """Return in words why news did not arrive."""
    if (code or "").startswith("practice-"):
        return "The system of whoever asked could not file it"
    return "The mailbox of whoever asked could not be reached" if code else "Not known"


def timeline(steps: tuple[Step, ...]) -> list[dict[str, str]]:
    """Return the lines of a timeline, oldest first: when (in words and for machines), what, why."""
    lines = []
    for step in steps:
        sentence = _BY_THEMSELVES if _is_own_stop(step) else _TIMELINE.get((step.track, step.action))
        if sentence:
            lines.append(
                {
                    "at": moment(step.at),
                    "iso": step.at.isoformat(timespec="minutes"),
                    "what": worded(sentence, by=step.by),
                    "why": reason(step.reason, step.said),
                }
            )
    return lines


def _is_own_stop(step: Step) -> bool:
    """Tell whether the platform ended a referral because its person said so: nobody else makes it do that."""
    how = (step.track, step.action, step.reason)
    own = ((_R, Action.WITHDRAW, "consent-withdrawn"), (_R, Action.END_EARLY, "person-declined"))
    return step.role == Role.SYSTEM and how in own
