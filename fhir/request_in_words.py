"""What a referral sent as resources says in other words than a message does: needs, goals, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhir.reading import objects, plain, text
from fhir.systems import OUR_NEEDS, SDOHCC, normalised

Json = dict[str, Any]
# Gravity's categories of need (SDOHCC temporary codes) that say the same as needs of ours.
_GRAVITY_NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "social-connection": "social-connection",
        "stress": "mental-wellbeing",
        "food-insecurity": "food",
        "housing-instability": "housing",
        "homelessness": "housing",
        "inadequate-housing": "housing",
        "financial-insecurity": "money-advice",
        "material-hardship": "money-advice",
        "medical-cost-burden": "money-advice",
        "employment-status": "employment",
    }
)


def gravity_needs(source: Json) -> list[Json]:
    """Return the needs that Gravity's categories of a request name, as concepts of our own list."""
    codes = [
        _GRAVITY_NEEDS[code]
        for concept in objects(source, "category")
        for coding in objects(concept, "coding")
        if normalised(text(coding, "system")) == SDOHCC
        and (code := text(coding, "code") or "") in _GRAVITY_NEEDS
    ]
    return [{"coding": [{"system": OUR_NEEDS, "code": code}]} for code in dict.fromkeys(codes)]


def said_elsewhere(source: Json, along: Iterable[Json]) -> list[str]:
    """Return what a person here should read and no message has a place for: instructions, goals, findings."""
    found = [plain(text(source, "patientInstruction"))]
    for each in along:
        if each.get("resourceType") == "Goal":
            found.append(_labelled("Goal", text(each, "description", "text")))
        if each.get("resourceType") == "Observation":
            found.append(_labelled(words_of(each.get("code")), _value(each)))
            found += [plain(text(note, "text")) for note in objects(each, "note")]
    return [each for each in found if each]


def _labelled(label: str, words: str | None) -> str:
    return f"{label}: {plain(words)}" if words else ""


def _value(observation: Json) -> str:
    for name, value in observation.items():
        if name == "valueQuantity":
            return " ".join(str(part) for part in (value.get("value"), value.get("unit")) if part is not None)
        if name == "valueCodeableConcept":
            return words_of(value)
        if name in ("valueString", "valueInteger", "valueBoolean", "valueDateTime"):
            return str(value)
    return ""


def words_of(concept: Any) -> str:
    """Return a concept in words: its text, else the first coding's display or code; "" when it has none."""
    shown = (text(coding, "display") or text(coding, "code") for coding in objects(concept, "coding"))
    return text(concept, "text") or next(filter(None, shown), "") or ""
