"""Reads who sent a message and who asked in it: the people that the outcome goes back to."""

from __future__ import annotations

from typing import Any

from fhir.messages import OrganisationSeen
from fhir.reading import dig, objects, text, texts
from fhir.references import Entry, EntryIndex
from fhir.systems import ODS_ORGANISATION, ODS_SITE, normalised

NOBODY = OrganisationSeen()


def organisation_of(reference: Any, entries: EntryIndex) -> OrganisationSeen:
    """Return the organisation behind a reference: an Organization, a PractitionerRole or a Practitioner.

    A reference that only carries an ODS identifier counts too. Nothing found gives an empty OrganisationSeen.
    """
    entry = entries.find(reference)
    if entry is None:
        return (
            _identified([reference.get("identifier")], reference) if isinstance(reference, dict) else NOBODY
        )
    if entry.type == "Organization":
        return _identified(objects(entry.resource, "identifier"), entry.resource)
    if entry.type == "PractitionerRole":
        return organisation_of(entry.resource.get("organization"), entries)
    if entry.type == "Practitioner":
        return _employer(entry, entries)
    return NOBODY


def requester_of(request: Entry, header: Entry, entries: EntryIndex) -> tuple[OrganisationSeen, str]:
    """Return the organisation that asked, with its ODS code, and where the message says so.

    It is the requester's own, else the message's sender; never the practice where the person is registered:
    the outcome returns to who asked.
    """
    own = organisation_of(request.resource.get("requester"), entries)
    if own.ods:
        return own, f"{request.path}.requester"
    sender = organisation_of(header.resource.get("sender"), entries)
    return sender, f"{header.path}.sender"


def name_of_requester(request: Entry, entries: EntryIndex) -> str | None:
    """Return the name of the professional who asked, None when the message names an organisation only."""
    entry = entries.find(request.resource.get("requester"))
    if entry is not None and entry.type == "PractitionerRole":
        entry = entries.find(entry.resource.get("practitioner"))
    name = dig(entry.resource, "name", 0) if entry is not None and entry.type == "Practitioner" else None
    parts = (*texts(name, "prefix")[:1], *texts(name, "given")[:1], text(name, "family"))
    return " ".join(part for part in parts if part) or text(name, "text")


def _employer(practitioner: Entry, entries: EntryIndex) -> OrganisationSeen:
    """Return the organisation of the role that names this practitioner: one with an ODS code before others."""
    found = [
        organisation_of(role.resource.get("organization"), entries)
        for role in entries.of_type("PractitionerRole")
        if entries.find(role.resource.get("practitioner")) is practitioner
    ]
    return next((each for each in found if each.ods), found[0] if found else NOBODY)


def _identified(identifiers: list[Any], named: dict[str, Any]) -> OrganisationSeen:
    ods = None
    for identifier in identifiers:
        if normalised(text(identifier, "system")) in (ODS_ORGANISATION, ODS_SITE):
            ods = ods or text(identifier, "value")
    return OrganisationSeen(
        ods=ods.upper() if ods else None, name=text(named, "name") or text(named, "display")
    )
