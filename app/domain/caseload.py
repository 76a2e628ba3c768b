"""The team's caseload as lists: what is next, whose it is, where it stands, and in which order it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.lifecycle import ReferralStatus

CONSENT_HOLDS_DAYS: Final = 365  # a yes to being told of is asked again after a year
CONSENT_ENDS_SOON_DAYS: Final = 30
MOST_NAMES: Final = (
    5000  # so many names are opened to sort by them or to find one; beyond, neither is offered
)


class AskAbout(StrEnum):
    """What somebody is to be asked about: nothing was said of it, or a yes ends or, of contact, has ended."""

    SHARING = "sharing"
    CONTACT = "contact"  # a yes that has ended, too: until they say another, nothing is sent to them
    RESEARCH = "research"  # while the yes still counts: once it has ended it is a no, as if nobody had asked


ASK_ABOUT_WORDS: Mapping[AskAbout, str] = MappingProxyType(
    {
        AskAbout.SHARING: "sharing",
        AskAbout.CONTACT: "being in touch",
        AskAbout.RESEARCH: "research",
    }
)


class Show(StrEnum):
    """What is looked for: everything open, one thing that is next, or everything that ever was."""

    OPEN = "open"
    OVERDUE = "overdue"
    TODAY = "today"
    URGENT = "urgent"
    NEW = "new"
    NEEDS_PROVIDER = "needs-provider"
    PROVIDER_SILENT = "provider-silent"
    ANSWER_DUE = "answer-due"
    CONSENT = "consent"
    NEWS_FAILED = "news-failed"
    ALL = "all"


class Whose(StrEnum):
    """Whose referrals: the team's, one's own, or those of nobody in particular."""

    TEAM = "team"
    MINE = "mine"
    DUTY = "duty"


class Sort(StrEnum):
    """By what the list is ordered."""

    NEXT = "next"
    WAITING = "waiting"
    URGENCY = "urgency"
    NAME = "name"


# What the top of the page counts, in its order: code -> (words of the count, what an empty list says).
TODAY: Mapping[Show, tuple[str, str]] = MappingProxyType(
    {
        Show.OVERDUE: ("Overdue", "Nothing is overdue: every open referral was looked at in time."),
        Show.TODAY: (
            "Next look today",
            "Nothing is due today. What is due tomorrow stands in the whole list.",
        ),
        Show.URGENT: ("Urgent or safeguarding", "No open referral is urgent or has a safeguarding concern."),
        Show.NEW: ("New", "Nobody new is waiting. Whoever is referred appears here by themselves."),
        Show.NEEDS_PROVIDER: (
            "Needs a provider",
            "Everybody has somebody. A referral comes back here when a provider says no.",
        ),
        Show.PROVIDER_SILENT: (
            "Waiting for a provider",
            "No provider is asked just now. Those who were asked and have not answered stand here.",
        ),
        Show.ANSWER_DUE: (
            "An answer is due",
            "No answer is due: no provider's time is up, and none of them waits for a reply of yours.",
        ),
        Show.CONSENT: (
            "Consent missing or ending",
            "Everybody was asked about sharing. Who said “not yet”, or whose yes to sharing, to being in touch or to "
            "research ends soon, is asked again from here.",
        ),
        Show.NEWS_FAILED: (
            "News did not arrive",
            "All news got to whoever asked. What cannot arrive stands here until somebody sends it again.",
        ),
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {
        ReferralStatus.RECEIVED: "New",
        ReferralStatus.IN_TRIAGE: "Needs a provider",
        ReferralStatus.ACTIVE: "With a provider",
        ReferralStatus.WAITING: "On a waiting list",
    }
)
WHOSE_WORDS: Mapping[Whose, str] = MappingProxyType(
    {Whose.TEAM: "The whole team", Whose.MINE: "Mine", Whose.DUTY: "On duty: nobody's yet"}
)
SORT_WORDS: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.NEXT: "Next look",
        Sort.WAITING: "Days waiting",
        Sort.URGENCY: "Urgency",
        Sort.NAME: "Name",
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list is asked for; `state` None is every state."""

    show: Show = Show.OPEN
    whose: Whose = Whose.TEAM
    state: str | None = None
    sort: Sort = Sort.NEXT
