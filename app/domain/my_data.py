"""Everything that is kept of a person by one team, as the person reads it, and what is held back until it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.care_plan import KeptPlan
from app.domain.my_page import MyPage
from app.domain.person_comments import PersonComment

CHANNELS: Mapping[str, str] = MappingProxyType(
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
WITH_OTHERS: Mapping[str, str] = MappingProxyType(
    {"carer": "a carer or relative", "practice": "your practice, or whoever asked", "provider": "a group"}
)
CONSENTS: Mapping[str, str] = MappingProxyType(
    {
        "share-with-provider": "that groups who could help are told about you",
        "secondary-use": "that what became of you is counted, without your name",
        "follow-up": "that we ask you later how things are",
    }
)
WHY_HELD_BACK: Final = (
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
        whom = f" with {WITH_OTHERS[self.with_whom]}" if self.with_whom in WITH_OTHERS else ""
        reached = "" if self.reached or whom else ", but you were not reached"
        note = " A note was written beside it." if self.has_note else ""
        back = " This was written down by mistake and taken back." if self.taken_back else ""
        return f"{CHANNELS.get(self.how, 'A contact')}{whom}{reached}.{note}{back}"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the person agreed to, or did not."""

    on: date
    kind: str
    given: bool

    @property
    def sentence(self) -> str:
        """What was agreed, in a sentence."""
        return f"You {'agreed' if self.given else 'did not agree'} {CONSENTS.get(self.kind, self.kind)}."


@dataclass(frozen=True, slots=True)
class Part:
    """All of one referral; `own_words` are what the person wrote when they asked for themselves."""

    page: MyPage
    own_words: str
    contacts: tuple[Met, ...]
    agreed: tuple[Agreed, ...]
    said: tuple[PersonComment, ...]
    plan: KeptPlan


@dataclass(frozen=True, slots=True)
class MyData:
    """All that one team keeps of a person: facts as label and value, and each referral, the newest first."""

    team: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
