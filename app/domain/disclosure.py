"""What a provider may know of a person: one profile, as data, used by the pages and the JSON API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.domain.cautions import NONE as NO_CAUTIONS
from app.domain.cautions import Cautions
from app.domain.lifecycle import OPEN_PLACEMENT, PlacementStatus
from app.domain.referral import Person, PersonDetails, age_on


class Disclosable(StrEnum):
    """What can be told of a person at all; NHS number, address, birth date and practice are not of this list."""

    NAME = "name"
    CONTACT = "contact"
    WANTS = "wants"
    NEEDS = "needs"
    ACCESS = "access"
    LANGUAGE = "language"
    AGE_BAND = "age_band"
    TAKE_CARE = "take_care"
    GOALS = "goals"  # of their plan, those that they agreed this provider may read


EVERYTHING_NEEDED: frozenset[Disclosable] = frozenset(Disclosable)
NOTHING: frozenset[Disclosable] = frozenset()
_HELPS_OR_HELPED = OPEN_PLACEMENT | {PlacementStatus.COMPLETED, PlacementStatus.ENDED_EARLY}
# Whoever did not help, or may no longer, has no reason to go on reading about the person.
_NEVER_HELPED = frozenset({PlacementStatus.DECLINED, PlacementStatus.EXPIRED, PlacementStatus.WITHDRAWN})
PROFILES: Mapping[str, frozenset[Disclosable]] = MappingProxyType(
    dict.fromkeys(_HELPS_OR_HELPED, EVERYTHING_NEEDED) | dict.fromkeys(_NEVER_HELPED, NOTHING)
)
# PDS "restricted": a telephone number or an address gives away where somebody is hidden; and where contact may put
# somebody in danger (Gravity, contacting-subject-prohibited) nobody but the team makes it.
WITHHELD_WHEN_RESTRICTED: frozenset[Disclosable] = frozenset({Disclosable.CONTACT})

_BANDS = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 84))
AGE_BANDS = (*(f"{low}-{high}" for low, high in _BANDS), "85+")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for the person: the brief (never the referrer's text), coded needs, what to take care of."""

    brief: str = ""
    needs: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    cautions: Cautions = NO_CAUTIONS
    goals: tuple[str, ...] = ()  # of the plan, as agreed for this provider; none unless somebody ticked them


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one provider is shown of one person; None or empty where the profile or the record has nothing."""

    name: str | None = None
    contact: str | None = None
    contact_through_team: bool = False  # the team makes the first contact: there is no number to give
    wants: str | None = None
    needs: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    language: str | None = None
    age_band: str | None = None
    take_care: tuple[str, ...] = ()  # to be read before anybody makes contact
    goals: tuple[str, ...] = ()  # in the person's own words


def disclosed_to_provider(person: Person, request: Request, *, status: str, today: date) -> Disclosure:
    """Return what the provider of a placement in this status may know; a status without a profile discloses nothing."""
    shown = PROFILES.get(status, NOTHING)
    if person.restricted or request.cautions.do_not_contact:
        shown = shown - WITHHELD_WHEN_RESTRICTED
    details = person.details
    by_team = team_makes_first_contact(person, request.cautions)
    told = {
        Disclosable.NAME: details.full_name,
        Disclosable.CONTACT: contact_to_give(person, request.cautions),
        Disclosable.WANTS: request.brief or None,
        Disclosable.NEEDS: request.needs,
        Disclosable.ACCESS: request.access,
        Disclosable.LANGUAGE: details.language,
        Disclosable.AGE_BAND: age_band(age_on(today, details.birth_date)),
        Disclosable.TAKE_CARE: request.cautions.for_provider(),
        Disclosable.GOALS: request.goals,
    }
    values = {field.value: value for field, value in told.items() if field in shown}
    return Disclosure(**values, contact_through_team=bool(shown) and by_team)  # type: ignore[arg-type]


def contact_to_give(person: Person, cautions: Cautions) -> str | None:
    """Return what a provider reaches the person by, None where there is nothing, or nothing that may be given."""
    if person.restricted or cautions.do_not_contact:
        return None
    return preferred_contact(person.details, by_telephone=not cautions.no_telephone) or None


def team_makes_first_contact(person: Person, cautions: Cautions) -> bool:
    """Tell whether the team makes the first contact after a provider's yes; both sides' pages go by this alone."""
    return contact_to_give(person, cautions) is None


def preferred_contact(details: PersonDetails, *, by_telephone: bool = True) -> str | None:
    """Return how to reach the person: the first telephone number unless they want no calls, else the e-mail address."""
    return details.phones[0] if details.phones and by_telephone else details.email


def age_band(age: int | None) -> str | None:
    """Return the band of an age in whole years, as "25-34"; "85+" at the top, None when it is not known."""
    if age is None:
        return None
    return next((f"{low}-{high}" for low, high in _BANDS if low <= age <= high), "85+")
