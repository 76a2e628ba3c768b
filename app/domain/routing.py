"""Ranks services for a referral and says why, in words; it suggests, a person decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.referral import Service
from app.domain.vocabulary import NEED_WORDS, Capacity, Need

STALE_AFTER_DAYS = 183  # six months: an entry that nobody looked at since is shown with a warning


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a referral asks for, as far as routing may know: no name, no number, no address."""

    needs: tuple[str, ...]
    outward_code: str | None
    age: int | None
    gender: str | None
    language: str | None
    access: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the comparison found: `rules_out` makes the service unsuitable, `points` order the rest."""

    sentence: str
    points: int = 0
    rules_out: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A service with the reasons for its place in the list; `suitable` False keeps it visible, last."""

    service: Service
    suitable: bool
    points: int
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


_Check = Callable[[Wanted, Service, date], Finding | None]


def _need(wanted: Wanted, service: Service, _: date) -> Finding | None:
    met = [need for need in wanted.needs if need in service.needs]
    if met:
        words = ", ".join(NEED_WORDS[Need(need)].lower() for need in met)
        return Finding(f"Helps with {words}", 40 * len(met))
    if wanted.needs:
        return Finding("Does not offer help with the needs in this referral", rules_out=True)
    return Finding("The referral names no coded need: read the reason and judge")


def _area(wanted: Wanted, service: Service, _: date) -> Finding | None:
    if not service.areas:
        return Finding("Covers every area", 5)
    if wanted.outward_code is None:
        return Finding("The person's area is not known: check that it is covered")
    if wanted.outward_code in service.areas:
        return Finding(f"Covers {wanted.outward_code}, where the person lives", 20)
    return Finding(f"Does not cover {wanted.outward_code}", rules_out=True)


def _eligibility(wanted: Wanted, service: Service, _: date) -> Finding | None:
    low, high = service.min_age, service.max_age
    if wanted.age is None and (low is not None or high is not None):
        return Finding("The person's age is not known: check eligibility")
    if wanted.age is not None and low is not None and wanted.age < low:
        return Finding(f"For people aged {low} and over", rules_out=True)
    if wanted.age is not None and high is not None and wanted.age > high:
        return Finding(f"For people aged {high} and under", rules_out=True)
    return None


def _gender(wanted: Wanted, service: Service, _: date) -> Finding | None:
    if service.genders and wanted.gender not in service.genders:
        return Finding(f"For {' and '.join(service.genders)} people only", rules_out=True)
    return None


def _language(wanted: Wanted, service: Service, _: date) -> Finding | None:
    if wanted.language in (None, "en"):
        return None
    if wanted.language in service.languages:
        return Finding("Speaks the person's language", 15)
    return Finding("Does not list the person's language: an interpreter may be needed", -10)


def _access(wanted: Wanted, service: Service, _: date) -> Finding | None:
    missing = [need for need in wanted.access if need not in service.access]
    if missing:
        words = ", ".join(need.replace("-", " ") for need in missing)
        return Finding(f"Cannot meet access needs: {words}", rules_out=True)
    return Finding("Meets the access needs", 10) if wanted.access else None


def _capacity(_: Wanted, service: Service, __: date) -> Finding | None:
    match service.capacity:
        case Capacity.OPEN if service.places_left == 0:
            return Finding("No places left this week", rules_out=True)
        case Capacity.OPEN:
            return Finding("Has places now", 15)
        case Capacity.WAITING_LIST:
            return Finding("Has a waiting list", 5)
        case Capacity.FULL:
            return Finding("Is full", rules_out=True)
        case Capacity.PAUSED:
            return Finding("Has paused new referrals", rules_out=True)


def _freshness(_: Wanted, service: Service, today: date) -> Finding | None:
    if service.verified_on is None or (today - service.verified_on).days > STALE_AFTER_DAYS:
        return Finding("Nobody has confirmed this entry for over six months: ring first", -5)
    return None


_CHECKS: tuple[_Check, ...] = (_need, _area, _eligibility, _gender, _language, _access, _capacity, _freshness)


def rank(wanted: Wanted, services: Iterable[Service], today: date) -> tuple[Match, ...]:
    """Return every service, the suitable ones first and best first, each with its reasons.

    Ties fall in order of name, so that nobody is preferred by the accident of a table's order.
    """
    matches = [_match(wanted, service, today) for service in services]
    return tuple(sorted(matches, key=lambda match: (not match.suitable, -match.points, match.service.name)))


def _match(wanted: Wanted, service: Service, today: date) -> Match:
    findings = [finding for check in _CHECKS if (finding := check(wanted, service, today)) is not None]
    return Match(
        service=service,
        suitable=not any(finding.rules_out for finding in findings),
        points=sum(finding.points for finding in findings),
        reasons=tuple(f.sentence for f in findings if f.points > 0),
        warnings=tuple(f.sentence for f in findings if f.points <= 0),
    )
