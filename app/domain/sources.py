"""Where referrals come from, as ONE table: who may ask, and what goes back to whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.wording import Wording, worded


class SourceKind(StrEnum):
    """What an organisation that asks for help for people is; `self` stands for the people who ask themselves."""

    PRACTICE = "practice"
    HOSPITAL = "hospital"
    COUNCIL = "council"
    FAITH = "faith"
    VCS = "vcs"
    JOBCENTRE = "jobcentre"
    SELF = "self"


class GoesBack(StrEnum):
    """To whom it is told what became of a referral."""

    TO_REQUESTER = "to-requester"  # in the way that it chose: message, letter, its own page
    TO_PERSON = "to-person"  # whoever asked is who was helped
    NOWHERE = "nowhere"  # nothing, not even whether the person came


@dataclass(frozen=True, slots=True)
class Source:
    """What follows from a kind of source."""

    words: str
    asker: Wording  # in a sentence: "the hospital"
    goes_back: GoesBack
    signs_in: bool  # whether its staff have accounts here
    needs_ods: bool = False
    use_cases: tuple[str, ...] = ("sp1",)  # what it may ask for unless the steward says otherwise

    @property
    def is_silent(self) -> bool:
        """True when nothing at all goes back to the organisation that asked."""
        return self.goes_back is not GoesBack.TO_REQUESTER


SOURCES: Mapping[SourceKind, Source] = MappingProxyType(
    {
        SourceKind.PRACTICE: Source(
            "GP practice", worded("the GP practice"), GoesBack.TO_REQUESTER, signs_in=True, needs_ods=True
        ),
        SourceKind.HOSPITAL: Source(
            "Hospital, at discharge", worded("the hospital"), GoesBack.TO_REQUESTER, signs_in=True
        ),
        SourceKind.COUNCIL: Source("Council", worded("the council"), GoesBack.TO_REQUESTER, signs_in=True),
        SourceKind.FAITH: Source(
            "Faith organisation", worded("the faith organisation"), GoesBack.TO_REQUESTER, signs_in=True
        ),
        SourceKind.VCS: Source(
            "Voluntary or community organisation",
            worded("the voluntary organisation"),
            GoesBack.TO_REQUESTER,
            signs_in=True,
        ),
        # Whether somebody came must never count for or against their benefits: so nobody there can know it.
        SourceKind.JOBCENTRE: Source("Jobcentre", worded("the Jobcentre"), GoesBack.NOWHERE, signs_in=True),
        SourceKind.SELF: Source(
            "The person themselves", worded("the person"), GoesBack.TO_PERSON, signs_in=False
        ),
    }
)
