"""The hard rules of the matching: each says why a service is not for this person, and one is enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.domain import capacity
from app.domain.areas import covers
from app.domain.directory_words import CARE_LEVEL_WORDS, AssuranceTier, CareLevel, ServiceStatus
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.routing_values import Bar, Candidate, HardRule, Wanted

Check = Callable[[Wanted, Candidate, date, PlaceRules], Bar | None]


def _said(sentence: str) -> str:
    return sentence


def _consent(_: Wanted, __: Candidate, ___: date, ____: PlaceRules) -> Bar | None:
    return HardRule.CONSENT, _said, ("The person does not agree that a provider is told about them",)


def _need(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    offered = candidate.service.needs
    for need in wanted.needs:
        if need in offered:
            return None
    return HardRule.NEED, _said, ("Does not offer help with the needs in this referral",)


def _status(_: Wanted, candidate: Candidate, __: date, ___: PlaceRules) -> Bar | None:
    if candidate.service.status is ServiceStatus.ACTIVE:
        return None
    closed = candidate.service.status is ServiceStatus.TEMPORARILY_CLOSED
    return HardRule.STATUS, _said, ("Is closed for a while" if closed else "Does not run any more",)


def _capacity(_: Wanted, candidate: Candidate, today: date, __: PlaceRules) -> Bar | None:
    if capacity.takes_people(candidate.service, today):
        return None
    return HardRule.CAPACITY, capacity.sentence, (candidate.service, today)


def _area(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    if covers(candidate.service.areas, wanted.place) is not False:
        return None
    return HardRule.AREA, _does_not_cover, (wanted,)


def _does_not_cover(wanted: Wanted) -> str:
    return f"Does not cover {wanted.outward_code or 'where the person lives'}"


def _eligibility(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    service, age = candidate.service, wanted.age
    if age is not None:
        if service.min_age is not None and age < service.min_age:
            return HardRule.ELIGIBILITY, _said, (f"For people aged {service.min_age} and over",)
        if service.max_age is not None and age > service.max_age:
            return HardRule.ELIGIBILITY, _said, (f"For people aged {service.max_age} and under",)
    if service.genders and wanted.gender in ("female", "male") and wanted.gender not in service.genders:
        return HardRule.ELIGIBILITY, _for_genders, (service,)
    for rule in service.rules:
        if rule.holds(wanted) is False:
            return HardRule.ELIGIBILITY, _said, (rule.sentence,)
    return None


def _for_genders(service: Service) -> str:
    return f"For {' and '.join(service.genders)} people only"


def _care(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    if candidate.service.takes.reaches(wanted.care):
        return None
    return HardRule.CARE, _lacks_staff, (wanted.care, candidate.service.takes)


def _lacks_staff(needed: CareLevel, there: CareLevel) -> str:
    return f"This person needs {CARE_LEVEL_WORDS[needed]}: this service is run by {CARE_LEVEL_WORDS[there]}"


def _assurance(wanted: Wanted, candidate: Candidate, _: date, rules: PlaceRules) -> Bar | None:
    needed = _assurance_needed(wanted, rules)
    if candidate.tier.reaches(needed):
        return None
    return HardRule.ASSURANCE, _not_shown, (needed, candidate.tier)


def _assurance_needed(wanted: Wanted, rules: PlaceRules) -> AssuranceTier:
    return rules.assurance_for(CareLevel.PROFESSIONAL if wanted.hidden else wanted.care)


def _not_shown(needed: AssuranceTier, there: AssuranceTier) -> str:
    return (
        f"Assurance at the level {needed.value} is asked for this person: this organisation has {there.value}"
    )


def _hidden(_: Wanted, candidate: Candidate, __: date, ___: PlaceRules) -> Bar | None:
    if candidate.service.takes is CareLevel.PROFESSIONAL:
        return None
    return (
        HardRule.HIDDEN,
        _said,
        ("The person must be protected: only services with professional staff are asked",),
    )


def _declined(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    if candidate.service.id not in wanted.declined_by:
        return None
    return HardRule.DECLINED, _said, ("Has said no to this referral already",)


def _asked(wanted: Wanted, candidate: Candidate, _: date, __: PlaceRules) -> Bar | None:
    if candidate.service.id not in wanted.asked:
        return None
    return HardRule.ASKED, _said, ("Has this referral already",)


def _always(_: Wanted, __: PlaceRules) -> bool:
    return True


# Each check, and whether it can stand against anybody for this person. The most frequent first: the first pass over a
# directory stops at the first that stands against a service.
CHECKS: tuple[tuple[Check, Callable[[Wanted, PlaceRules], bool]], ...] = (
    (_consent, lambda wanted, _: wanted.may_share is False),
    (_need, lambda wanted, _: bool(wanted.needs)),
    (_area, lambda wanted, _: bool(wanted.place)),
    (_status, _always),
    (_capacity, _always),
    (_eligibility, _always),
    (_hidden, lambda wanted, _: wanted.hidden),
    (_care, lambda wanted, _: wanted.care is not CareLevel.VOLUNTEERS_ONLY),
    (_assurance, lambda wanted, rules: _assurance_needed(wanted, rules) is not AssuranceTier.NONE),
    (_declined, lambda wanted, _: bool(wanted.declined_by)),
    (_asked, lambda wanted, _: bool(wanted.asked)),
)


def checks_for(wanted: Wanted, rules: PlaceRules) -> tuple[Check, ...]:
    """Return the checks that can stand against any service for this person."""
    return tuple(check for check, concerns in CHECKS if concerns(wanted, rules))
