"""What the matching looks at, and nothing else: the person without a name, and services with facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.domain.areas import Point
from app.domain.cautions import Cautions
from app.domain.directory import ServiceSession
from app.domain.directory_words import AssuranceTier, CareLevel
from app.domain.reaching import Way
from app.domain.referral import Service

FEWEST_ANSWERS = 5  # under this, how long somebody took says nothing


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the person would like it, in their own choice; none of it rules anything out."""

    days: tuple[str, ...] = ()  # of Weekday
    kinds: tuple[str, ...] = ()  # of ServiceKind
    led_by: tuple[str, ...] = ()  # of LedBy: only ever as the person says, never guessed from who they are
    near: bool = False
    free: bool = False


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a referral asks for, as far as routing may know: no name, no number, no address."""

    needs: tuple[str, ...]
    outward_code: str | None
    age: int | None
    gender: str | None
    language: str | None
    access: tuple[str, ...]
    areas: tuple[str, ...] = ()  # typed codes of where the person lives, where they are known
    point: Point | None = None
    registered_with: str | None = None  # the practice's ODS code
    care: CareLevel = CareLevel.VOLUNTEERS_ONLY  # the least that must be there
    hidden: bool = False  # restricted whereabouts, or contact may put the person in danger
    unusable: frozenset[Way] = frozenset()  # by which nobody may reach them
    may_share: bool | None = None  # None: nothing was said
    ask_first: bool = False  # they said "not yet": ask them again once a service is found
    declined_by: frozenset[UUID] = frozenset()  # services that said no to this referral
    asked: frozenset[UUID] = frozenset()  # services that have it now, or still have to answer
    silent: frozenset[UUID] = frozenset()  # services that did not answer for this referral
    wishes: Wishes = NO_WISHES
    draw: bytes = b""  # what ties are drawn with: the referral's id
    place: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        codes = (self.outward_code, *self.areas)
        object.__setattr__(self, "place", frozenset(code for code in codes if code))


def care_needed(safeguarding: bool, cautions: Cautions) -> CareLevel:
    """Return who must be there at least: professionals where there is a risk, trained people for safeguarding."""
    if cautions.risks:
        return CareLevel.PROFESSIONAL
    concern = safeguarding or bool(cautions.safeguarding)
    return CareLevel.TRAINED if concern else CareLevel.VOLUNTEERS_ONLY


@dataclass(frozen=True, slots=True)
class Answers:
    """How long a service usually took to answer: the middle one of so many offers of the last half year."""

    offers: int
    days: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service with the facts that stand elsewhere. Nothing here tells how people fared: it must not be ranked by."""

    service: Service
    led_by: tuple[str, ...] = ()
    tier: AssuranceTier = AssuranceTier.NONE
    sessions: tuple[ServiceSession, ...] = ()
    answers: Answers | None = None
    offered_lately: int | None = None  # None: not counted
    outstanding: int = 0  # offers that it has not answered yet, of all teams


class HardRule(StrEnum):
    """What rules a service out; no evidence outvotes any of them."""

    CONSENT = "consent"
    NEED = "need"
    STATUS = "status"
    CAPACITY = "capacity"
    AREA = "area"
    ELIGIBILITY = "eligibility"
    CARE = "care"
    ASSURANCE = "assurance"
    HIDDEN = "hidden"
    DECLINED = "declined"
    ASKED = "asked"


HARD_RULE_WORDS: dict[HardRule, str] = {
    HardRule.CONSENT: "may not be told about the person",
    HardRule.NEED: "do not help with these needs",
    HardRule.STATUS: "do not run at present",
    HardRule.CAPACITY: "take nobody now",
    HardRule.AREA: "do not cover where the person lives",
    HardRule.ELIGIBILITY: "are for other people",
    HardRule.CARE: "have not the staff that this person needs",
    HardRule.ASSURANCE: "have not shown what is asked for this person",
    HardRule.HIDDEN: "cannot take somebody whose whereabouts are protected",
    HardRule.DECLINED: "said no to this referral",
    HardRule.ASKED: "have this referral already",
}

# What nobody decides otherwise: the person's own word and safety, a service that does not run or is asked already.
FIRM_RULES = frozenset({HardRule.CONSENT, HardRule.STATUS, HardRule.HIDDEN, HardRule.ASKED})

# Why a link worker asks a service although one of the other rules stands against it; kept with the decision, and no
# words of anybody's. A service that takes nobody now has reasons of its own: capacity.OVERRIDE_REASONS.
ALTHOUGH_REASONS: dict[str, str] = {
    "spoken-with-service": "I have spoken with the service: it can take care of this",
    "person-insists": "The person knows what speaks against it, and insists",
    "rule-out-of-date": "What the directory says is out of date",
    "agreed-otherwise": "Something else was agreed for this person",
}

# A finding is made in the first pass and put into words only if it is shown: points, sentence maker, its arguments.
Sentence = Callable[..., str]
Clue = tuple[int, Sentence, tuple[object, ...]]
Bar = tuple[HardRule, Sentence, tuple[object, ...]]


class Standing(NamedTuple):
    """Where a service came out: its points, or the first rule that stood against it."""

    candidate: Candidate
    points: int
    ruled_out_by: HardRule | None

    @property
    def service(self) -> Service:
        """The service itself."""
        return self.candidate.service


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every service once: the suitable ones best first, the others by name."""

    suitable: tuple[Standing, ...]
    ruled_out: tuple[Standing, ...]

    @property
    def counts(self) -> Mapping[HardRule, int]:
        """How many each rule stood against first, the most frequent first."""
        return dict(Counter(each.ruled_out_by for each in self.ruled_out if each.ruled_out_by).most_common())
