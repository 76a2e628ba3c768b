"""What is told beside the evidence and never weighs: costs, what is not known, how to keep somebody safe."""

from __future__ import annotations

from datetime import date

from app.domain.directory import is_free
from app.domain.directory_words import CareLevel
from app.domain.eligibility import Rule
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.routing_evidence import Concerns, Look, costs
from app.domain.routing_values import Candidate, Clue, Wanted


def _said(sentence: str) -> str:
    return sentence


def _cost(_: Wanted, candidate: Candidate, __: date, ___: PlaceRules) -> Clue | None:
    cost = candidate.service.listing.cost
    return (0, costs, (cost,)) if cost and not is_free(cost) else None


def _unknown(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    service = candidate.service
    if wanted.age is None and (service.min_age is not None or service.max_age is not None):
        return 0, _said, ("The person's age is not known: check eligibility",)
    if service.genders and wanted.gender not in ("female", "male"):
        return 0, _check_genders, (service,)
    return None


def _check_genders(service: Service) -> str:
    return f"For {' and '.join(service.genders)} people: check with the person"


def _who_for(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Clue | None:
    service = candidate.service
    unknown = [rule for rule in service.rules if rule.holds(wanted) is None] if service.rules else []
    if not unknown and not service.listing.eligibility:
        return None
    return 0, _ask_whether, (service.listing.eligibility, unknown)


def _ask_whether(words: str, unknown: list[Rule]) -> str:
    told = [sentence.rstrip(".") for sentence in (words, *(rule.sentence for rule in unknown)) if sentence]
    return f"Check who it is for. {'. '.join(told)}"


def _protected(wanted: Wanted, _: Candidate, __: date, ___: PlaceRules) -> Clue | None:
    if wanted.hidden:
        return 0, _said, ("All contact goes through your team: say so when you ask",)
    return 0, _said, ("Tell the provider what keeps the person safe",)


def _always(_: Wanted, __: PlaceRules) -> bool:
    return True


# Each note, and whether it can be told of anything for this person.
NOTES: tuple[tuple[Look, Concerns], ...] = (
    (_cost, lambda wanted, _: not wanted.wishes.free),
    (_unknown, _always),
    (_who_for, _always),
    (_protected, lambda wanted, _: wanted.hidden or wanted.care is not CareLevel.VOLUNTEERS_ONLY),
)


def notes_for(wanted: Wanted, rules: PlaceRules) -> tuple[Look, ...]:
    """Return what can be told for this person without weighing."""
    return tuple(note for note, concerns in NOTES if concerns(wanted, rules))
