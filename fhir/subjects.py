"""Whose content a message holds: all of it is filed as the one Patient's, so none may be about somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from fhir.inbound_number import digits, is_nhs_number
from fhir.problems import Problem
from fhir.reading import objects, text
from fhir.references import Entry, EntryIndex

_WHOSE: Final = ("subject", "patient", "for", "beneficiary")
_PATIENT: Final = re.compile(r"(?:\S*/)?Patient/[A-Za-z0-9\-.]{1,64}\Z")
_HISTORY: Final = re.compile(r"/_history/[^/]*\Z")
_SENTENCE: Final = (
    "This is about another person than the Patient of the Bundle, and would be read as theirs. "
    "Refer to the Patient's entry, or send it in a message of its own."
)


def subject_problems(patient: Entry, entries: EntryIndex) -> Iterator[Problem]:
    """Yield each resource, contained ones too, whose subject is a person other than the message's Patient.

    A subject may be a place or a group (the guide's REFREQ04 flags a Location), or have no reference at all.
    """
    for entry in entries.entries:
        listed = [(entry.path, entry.resource)]
        for position, each in enumerate(objects(entry.resource, "contained")):
            listed.append((f"{entry.path}.contained[{position}]", each))
        for path, resource in listed:
            if entry is patient or resource.get("resourceType") == "ServiceRequest":
                continue  # the request's own subject has a rule of its own
            for name in _WHOSE:
                if _is_another(resource.get(name), entry, patient, entries):
                    yield Problem(f"{path}.{name}", "invariant", _SENTENCE)


def _is_another(reference: Any, holder: Entry, patient: Entry, entries: EntryIndex) -> bool:
    if not isinstance(reference, dict):
        return False
    literal = _HISTORY.sub("", text(reference, "reference") or "")
    if literal:
        found = entries.find({"reference": literal})
        if literal.startswith("#"):
            contained = objects(holder.resource, "contained")
            inside = next((each for each in contained if f"#{each.get('id')}" == literal), {})
            return inside.get("resourceType") == "Patient" and not _same_number(inside, patient)
        if found is not None:
            return found.type == "Patient" and found is not patient
        return bool(_PATIENT.match(literal)) and not entries.is_called(patient, literal)
    identifier = reference.get("identifier")
    return is_nhs_number(identifier) and digits(identifier) not in _numbers(patient.resource)


def _same_number(other: dict[str, Any], patient: Entry) -> bool:
    return bool(_numbers(other) & _numbers(patient.resource))


def _numbers(resource: dict[str, Any]) -> frozenset[str]:
    return frozenset(digits(each) for each in objects(resource, "identifier") if is_nhs_number(each))
