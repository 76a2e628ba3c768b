"""Reads the Patient of a checked message into a PersonSeen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fhir.inbound_contact import (
    communication_needs,
    contact_times,
    interpreter_required,
    language_of,
    no_telephone,
    preferred_contact,
)
from fhir.inbound_number import nhs_number_of
from fhir.inbound_parties import organisation_of
from fhir.inbound_safety import strictest_label
from fhir.messages import PersonSeen
from fhir.problems import Problem
from fhir.reading import day, dig, extensions, moment, objects, text, texts
from fhir.references import Entry, EntryIndex
from fhir.systems import (
    EXT_CONTACT_RANK,
    EXT_ETHNIC_CATEGORY,
    ONESELF,
    RESTRICTED_LABELS,
)

_UNRANKED = 1_000
_DEATH = {"deceasedDateTime", "_deceasedDateTime"}  # the latter: died, the day is not known


def read_person(
    patient: Entry, entries: EntryIndex, *, labels: list[dict[str, Any]], at: datetime
) -> PersonSeen:
    """Return the person as the message tells it; `labels` are those of the whole message, `at` when it was sent."""
    resource = patient.resource
    number = nhs_number_of(patient)
    labelled = strictest_label(objects(resource, "meta", "security") + labels)
    name = _preferred(objects(resource, "name"), ("official", "usual"), at)
    address = _preferred(objects(resource, "address"), ("home", "temp"), at)
    emails = _reached_by(resource, "email")
    return PersonSeen(
        nhs_number=number.value,
        nhs_number_claim=number.claim,
        **_name(name),
        birth_date=day(resource.get("birthDate")),
        gender=text(resource, "gender"),
        address_lines=_address_lines(address),
        postcode=text(address, "postalCode"),
        phones=_reached_by(resource, "phone"),
        email=emails[0] if emails else None,
        language=language_of(resource),
        ethnicity=_ethnicity(resource),
        deceased=resource.get("deceasedBoolean") is True or bool(_DEATH & resource.keys()),
        restricted=labelled in RESTRICTED_LABELS,
        gp_practice=organisation_of(dig(resource, "generalPractitioner", 0), entries),
        confidentiality=labelled,
        superseded_numbers=number.superseded,
        interpreter_required=interpreter_required(resource),
        communication_needs=communication_needs(resource),
        preferred_contact=preferred_contact(resource),
        contact_times=contact_times(resource),
        no_telephone=no_telephone(resource),
    )


def name_warning(patient: Entry, at: datetime) -> Problem | None:
    """Return what is said of a name that is one text: it is taken whole, for nobody can tell its parts apart."""
    names = objects(patient.resource, "name")
    name = _preferred(names, ("official", "usual"), at)
    if text(name, "family") or not text(name, "text"):
        return None
    place = _within(patient.path, "name", names, name, "family")
    sentence = (
        "The name was taken whole from its text. Send the family name by itself, so that people are matched."
    )
    return Problem(place, "business-rule", sentence, "warning")


def _name(name: dict[str, Any]) -> dict[str, Any]:
    """The parts of a name; R4 asks for none of them, and UK Core's SHOULD is no must: the text stands in."""
    if text(name, "family") is None and text(name, "text"):
        return {"family": text(name, "text")}
    prefix = next(iter(texts(name, "prefix")), None)
    return {"family": text(name, "family"), "given": texts(name, "given"), "prefix": prefix}


def person_paths(patient: Entry, at: datetime) -> dict[str, str]:
    """Return where each judged part of the person stands, or would stand."""
    resource, path = patient.resource, patient.path
    names = objects(resource, "name")
    addresses = objects(resource, "address")
    death = "deceasedDateTime" if "deceasedDateTime" in resource else "deceasedBoolean"
    return {
        "person": path,
        "person.nhs_number": nhs_number_of(patient).path,
        "person.birth_date": f"{path}.birthDate",
        "person.family": _within(path, "name", names, _preferred(names, ("official", "usual"), at), "family"),
        "person.postcode": _within(
            path, "address", addresses, _preferred(addresses, ("home", "temp"), at), "postalCode"
        ),
        "person.deceased": f"{path}.{death}",
        "person.gender": f"{path}.gender",
        "person.restricted": f"{path}.meta.security",
    }


def _within(path: str, name: str, listed: list[dict[str, Any]], chosen: dict[str, Any], last: str) -> str:
    position = next((at for at, each in enumerate(listed) if each is chosen), None)
    return f"{path}.{name}" if position is None else f"{path}.{name}[{position}].{last}"


def _preferred(listed: list[dict[str, Any]], uses: tuple[str, ...], at: datetime) -> dict[str, Any]:
    """Return the one with the first of these uses, of those that are not past; {} when there is none."""
    current = [each for each in listed if each.get("use") != "old" and not _is_past(each, at)] or listed
    for use in uses:
        for each in current:
            if each.get("use") == use:
                return each
    return next(iter(current), {})


def _is_past(each: dict[str, Any], at: datetime) -> bool:
    """Tell whether its period had ended when the message was sent: a name of years ago is nobody's name now."""
    ended = moment(dig(each, "period", "end"))
    return ended is not None and ended < at


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


def _ethnicity(resource: dict[str, Any]) -> str | None:
    for extension in extensions(resource, EXT_ETHNIC_CATEGORY):
        return text(extension, "valueCodeableConcept", "coding", 0, "code")
    return None
