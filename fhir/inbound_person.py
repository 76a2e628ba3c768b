"""Reads the Patient of a checked message into a PersonSeen."""

from __future__ import annotations

from typing import Any

from fhir.inbound_parties import organisation_of
from fhir.messages import NhsNumberClaim, PersonSeen
from fhir.reading import day, dig, extensions, objects, text, texts
from fhir.references import Entry, EntryIndex
from fhir.systems import (
    EXT_CONTACT_RANK,
    EXT_ETHNIC_CATEGORY,
    EXT_NHS_NUMBER_STATUS,
    NHS_NUMBER,
    NUMBER_NOT_TRACED,
    NUMBER_VERIFIED,
    ONESELF,
    RESTRICTED_LABELS,
    normalised,
)

_UNRANKED = 1_000


def read_person(patient: Entry, entries: EntryIndex, *, labels: list[dict[str, Any]]) -> PersonSeen:
    """Return the person as the message tells it; `labels` are security labels of the whole message."""
    resource = patient.resource
    number, claim = _nhs_number(resource)
    name = _preferred(objects(resource, "name"), ("official", "usual"))
    address = _preferred(objects(resource, "address"), ("home", "temp"))
    emails = _reached_by(resource, "email")
    return PersonSeen(
        nhs_number=number,
        nhs_number_claim=claim,
        family=text(name, "family"),
        given=texts(name, "given"),
        prefix=next(iter(texts(name, "prefix")), None),
        birth_date=day(resource.get("birthDate")),
        gender=text(resource, "gender"),
        address_lines=_address_lines(address),
        postcode=text(address, "postalCode"),
        phones=_reached_by(resource, "phone"),
        email=emails[0] if emails else None,
        language=_language(resource),
        ethnicity=_ethnicity(resource),
        deceased=resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource,
        restricted=_restricted(objects(resource, "meta", "security") + labels),
        gp_practice=organisation_of(dig(resource, "generalPractitioner", 0), entries),
    )


def person_paths(patient: Entry) -> dict[str, str]:
    """Return where each judged part of the person stands, or would stand."""
    resource, path = patient.resource, patient.path
    numbers = _positions(objects(resource, "identifier"), lambda each: _is_nhs_number(each))
    names = objects(resource, "name")
    addresses = objects(resource, "address")
    death = "deceasedDateTime" if "deceasedDateTime" in resource else "deceasedBoolean"
    return {
        "person": path,
        "person.nhs_number": f"{path}.identifier[{numbers[0]}].value" if numbers else f"{path}.identifier",
        "person.birth_date": f"{path}.birthDate",
        "person.family": _within(path, "name", names, _preferred(names, ("official", "usual")), "family"),
        "person.postcode": _within(
            path, "address", addresses, _preferred(addresses, ("home", "temp")), "postalCode"
        ),
        "person.deceased": f"{path}.{death}",
        "person.gender": f"{path}.gender",
        "person.restricted": f"{path}.meta.security",
    }


def _positions(listed: list[dict[str, Any]], fits: Any) -> list[int]:
    return [position for position, each in enumerate(listed) if fits(each)]


def _within(path: str, name: str, listed: list[dict[str, Any]], chosen: dict[str, Any], last: str) -> str:
    position = next((at for at, each in enumerate(listed) if each is chosen), None)
    return f"{path}.{name}" if position is None else f"{path}.{name}[{position}].{last}"


def _preferred(listed: list[dict[str, Any]], uses: tuple[str, ...]) -> dict[str, Any]:
    """Return the one with the first of these uses, else the first that is not old; {} when there is none."""
    for use in uses:
        for each in listed:
            if each.get("use") == use:
                return each
    current = [each for each in listed if each.get("use") != "old"]
    return next(iter(current or listed), {})


def _is_nhs_number(identifier: dict[str, Any]) -> bool:
    return normalised(text(identifier, "system")) == NHS_NUMBER and text(identifier, "value") is not None


def _nhs_number(resource: dict[str, Any]) -> tuple[str | None, NhsNumberClaim]:
    for identifier in objects(resource, "identifier"):
        if _is_nhs_number(identifier):
            digits = (text(identifier, "value") or "").replace(" ", "").replace("-", "")
            return digits, _claim(identifier)
    return None, NhsNumberClaim.ABSENT


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


def _address_lines(address: dict[str, Any]) -> tuple[str, ...]:
    parts = (*texts(address, "line"), text(address, "city"), text(address, "district"))
    return tuple(part for part in parts if part) or (
        (text(address, "text") or "",) if text(address, "text") else ()
    )


def _reached_by(resource: dict[str, Any], system: str) -> tuple[str, ...]:
    """Return the person's own numbers or addresses, best rank first.

    BaRS writes the person's telecom under Patient.contact with the relationship ONESELF; a representative's
    contact is never taken for the person's.
    """
    found = [(_rank(each), text(each, "value")) for each in _current(resource, system)]
    for contact in objects(resource, "contact"):
        if _is_oneself(contact):
            found += [(_rank(each), text(each, "value")) for each in _current(contact, system)]
    ordered = sorted(found, key=lambda pair: pair[0])
    return tuple(dict.fromkeys(value for _, value in ordered if value))


def _current(holder: dict[str, Any], system: str) -> list[dict[str, Any]]:
    listed = objects(holder, "telecom")
    return [each for each in listed if each.get("system") == system and each.get("use") != "old"]


def _rank(telecom: dict[str, Any]) -> int:
    rank = telecom.get("rank")
    return rank if isinstance(rank, int) else _UNRANKED


def _is_oneself(contact: dict[str, Any]) -> bool:
    """Whether this contact is the person: said so, or an unnamed contact of the first rank without relationship."""
    relationships = objects(contact, "relationship")
    if relationships:
        return any(
            text(coding, "code") == ONESELF for each in relationships for coding in objects(each, "coding")
        )
    ranks = [each.get("valuePositiveInt") for each in extensions(contact, EXT_CONTACT_RANK)]
    return "name" not in contact and ranks == [1]


def _language(resource: dict[str, Any]) -> str | None:
    spoken = objects(resource, "communication")
    chosen = next((each for each in spoken if each.get("preferred") is True), spoken[0] if spoken else {})
    return text(chosen, "language", "coding", 0, "code")


def _ethnicity(resource: dict[str, Any]) -> str | None:
    for extension in extensions(resource, EXT_ETHNIC_CATEGORY):
        return text(extension, "valueCodeableConcept", "coding", 0, "code")
    return None


def _restricted(labels: list[dict[str, Any]]) -> bool:
    return any((text(label, "code") or "").upper() in RESTRICTED_LABELS for label in labels)
