"""Writes the PRSB social prescribing record as a FHIR R4 document: a Composition first, then what it refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from fhir.strict_json import UNPRINTABLE
from fhir.systems import OUR_REFERRAL_ID, OURS
from fhir.views import to
from fhir.writing import Json, coding, concept, element

TITLE: Final = "Social prescribing record"
PRSB_SECTIONS: Final = OURS + "CodeSystem/prsb-social-prescribing-sections"
FIRST: Final = "Plan and requested actions"  # the standard: at the top of any communication
_LOINC: Final = "http://loinc.org"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
# Which resources stand behind a section: the same record, for machines.
_BEHIND: Final[Mapping[str, tuple[str, ...]]] = {
    "Person demographics": ("Patient",),
    "Consent": ("Consent",),
    "Referral details": ("ServiceRequest", "Organization"),
    "Assessments": ("Observation", "QuestionnaireResponse"),
    "Care and support plan": ("CarePlan", "Task"),
}


@dataclass(frozen=True, slots=True)
class DocumentTold:
    """What the head of a document tells; `is_final`: the referral has ended."""

    referral_id: str
    person_id: str
    team_id: str
    team_name: str
    reference: str
    base_url: str
    made_at: datetime
    is_final: bool
    restricted: bool


def document(told: DocumentTold, sections: Mapping[str, Any], resources: Sequence[Json]) -> Json:
    """Return the Bundle; `sections` are the standard's rows by section, in its order, without empty ones."""
    at = told.made_at.astimezone(UTC).isoformat(timespec="seconds")
    named = str(uuid5(NAMESPACE_URL, f"{OURS}prsb/{told.referral_id}/{at}"))
    entries = [{"fullUrl": f"urn:uuid:{named}", "resource": _composition(told, named, sections, resources)}]
    entries += [
        {"fullUrl": f"{told.base_url}/{each['resourceType']}/{each['id']}", "resource": each}
        for each in resources
    ]
    return {
        "resourceType": "Bundle",
        "id": named,
        "meta": {"lastUpdated": at},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{named}"},
        "type": "document",
        "timestamp": at,
        "entry": entries,
    }


def _composition(
    told: DocumentTold, named: str, sections: Mapping[str, Any], resources: Sequence[Json]
) -> Json:
    at = told.made_at.astimezone(UTC).isoformat(timespec="seconds")
    order = sorted(sections, key=lambda name: name != FIRST)  # the others stay in the standard's order
    written = [_section(name, sections[name], resources) for name in order]
    return {"resourceType": "Composition", "id": named} | element(
        meta={"lastUpdated": at},
        text=_narrative(_paragraphs(sections.get(FIRST, {}))),
        identifier={"system": OUR_REFERRAL_ID, "value": told.reference},
        status="final" if told.is_final else "preliminary",
        type=concept(coding(_LOINC, "34133-9", "Summary of episode note"), text=TITLE),
        subject=to("Patient", told.person_id),
        date=at,
        author=[to("Organization", told.team_id, told.team_name)],
        title=TITLE,
        confidentiality="R" if told.restricted else "N",
        custodian=to("Organization", told.team_id, told.team_name),
        section=written,
    )


def _section(name: str, rows: Any, resources: Sequence[Json]) -> Json:
    behind = _BEHIND.get(name, ())
    entries = [
        {"reference": f"{each['resourceType']}/{each['id']}"}
        for each in resources
        if each["resourceType"] in behind
    ]
    code = name.lower().replace(" ", "-")
    return element(
        title=name,
        code=concept(coding(PRSB_SECTIONS, code, name)),
        text=_narrative(_paragraphs(rows)),
        entry=entries,
    )


def _narrative(inner: str) -> Json:
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{inner or "<p>Not recorded</p>"}</div>'}


def _paragraphs(rows: Any) -> str:
    """Every row with its name, nested as the standard nests it: a reader sees what a machine gets."""
    return f"<ul>{''.join(_items(rows))}</ul>" if rows else ""


def _items(rows: Mapping[str, Any]) -> Iterator[str]:
    for name, value in rows.items():
        for each in value if isinstance(value, list) else [value]:
            inner = _paragraphs(each) if isinstance(each, Mapping) else _words(each)
            yield f"<li><b>{_escaped(name)}</b>: {inner}</li>"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return f"{value:g}"
    return "<br/>".join(_escaped(line) for line in str(value).splitlines())


def _escaped(words: str) -> str:
    return escape(UNPRINTABLE.sub("", words), quote=False)
