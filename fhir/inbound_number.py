"""Reads the person's NHS number: the current one, followed where the message says that another has replaced it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir.messages import NhsNumberClaim
from fhir.problems import Problem
from fhir.reading import dig, extensions, objects, text
from fhir.references import Entry
from fhir.systems import (
    EXT_NHS_NUMBER_STATUS,
    NHS_NUMBER,
    NUMBER_NOT_TRACED,
    NUMBER_VERIFIED,
    OLD,
    normalised,
)


@dataclass(frozen=True, slots=True)
class NumberSeen:
    """The number to use (digits only, None when there is none), what is said of it, and those it replaced."""

    value: str | None
    claim: NhsNumberClaim
    path: str
    superseded: tuple[str, ...] = ()
    warning: Problem | None = None


def nhs_number_of(patient: Entry) -> NumberSeen:
    """Return the number that Patient.link replaced-by gives, else the identifier's that is not marked old.

    The new number is taken from the link's own identifier or from a contained Patient; nothing is looked up.
    """
    listed = list(_numbers(patient.resource, patient.path))
    current = [each for each in listed if each[0].get("use") != OLD]
    old = tuple(digits(each) for each, _ in listed if each.get("use") == OLD)
    old += tuple(digits(each) for each, _ in _linked(patient, "replaces"))
    replaced = objects(patient.resource, "link")
    if any(link.get("type") == "replaced-by" for link in replaced):
        following = next(_linked(patient, "replaced-by"), None)
        if following is not None:
            before = tuple(digits(each) for each, _ in current)
            return _seen(following, superseded=before + old)
        sentence = (
            "Another record has replaced this Patient, but its NHS number is not in the message. Send it."
        )
        warning = Problem(f"{patient.path}.link", "not-found", sentence, "warning")
        return _seen(next(iter(current), None), superseded=old, warning=warning, path=patient.path)
    return _seen(next(iter(current), None), superseded=old, path=patient.path)


def digits(identifier: Any) -> str:
    """Return an identifier's value without the blanks and hyphens of its groups."""
    return (text(identifier, "value") or "").replace(" ", "").replace("-", "")


def is_nhs_number(identifier: Any) -> bool:
    """Tell whether an identifier is of the NHS number's system and has a value."""
    return normalised(text(identifier, "system")) == NHS_NUMBER and text(identifier, "value") is not None


def is_number(value: str) -> bool:
    """Tell whether a text has the form of an NHS number: ten digits; the check digit is not judged."""
    return len(value) == 10 and value.isascii() and value.isdigit()


def _seen(
    found: tuple[dict[str, Any], str] | None,
    *,
    superseded: tuple[str, ...],
    path: str = "",
    warning: Problem | None = None,
) -> NumberSeen:
    if found is None:
        return NumberSeen(None, NhsNumberClaim.ABSENT, f"{path}.identifier", superseded, warning)
    identifier, place = found
    value = digits(identifier)
    before = tuple(each for each in dict.fromkeys(superseded) if each != value)
    return NumberSeen(value, _claim(identifier), place, before, warning)


def _numbers(holder: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    for position, identifier in enumerate(objects(holder, "identifier")):
        if is_nhs_number(identifier):
            yield identifier, f"{path}.identifier[{position}].value"


def _linked(patient: Entry, kind: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The numbers of the records that links of a kind point to, as far as the message holds them."""
    for position, link in enumerate(objects(patient.resource, "link")):
        if link.get("type") != kind:
            continue
        other, path = link.get("other"), f"{patient.path}.link[{position}].other.identifier.value"
        found = [(dig(other, "identifier"), path)]
        for at, contained in enumerate(objects(patient.resource, "contained")):
            if text(other, "reference") == f"#{contained.get('id')}":
                found += list(_numbers(contained, f"{patient.path}.contained[{at}]"))
        for identifier, place in found:
            if is_nhs_number(identifier) and is_number(digits(identifier)):
                yield identifier, place


def _claim(identifier: dict[str, Any]) -> NhsNumberClaim:
    """What three dialects of codes say; the code alone decides, they do not overlap."""
    for extension in extensions(identifier, EXT_NHS_NUMBER_STATUS):
        for coding in objects(extension, "valueCodeableConcept", "coding"):
            code = (text(coding, "code") or "").lower()
            if code in NUMBER_VERIFIED:
                return NhsNumberClaim.VERIFIED
            if code in NUMBER_NOT_TRACED:
                return NhsNumberClaim.NOT_TRACED
        return NhsNumberClaim.OTHER
    return NhsNumberClaim.ABSENT
