"""Reads what must be known before anything else: safeguarding, risks, and how confidential the message is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fhir.messages import FlagSeen
from fhir.reading import code_in, objects, plain, text
from fhir.references import EntryIndex
from fhir.systems import (
    FLAG_CATEGORIES,
    HL7_FLAG_CATEGORIES,
    NO_SAFEGUARDING_ISSUE,
    RESTRICTED_LABELS,
    SAFEGUARDING,
    SAFEGUARDING_CODES,
    SCENE_SAFE,
    SCENE_SAFETY_CODES,
    normalised,
)

_STRICTEST_FIRST: Final = ("V", "R", "N", "M", "L", "U")  # v3-Confidentiality
_RISKS: Final = frozenset({"SS", "IR", "CW"})  # BaRS: scene safety, infection risk, call warning
_HL7_RISKS: Final = frozenset({"behavioral", "safety", "contact"})  # flag-category of HL7
_WITHDRAWN: Final = frozenset({"entered-in-error", "cancelled", "refuted"})


def safeguarding(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return each safeguarding concern: active flags of that category, and the concern's codes wherever coded.

    "No safeguarding issues identified" is a finding, not a concern.
    """
    found: list[FlagSeen] = []
    for entry in entries.of_type("Flag", "Condition", "Observation"):
        resource = entry.resource
        if not _holds(resource):
            continue
        flagged = entry.type == "Flag" and _category(resource, FLAG_CATEGORIES) == SAFEGUARDING
        for seen, system in _coded(resource, SAFEGUARDING):
            concern = flagged or system == SAFEGUARDING_CODES
            if concern and seen.code != NO_SAFEGUARDING_ISSUE:
                found.append(seen)
    return tuple(dict.fromkeys(found))


def risks(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return each risk: active flags of a category that warns, and the outcomes that RiskAssessments predict."""
    found: list[FlagSeen] = []
    for entry in entries.of_type("Flag"):
        bars, hl7 = (_category(entry.resource, system) for system in (FLAG_CATEGORIES, HL7_FLAG_CATEGORIES))
        category = bars if bars in _RISKS else hl7 if hl7 in _HL7_RISKS else None
        if category is not None and _holds(entry.resource):
            found += [seen for seen, system in _coded(entry.resource, category) if not _is_safe(seen, system)]
    for entry in entries.of_type("RiskAssessment"):
        if _holds(entry.resource):
            for prediction in objects(entry.resource, "prediction"):
                found += [seen for seen, _ in _coded({"code": prediction.get("outcome")}, "RiskAssessment")]
    return tuple(dict.fromkeys(found))


def strictest_label(labels: list[dict[str, Any]]) -> str | None:
    """Return the strictest v3-Confidentiality code among security labels, in whatever system it is sent."""
    codes = {(text(label, "code") or "").upper() for label in labels}
    return next((code for code in _STRICTEST_FIRST if code in codes), None)


def is_sensitive(body: dict[str, Any], entries: EntryIndex) -> bool:
    """Return whether the message, or any resource in it, is labelled restricted (R) or very restricted (V)."""
    labels = objects(body, "meta", "security")
    for entry in entries.entries:
        labels += objects(entry.resource, "meta", "security")
    return strictest_label(labels) in RESTRICTED_LABELS


def _holds(resource: dict[str, Any]) -> bool:
    """A flag holds while it is active; a finding, unless it has been taken back."""
    if resource.get("resourceType") == "Flag":
        return resource.get("status") == "active"
    verified = {text(each, "code") or "" for each in objects(resource.get("verificationStatus"), "coding")}
    return not _WITHDRAWN & {*verified, str(resource.get("status"))}


def _category(resource: dict[str, Any], system: str) -> str | None:
    codes = (code_in(concept, system) for concept in objects(resource, "category"))
    return next(filter(None, codes), None)


def _coded(resource: dict[str, Any], category: str) -> Iterator[tuple[FlagSeen, str | None]]:
    words = plain(text(resource, "code", "text")) or None
    codings = objects(resource, "code", "coding")
    for coding in codings:
        seen = FlagSeen(category, text(coding, "code"), plain(text(coding, "display")) or words)
        yield seen, normalised(text(coding, "system"))
    if not codings and (words or resource.get("resourceType") == "Flag"):
        yield FlagSeen(category, None, words), None


def _is_safe(seen: FlagSeen, system: str | None) -> bool:
    return system == SCENE_SAFETY_CODES and seen.code == SCENE_SAFE
