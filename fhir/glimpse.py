"""Reads the one patient of a message that is refused for its form, so that the rules can say their part at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fhir.inbound_person import person_paths, read_person
from fhir.messages import PersonSeen
from fhir.problems import FhirRejected
from fhir.reading import moment
from fhir.references import Entry, EntryIndex
from fhir.strict_json import load
from fhir.xml_reading import is_xml, load_xml

_UNKNOWN = datetime(1, 1, 1, tzinfo=UTC)  # before every period, so that none counts as past


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The patient as far as can be read, and where each part stands; nothing here was checked."""

    person: PersonSeen
    paths: dict[str, str]


def glimpse(raw: bytes, *, content_type: str) -> Glimpse | None:
    """Return the patient of a message, None when there is not just one or too little of it can be read."""
    try:
        body: dict[str, Any] = load_xml(raw) if is_xml(content_type) else load(raw)
    except FhirRejected:
        return None
    listed = body.get("entry")
    entries = EntryIndex.of(listed if isinstance(listed, list) else [])
    patients = entries.of_type("Patient")
    if len(patients) != 1:
        return None
    return _of(patients[0], entries, moment(body.get("timestamp")) or _UNKNOWN)


def glimpse_alone(patient: dict[str, Any], at: datetime) -> Glimpse | None:
    """Return a patient who comes with no message, as told at a time; None when too little can be read."""
    entries = EntryIndex.of([{"resource": patient}])
    patients = entries.of_type("Patient")
    seen = _of(patients[0], entries, at) if patients else None
    if seen is None:
        return None
    start = patients[0].path
    paths = {name: path.replace(start, "Patient", 1) for name, path in seen.paths.items()}
    return Glimpse(seen.person, paths)


def _of(patient: Entry, entries: EntryIndex, at: datetime) -> Glimpse | None:
    try:
        return Glimpse(read_person(patient, entries, labels=[], at=at), person_paths(patient, at))
    except (TypeError, AttributeError, ValueError, KeyError):  # misshapen beyond what careful reading bears
        return None
