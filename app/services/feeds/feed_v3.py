"""Reads a service in the shape of Open Referral UK 3.0 into our own words, with all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from app.domain.categories import NONE_KNOWN, needs_of
from app.domain.directory import Term
from app.domain.directory_words import ServiceStatus
from app.domain.entries import LONGEST_NAME, LONGEST_TEXT
from app.domain.errors import Invalid
from app.domain.feed import FeedService, Findings, Told
from app.domain.openreferral import IN_USE_NO_MORE, NEEDS, STATUSES
from app.services.feeds.feed_legal_forms import legal_form
from app.services.feeds.feed_places import read_sessions, read_venues
from app.services.feeds.feed_v1 import as_v3, is_v1
from app.services.feeds.feed_words import (
    age,
    areas,
    checked_on,
    cost,
    email,
    items,
    languages,
    long_text,
    part,
    phone,
    text,
    website,
)

_STATUSES = {theirs: ours for ours, theirs in STATUSES.items()} | {IN_USE_NO_MORE: ServiceStatus.INACTIVE}
_CHARITY, _CHARITY_SCHEMES = "charit", ("GB-CHC", "GB-SC", "GB-NIC")
_CHARITY_NUMBER = re.compile(r"[A-Z]{0,3}[0-9]{5,8}(-[0-9]{1,3})?")


def read_service(raw: Any, known: Mapping[str, Term], *, source: str, today: date) -> FeedService:
    """Return a service of either version; `known` are the categories we have, by "taxonomy:code".

    With `problems` it cannot be taken. Raises Invalid for what is no service at all.
    """
    found = Findings()
    if not isinstance(raw, Mapping):
        found.refuse("", "This is no service: give an object with an id and a name.")
        raise Invalid(found.problems)
    told = as_v3(raw) if is_v1(raw) else raw
    venues = read_venues(told, found)
    terms = _terms(told, source, found)
    values = _values(told, found, today) | {
        "needs": _needs(terms, known, found),
        "terms": [term.key for term in terms if term.taxonomy != NEEDS],
        "sessions": read_sessions(told, venues, today=today, found=found),
    }
    organisation = _organisation(part(told, "organization"), found)
    service_id = _needed(told, "id", "", found)
    new = tuple(term for term in terms if term.taxonomy != NEEDS and term.key not in known)
    return FeedService(
        Told(service_id, values),
        organisation,
        tuple(venues.values()),
        new,
        tuple(found.notes),
        tuple(found.problems),
    )


def _values(told: Mapping[str, Any], found: Findings, today: date) -> dict[str, Any]:
    name = _needed(told, "name", "", found)
    if len(name) > LONGEST_NAME:
        found.refuse("name", f"It must be {LONGEST_NAME} characters or fewer.")
    status = _STATUSES.get(text(told, "status"))
    if status is None:
        found.refuse("status", f"Choose from: {', '.join(_STATUSES)}.", "code-invalid")
    lowest, highest = age(told, "minimum_age", found), age(told, "maximum_age", found)
    if lowest is not None and highest is not None and lowest > highest:
        found.refuse("maximum_age", "The highest age must not be below the lowest.")
    codes, words = areas(told, found)
    eligibility = [long_text(told, "eligibility_description", found), *(f"Area: {each}" for each in words)]
    phones = [
        *items(told, "phones"),
        *(one for each in items(told, "contacts") for one in items(each, "phones")),
    ]
    return {
        "name": name,
        "description": long_text(told, "description", found),
        "status": (status or ServiceStatus.INACTIVE).value,
        "min_age": lowest,
        "max_age": highest,
        "areas": codes,
        "languages": languages(told, found),
        "eligibility": "\n".join(each for each in eligibility if each)[:LONGEST_TEXT],
        "cost": cost(told, found),
        "contact_email": email(told, "email", found),
        "contact_phone": phone(phones, "phones", found),
        "verified_on": checked_on(told, "assured_date", today=today, found=found),
    }


def _organisation(told: Mapping[str, Any], found: Findings) -> Told:
    name = _needed(told, "name", "organization.", found)
    if len(name) > LONGEST_NAME:
        found.refuse("organization.name", f"It must be {LONGEST_NAME} characters or fewer.")
    inner = Findings()
    values = {
        "name": name,
        "description": long_text(told, "description", inner),
        "email": email(told, "email", inner),
        "website": website(told, "website", inner),
        "charity_number": _charity_number(told, inner),
    } | legal_form(told)
    for note in inner.notes:
        found.note(f"organization.{note.field}", note.sentence)
    return Told(_needed(told, "id", "organization.", found), values)


def _charity_number(told: Mapping[str, Any], found: Findings) -> str | None:
    for each in items(told, "organization_identifiers"):
        scheme, kind = text(each, "identifier_scheme").upper(), text(each, "identifier_type").lower()
        number = text(each, "identifier").upper().replace(" ", "")
        if number and (scheme in _CHARITY_SCHEMES or _CHARITY in kind):
            if _CHARITY_NUMBER.fullmatch(number):
                return number
            found.note("charity_number", "It is no registered number of a charity: left out.")
    return None


def _terms(told: Mapping[str, Any], source: str, found: Findings) -> list[Term]:
    terms = {}
    for number, attribute in enumerate(items(told, "attributes")):
        term = part(attribute, "taxonomy_term")
        code, name = text(term, "code") or text(term, "id"), text(term, "name")
        if not code or not name:
            found.note(f"attributes[{number}]", "A category needs an id and a name: left out.")
            continue
        read = Term(text(term, "taxonomy") or source, code, name)
        terms[read.key] = read
    return list(terms.values())


def _needs(terms: Collection[Term], known: Mapping[str, Term], found: Findings) -> list[str]:
    """Needs in our own words where the source has them; else by what the steward said of a category, or by its name."""
    ours = [term for term in terms if term.taxonomy == NEEDS]
    needs = needs_of(ours or terms, known)
    if needs == NONE_KNOWN:
        found.note("attributes", "No category says which need this meets: it stands under something else.")
    return needs


def _needed(told: Mapping[str, Any], name: str, before: str, found: Findings) -> str:
    value = text(told, name)
    if not value:
        found.refuse(f"{before}{name}", "It must be told.", "required")
    return value
