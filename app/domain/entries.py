"""What an entry of the directory must satisfy before it is written, every problem at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from app.domain.areas import read_area
from app.domain.directory import Profile, ServiceSession, Venue
from app.domain.directory_words import LedBy, VenueKind
from app.domain.eligibility import GENDERS, OLDEST
from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import outward_of
from app.domain.referral import Service
from app.domain.vocabulary import Access, Capacity, Need

LONGEST_NAME = 200  # characters
LONGEST_TEXT = 4000
LONGEST_ANSWER = 60  # days
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WEB = re.compile(r"https?://[^\s]+")
_CHARITY = re.compile(
    r"[A-Z]{0,3}[0-9]{5,8}(-[0-9]{1,3})?"
)  # England and Wales, SC..., NIC...; a linked charity


def service_problems(service: Service) -> list[FieldProblem]:
    """Return what is wrong with a service; empty is right."""
    listing = service.listing
    problems = [
        *texts_problems({"name": service.name}, longest=LONGEST_NAME, needed=True),
        *texts_problems(
            {"description": service.description, "eligibility": listing.eligibility}, longest=LONGEST_TEXT
        ),
        *texts_problems(
            {"cost": listing.cost, "contact_name": listing.contact_name or ""}, longest=LONGEST_NAME
        ),
        *_unknown("needs", service.needs, tuple(Need)),
        *_unknown("access", service.access, tuple(Access)),
        *_unknown("genders", service.genders, GENDERS),
        *_unknown("for_whom", service.for_whom, tuple(LedBy)),
        *_areas(service.areas),
        *_ages(service),
        *contact_problems(listing.contact_phone, listing.contact_email),
    ]
    if not service.needs:
        problems.append(FieldProblem("needs", "Choose at least one need.", "required"))
    if not all(_LANGUAGE.fullmatch(language) for language in service.languages):
        problems.append(FieldProblem("languages", 'Give languages by their codes, such as "en" or "tr".'))
    if not 1 <= service.answer_days <= LONGEST_ANSWER:
        problems.append(FieldProblem("answer_days", f"Give the days to answer: 1 to {LONGEST_ANSWER}."))
    if service.capacity is Capacity.LIMITED and not service.weekly_limit:
        problems.append(FieldProblem("weekly_limit", "Say how many people a week.", "required"))
    return problems


def profile_problems(profile: Profile) -> list[FieldProblem]:
    """Return what is wrong with a profile; empty is right. No group needs a number."""
    problems = [
        *texts_problems({"description": profile.description}, longest=LONGEST_TEXT),
        *_unknown("led_by", profile.led_by, tuple(LedBy)),
        *contact_problems(profile.phone, profile.email),
    ]
    number = profile.charity_number
    if number is not None and not _CHARITY.fullmatch(number.upper()):
        problems.append(
            FieldProblem("charity_number", "Give the charity's registered number, or leave it empty.")
        )
    if profile.website is not None and not _WEB.fullmatch(profile.website):
        problems.append(FieldProblem("website", "Give the whole address, beginning with https://."))
    if profile.host_id == profile.organisation_id:
        problems.append(FieldProblem("host_id", "An organisation needs nobody to enter for itself."))
    return problems


def venue_problems(venue: Venue) -> list[FieldProblem]:
    """Return what is wrong with a venue; empty is right."""
    problems = [
        *texts_problems({"name": venue.name}, longest=LONGEST_NAME, needed=True),
        *_unknown("access", venue.access, tuple(Access)),
    ]
    if venue.postcode is not None and outward_of(venue.postcode) is None:
        problems.append(FieldProblem("postcode", "The postcode is not a United Kingdom postcode."))
    if venue.point is not None and venue.kind is not VenueKind.PHYSICAL:
        problems.append(FieldProblem("point", "Only a place that one can go to has a point on the map."))
    return problems


def session_problems(sessions: Sequence[ServiceSession]) -> list[FieldProblem]:
    """Return what is wrong with sessions, each with its number from 0; empty is right."""
    return [
        FieldProblem(f"sessions[{number}].ends", "A session must end after it starts.")
        for number, session in enumerate(sessions)
        if session.ends <= session.starts
    ]


def texts_problems(
    told: dict[str, str], *, longest: int = LONGEST_NAME, needed: bool = False
) -> Iterable[FieldProblem]:
    """Return what is wrong with texts, by their fields: empty though needed, too long, not to be kept."""
    for field, text in told.items():
        if needed and not text.strip():
            yield FieldProblem(field, "It must not be empty.", "required")
        elif len(text) > longest:
            yield FieldProblem(field, f"It must be {longest} characters or fewer.")
        elif "\x00" in text:
            yield FieldProblem(field, "It contains a character that cannot be kept.")


def _unknown(field: str, codes: Collection[str], known: Collection[str]) -> Iterable[FieldProblem]:
    if not set(codes) <= set(known):
        yield FieldProblem(field, f"Choose from: {', '.join(known)}.", "code-invalid")


def _areas(areas: Collection[str]) -> Iterable[FieldProblem]:
    try:
        for area in areas:
            read_area(area)
    except Invalid as fault:
        yield from fault.problems


def _ages(service: Service) -> Iterable[FieldProblem]:
    low, high = service.min_age, service.max_age
    for field, age in (("min_age", low), ("max_age", high)):
        if age is not None and not 0 <= age <= OLDEST:
            yield FieldProblem(field, f"Give an age from 0 to {OLDEST}, or none.")
    if low is not None and high is not None and low > high:
        yield FieldProblem("max_age", "The highest age must not be below the lowest.")


def contact_problems(phone: str | None, email: str | None) -> Iterable[FieldProblem]:
    """Return what is wrong with a way to reach a group or a service; None is not given."""
    if phone is not None and not 5 <= sum(letter.isdigit() for letter in phone) <= 15:
        yield FieldProblem("phone", "Give a telephone number with 5 to 15 digits.")
    if email is not None and not _E_MAIL.fullmatch(email):
        yield FieldProblem("email", "Give an e-mail address such as hello@example.org.")
