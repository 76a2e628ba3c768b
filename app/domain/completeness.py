"""What the minimum dataset asks for and records lack: who people are, needs, support, outcomes. Never a rating."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.referral import Person

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "demographics": "Who people are",
        "needs": "What they need",
        "support": "What help was offered",
        "outcomes": "What came of it",
    }
)


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that may be missing: `one` and `many` end a sentence that begins with how many people there are."""

    part: str
    one: str
    many: str


def _no(part: str, what: str) -> Lack:
    return Lack(part, f"has no {what}", f"have no {what}")


# The four parts of the minimum dataset (NHS England); of demographics, what the PRSB standard marks "must have".
LACKS: Final[Mapping[str, Lack]] = MappingProxyType(
    {
        "nhs-number": _no("demographics", "NHS number recorded"),
        "birth-date": _no("demographics", "date of birth recorded"),
        "gender": _no("demographics", "gender recorded"),
        "ethnicity": _no("demographics", "ethnicity recorded"),
        "address": _no("demographics", "postcode recorded"),
        "contact": _no("demographics", "telephone number or e-mail address recorded"),
        "needs": _no("needs", "need named"),
        "support": Lack("support", "was offered no help yet", "were offered no help yet"),
        "contacts": _no("support", "contact recorded since help began"),
        "before": _no("outcomes", "questionnaire at the start, and no reason why not"),
        "outcome": Lack(
            "outcomes", "was helped to the end with no outcome", "were helped to the end with no outcome"
        ),
        "after": _no("outcomes", "questionnaire at the end, and no reason why not"),
    }
)
DEMOGRAPHICS: Final = tuple(code for code, lack in LACKS.items() if lack.part == "demographics")
_WHERE: Final = ("address", "contact")


@dataclass(frozen=True, slots=True)
class Case:
    """One referral, or a provider's one placement, and what it lacks beside who the person is."""

    referral_id: UUID
    placement_id: UUID | None
    person_id: UUID
    reference: str
    status: str
    lacks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """How many people lack one thing; `people` None: withheld, for the number is small. `listed`: with their names."""

    code: str
    people: int | None
    listed: bool

    @property
    def sentence(self) -> str:
        """The line as it is read, as "12 people have no ethnicity recorded"."""
        lack = LACKS[self.code]
        if self.people is None:
            return f"1 to 9 people {lack.many}"
        return f"1 person {lack.one}" if self.people == 1 else f"{self.people} people {lack.many}"


def unknown_of(there: Collection[str], *, restricted: bool) -> frozenset[str]:
    """Return what is not there of who a person is; where somebody hidden lives is nobody's to add."""
    hidden = _WHERE if restricted else ()
    return frozenset(code for code in DEMOGRAPHICS if code not in there and code not in hidden)


def lacks_of(person: Person) -> frozenset[str]:
    """Return what is not recorded of who a person is."""
    details = person.details
    there = {
        "nhs-number": details.nhs_number,
        "birth-date": details.birth_date,
        "gender": details.gender,
        "ethnicity": details.ethnicity,
        "address": details.postcode,
        "contact": details.phones or details.email,
    }
    return unknown_of([code for code, told in there.items() if told], restricted=person.restricted)
