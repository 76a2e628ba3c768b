"""Everything that is kept of a person by one team, as the person reads it, and what is held back until it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.care_plan import KeptPlan
from app.domain.check_in import OWN_WORDS, Arrived, CheckInStatus
from app.domain.my_page import MyPage
from app.domain.person_comments import PersonComment
from app.domain.wording import in_a_row, worded, worded_all

CHANNELS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "phone": "A telephone call",
            "visit": "A visit to you",
            "session": "You came to them",
            "message": "A text or an e-mail",
            "letter": "A letter",
            "text": "A text",
            "email": "An e-mail",
            "video": "A video call",
            "other": "A contact",
        }
    )
)
WITH_OTHERS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {"carer": "a carer or relative", "practice": "your practice, or whoever asked", "provider": "a group"}
    )
)
CONSENTS: Mapping[str, str] = MappingProxyType(
    worded_all(
        {
            "share-with-provider": "that groups who could help are told about you",
            "secondary-use": "that what became of you is counted, without your name",
            "follow-up": "that we ask you later how things are",
            "contact": "that we get in touch with you",
            "research": "that approved research uses what happened",
            "ask-before-sharing": "that we ask you again before a group is told about you",
        }
    )
)
_WAITS: Final = worded("We asked whether help has arrived. We have no answer yet.")
_NOT_ASKED: Final = worded("We did not ask whether help has arrived.")
_ASKED: Mapping[CheckInStatus, str] = MappingProxyType(
    {
        CheckInStatus.PLANNED: worded("We will ask whether help has arrived."),
        CheckInStatus.ASKED: _WAITS,
        CheckInStatus.TO_CALL: worded("We want to ring you and ask whether help has arrived."),
        CheckInStatus.ANSWERED: _WAITS,
        CheckInStatus.NO_ANSWER: worded("We asked whether help has arrived, and got no answer."),
        CheckInStatus.NOT_ASKED: _NOT_ASKED,
        CheckInStatus.STOPPED: _NOT_ASKED,
    }
)
WHY_HELD_BACK: Final = worded(
    "Some words are not in this file. What staff wrote in their own words can tell about other people, or come from "
    "them. Somebody reads those words first, and takes out what belongs to others. You have the right to the rest: "
    "ask your link worker's team, and they give it to you within one month."
)


@dataclass(frozen=True, slots=True)
class Met:
    """One contact about the person; `has_note`: staff wrote something beside it, which is held back.

    `with_whom` is of app.domain.contacts; `taken_back`: it was written down by mistake and counts no more.
    """

    on: date
    how: str
    reached: bool
    has_note: bool
    with_whom: str = "person"
    taken_back: bool = False

    @property
    def sentence(self) -> str:
        """The contact in a sentence."""
        how, whom = CHANNELS.get(self.how, CHANNELS["other"]), WITH_OTHERS.get(self.with_whom)
        if whom:
            told = worded("%(contact)s with %(whom)s.", contact=how, whom=whom)
        elif self.reached:
            told = worded("%(contact)s.", contact=how)
        else:
            told = worded("%(contact)s, but you were not reached.", contact=how)
        note = worded("A note was written beside it.") if self.has_note else ""
        back = worded("This was written down by mistake and taken back.") if self.taken_back else ""
        return in_a_row((told, note, back))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the person agreed to, or did not."""

    on: date
    kind: str
    given: bool
    words: str = ""  # to which words, where that is known
    until: date | None = None  # the last day on which a yes counts

    @property
    def sentence(self) -> str:
        """What was agreed, to which words and until when, in sentences."""
        what = CONSENTS.get(self.kind, self.kind)
        agreed = (
            worded("You agreed %(what)s.", what=what)
            if self.given
            else worded("You did not agree %(what)s.", what=what)
        )
        words = worded("You answered: %(words)s.", words=self.words) if self.words else ""
        until = worded("It counts until %(day)s.", day=self.until) if self.until else ""
        return in_a_row((agreed, words, until))


@dataclass(frozen=True, slots=True)
class AskedArrived:
    """One asking whether help has arrived: its day, how far it came, and the answer with the day it was given."""

    on: date
    status: CheckInStatus
    answer: Arrived | None = None
    answered_on: date | None = None

    @property
    def sentence(self) -> str:
        """The asking in a sentence."""
        if self.answer is not None and self.answered_on is not None:
            said, day = OWN_WORDS[self.answer], self.answered_on
            return worded(
                "We asked whether help has arrived. On %(day)s you said: %(answer)s.", day=day, answer=said
            )
        return _ASKED[self.status]


@dataclass(frozen=True, slots=True)
class Part:
    """All of one referral; `own_words` are what the person wrote when they asked for themselves."""

    page: MyPage
    own_words: str
    contacts: tuple[Met, ...]
    agreed: tuple[Agreed, ...]
    said: tuple[PersonComment, ...]
    plan: KeptPlan
    arrived: tuple[AskedArrived, ...] = ()


@dataclass(frozen=True, slots=True)
class MyData:
    """All that one team keeps of a person: facts as label and value, and each referral, the newest first."""

    team: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
