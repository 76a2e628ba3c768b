"""Reads what the NHS's Organisation Data Service publishes: epraccur.csv, networks' partners, the FHIR API's answers.

epraccur has no heading: 27 columns, of which 1 is the code, 2 the name, 5 to 9 the address, 10 the postcode, 13 the
status (A is active), 18 the telephone and 26 the prescribing setting (4 is a GP practice).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.geography import OdsEntry, OdsRole
from app.services.feeds.ons_files import Wrong

_EPRACCUR = 27
_GP_PRACTICE = "4"
_ODS_CODE = re.compile(r"[A-Z0-9]{3,10}")
_ROLE_EXTENSION = "https://fhir.nhs.uk/England/StructureDefinition/Extension-England-OrganisationRole"
_ROLES = {"RO76": OdsRole.PRACTICE, "RO272": OdsRole.NETWORK}
_IS_PARTNER_TO = "RE8"
_PARTNERS = {
    "practice": r"partner organisation code",
    "practice_name": r"partner name",
    "network": r"pcn code",
    "network_name": r"pcn name",
    "ended": r".*relationship end date",
}


def is_epraccur(first: Sequence[str]) -> bool:
    """Tell by its first line whether a file has epraccur's shape."""
    return len(first) == _EPRACCUR and bool(_ODS_CODE.fullmatch(first[0].strip()))


def practices(lines: Iterable[Sequence[str]]) -> Iterator[OdsEntry | Wrong]:
    """Return the GP practices of epraccur; other prescribers (walk-in centres, prisons) are left out."""
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if len(cells) != _EPRACCUR or not _ODS_CODE.fullmatch(cells[0]):
            yield Wrong(number, f"A line of epraccur has {_EPRACCUR} columns and begins with an ODS code.")
        elif cells[25] == _GP_PRACTICE:
            yield OdsEntry(
                cells[0],
                OdsRole.PRACTICE,
                cells[1],
                tuple(cell for cell in cells[4:9] if cell),
                cells[9] or None,
                cells[17] or None,
                cells[12] == "A",
            )


def columns_of_partners(heading: Sequence[str]) -> dict[str, int] | None:
    """Return which column holds what when it is the list of the networks' core partners, else None."""
    names = [name.strip().lower() for name in heading]
    found = {
        wanted: at
        for wanted, pattern in _PARTNERS.items()
        for at, name in enumerate(names)
        if re.fullmatch(pattern, name)
    }
    return found if {"practice", "network"} <= set(found) else None


def partners(lines: Iterable[Sequence[str]], columns: Mapping[str, int]) -> Iterator[OdsEntry | Wrong]:
    """Return each network and each practice in it; a partnership that has ended is left out."""
    for number, line in enumerate(lines, start=2):
        told = {name: line[at].strip() if at < len(line) else "" for name, at in columns.items()}
        if not any(told.values()) or told.get("ended"):
            continue
        if not (_ODS_CODE.fullmatch(told["practice"]) and _ODS_CODE.fullmatch(told["network"])):
            yield Wrong(number, "The practice's and the network's ODS codes are needed.")
            continue
        yield OdsEntry(told["network"], OdsRole.NETWORK, told.get("network_name", ""))
        yield OdsEntry(
            told["practice"], OdsRole.PRACTICE, told.get("practice_name", ""), network=told["network"]
        )


def from_fhir(answer: Mapping[str, Any]) -> Iterator[OdsEntry]:
    """Return the practices and networks of an Organization, an OrganizationAffiliation or a Bundle of them.

    Shapes of the Organisation Data Terminology API (FHIR R4); other roles and relationships are left out.
    """
    kind = answer.get("resourceType")
    if kind == "Bundle":
        for entry in answer.get("entry", ()):
            yield from from_fhir(entry.get("resource", {}))
    elif kind == "Organization":
        role = next((_ROLES[code] for code in _role_codes(answer) if code in _ROLES), None)
        if role is not None:
            yield _organisation(answer, role)
    elif kind == "OrganizationAffiliation" and answer.get("active") and _IS_PARTNER_TO in _codes(answer):
        network = answer["participatingOrganization"]["identifier"]["value"]
        yield OdsEntry(network, OdsRole.NETWORK)
        practice = answer["organization"]["identifier"]["value"]
        yield OdsEntry(practice, OdsRole.PRACTICE, network=network)


def _organisation(resource: Mapping[str, Any], role: OdsRole) -> OdsEntry:
    address: Mapping[str, Any] = next(iter(resource.get("address", ())), {})
    phones = [each["value"] for each in resource.get("telecom", ()) if each.get("system") == "phone"]
    city = (address["city"],) if "city" in address else ()
    return OdsEntry(
        resource["id"],
        role,
        resource.get("name", ""),
        (*address.get("line", ()), *city),
        address.get("postalCode"),
        next(iter(phones), None),
        resource.get("active"),
    )


def _role_codes(resource: Mapping[str, Any]) -> Iterator[str]:
    for extension in resource.get("extension", ()):
        if extension.get("url") == _ROLE_EXTENSION:
            for part in extension.get("extension", ()):
                for coding in part.get("valueCodeableConcept", {}).get("coding", ()):
                    yield coding["code"]


def _codes(resource: Mapping[str, Any]) -> set[str]:
    return {coding["code"] for concept in resource.get("code", ()) for coding in concept.get("coding", ())}
