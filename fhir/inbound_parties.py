"""Reads who sent a message and who asked in it: the people that the outcome goes back to."""

from __future__ import annotations

from typing import Any

from fhir.messages import Destination, OrganisationSeen
from fhir.reading import dig, objects, text, texts
from fhir.references import Entry, EntryIndex
from fhir.systems import ODS_ORGANISATION, ODS_SITE, OUR_ORGANISATION_ID, OUR_REFERRAL_ID, normalised

NOBODY = OrganisationSeen()


def party(reference: Any, entries: EntryIndex, holder: Entry | None = None) -> dict[str, Any] | None:
    """Return the resource that a reference means: an entry of the message, or contained in `holder`."""
    entry = entries.find(reference)
    if entry is not None:
        return entry.resource
    literal = text(reference, "reference") or ""
    contained = (
        objects(holder.resource, "contained") if holder is not None and literal.startswith("#") else []
    )
    return next((each for each in contained if each.get("id") == literal[1:]), None)


def is_named(reference: Any, entries: EntryIndex, holder: Entry) -> bool:
    """Tell whether a reference says who is meant: by a resource of the message, or by an identifier alone."""
    return party(reference, entries, holder) is not None or text(reference, "identifier", "value") is not None


def organisation_of(reference: Any, entries: EntryIndex, holder: Entry | None = None) -> OrganisationSeen:
    """Return the organisation behind a reference: an Organization, a PractitionerRole or a Practitioner.

    A reference that only carries an ODS identifier counts too, and so does what `holder`, the resource that the
    reference stands in, contains. Nothing found gives an empty OrganisationSeen.
    """
    found = party(reference, entries, holder)
    if found is not None and found.get("resourceType") == "PractitionerRole":
        return _named_by(found.get("organization"), entries, holder)
    if found is not None and found.get("resourceType") == "Practitioner":
        return _employer(found, entries, holder)
    return _named_by(reference, entries, holder)


def _named_by(reference: Any, entries: EntryIndex, holder: Entry | None) -> OrganisationSeen:
    found = party(reference, entries, holder)
    if found is None:
        identifier = reference.get("identifier") if isinstance(reference, dict) else None
        return _identified([identifier], reference) if identifier else NOBODY
    is_organisation = found.get("resourceType") == "Organization"
    return _identified(objects(found, "identifier"), found) if is_organisation else NOBODY


def requester_of(request: Entry, header: Entry, entries: EntryIndex) -> tuple[OrganisationSeen, str]:
    """Return the organisation that asked, with its ODS code, and where the message says so.

    It is the requester's own, else the message's sender; never the practice where the person is registered:
    the outcome returns to who asked.
    """
    own = organisation_of(request.resource.get("requester"), entries, request)
    if own.ods:
        return own, f"{request.path}.requester"
    sender = organisation_of(header.resource.get("sender"), entries, header)
    return sender, f"{header.path}.sender"


def name_of_requester(request: Entry, entries: EntryIndex) -> str | None:
    """Return the name of the professional who asked, None when the message names an organisation only."""
    found = party(request.resource.get("requester"), entries, request)
    if found is not None and found.get("resourceType") == "PractitionerRole":
        found = party(found.get("practitioner"), entries, request)
    is_professional = found is not None and found.get("resourceType") == "Practitioner"
    name = dig(found, "name", 0) if is_professional else None
    parts = (*texts(name, "prefix")[:1], *texts(name, "given")[:1], text(name, "family"))
    return " ".join(part for part in parts if part) or text(name, "text")


def receivers(header: Entry, entries: EntryIndex) -> tuple[tuple[OrganisationSeen, ...], ...]:
    """Return what each destination names: its receiver's organisation and its endpoint's, as far as they say one.

    BaRS writes an endpoint as `system|value`; one that is no organisation's (a service's, an address) says none.
    """
    found = []
    for destination in objects(header.resource, "destination"):
        system, _, value = (text(destination, "endpoint") or "").partition("|")
        named = [organisation_of(destination.get("receiver"), entries, header)]
        named.append(_identified([{"system": system, "value": value}], {}))
        found.append(tuple(each for each in named if each.ods or each.own_id))
    return tuple(found)


def destinations(header: Entry, entries: EntryIndex) -> tuple[Destination, ...]:
    """Return whom each destination means, in all the words that it has for them."""
    found = []
    for at, destination in enumerate(objects(header.resource, "destination")):
        reference = destination.get("receiver")
        resource = party(reference, entries, header)
        named = [*objects(resource, "identifier"), *objects({"own": [reference]}, "own")]
        named = [each.get("identifier", each) for each in named]
        ids = ((normalised(text(each, "system")), text(each, "value")) for each in named)
        told = tuple(f"{system or ''}|{value}" for system, value in ids if value)
        found.append(Destination(f"{header.path}.destination[{at}]", text(destination, "endpoint"), told))
    return tuple(found)


def our_reference(request: Entry) -> str | None:
    """Return the id that we gave the request: as its identifier, else as the id that its sender read from us."""
    listed = objects(request.resource, "identifier")
    ours = (text(each, "value") for each in listed if normalised(text(each, "system")) == OUR_REFERRAL_ID)
    return next(filter(None, ours), None) or text(request.resource, "id")


def _employer(practitioner: dict[str, Any], entries: EntryIndex, holder: Entry | None) -> OrganisationSeen:
    """Return the organisation of the role that names this practitioner: one with an ODS code before others."""
    roles = [role.resource for role in entries.of_type("PractitionerRole")]
    contained = objects(holder.resource, "contained") if holder is not None else []
    roles += [each for each in contained if each.get("resourceType") == "PractitionerRole"]
    found = [
        _named_by(role.get("organization"), entries, holder)
        for role in roles
        if party(role.get("practitioner"), entries, holder) is practitioner
    ]
    return next((each for each in found if each.ods), found[0] if found else NOBODY)


def _identified(identifiers: list[Any], named: dict[str, Any]) -> OrganisationSeen:
    ods = own_id = None
    for identifier in identifiers:
        system = normalised(text(identifier, "system"))
        if system in (ODS_ORGANISATION, ODS_SITE):
            ods = ods or text(identifier, "value")
        elif system == OUR_ORGANISATION_ID:
            own_id = own_id or text(identifier, "value")
    name = text(named, "name") or text(named, "display")
    return OrganisationSeen(ods=ods.upper() if ods else None, name=name, own_id=own_id)
