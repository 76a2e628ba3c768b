"""Reads what must be known before anything else: what each flag warns of, and how confidential the message is."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from fhir.messages import FlagSeen
from fhir.reading import code_in, objects, plain, text
from fhir.references import EntryIndex
from fhir.systems import (
    FLAG_CATEGORIES,
    HL7_FLAG_CATEGORIES,
    NO_SAFEGUARDING_ISSUE,
    REASONABLE_ADJUSTMENT,
    RESTRICTED_LABELS,
    SAFEGUARDING,
    SAFEGUARDING_CODES,
    SCENE_SAFE,
    SCENE_SAFETY_CODES,
    TYPE_1_OPT_OUT,
    normalised,
)

_STRICTEST_FIRST: Final = ("V", "R", "N", "M", "L", "U")  # v3-Confidentiality
_RISKS: Final = frozenset({"SS", "IR", "CW"})  # BaRS: scene safety, infection risk, call warning
_HL7_RISKS: Final = frozenset({"behavioral", "safety", "contact"})  # flag-category of HL7
# Worth knowing, no warning: flag-categories-bars and the rest of HL7's flag-category, in words for who reads them
_NOTES: Final = {
    "RS": "Rejected services",
    "RC": "Repeat caller",
    "RT": "ReSPECT",
    "AC": "Agency contacted",
    "API": "Additional information",
    "diet": "Diet",
    "drug": "Medicines",
    "lab": "Laboratory",
    "admin": "Administrative",
    "clinical": "Clinical",
    "research": "Research",
    "advance-directive": "Advance directive",
}
_WITHDRAWN: Final = frozenset({"entered-in-error", "cancelled", "refuted"})


class _Kind(StrEnum):
    """What a flag is to the people who will meet the person; one of a category that nobody knows is a risk."""

    CONCERN = "concern"
    RISK = "risk"
    ADJUSTMENT = "adjustment"
    NOTE = "note"


def safeguarding(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return each safeguarding concern: active flags of that category, and the concern's codes wherever coded.

    "No safeguarding issues identified" is a finding, not a concern.
    """
    found: list[FlagSeen] = []
    for entry in entries.of_type("Flag", "Condition", "Observation"):
        resource = entry.resource
        if not _holds(resource):
            continue
        flagged = entry.type == "Flag" and _kind(resource) is _Kind.CONCERN
        for seen, system in _coded(resource, SAFEGUARDING):
            concern = flagged or system == SAFEGUARDING_CODES
            if concern and seen.code != NO_SAFEGUARDING_ISSUE:
                found.append(seen)
    return tuple(dict.fromkeys(found))


def risks(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return each risk: active flags that warn or are of no known category, and what RiskAssessments predict."""
    found = list(_flagged(entries, _Kind.RISK))
    for entry in entries.of_type("RiskAssessment"):
        if _holds(entry.resource):
            for prediction in objects(entry.resource, "prediction"):
                found += [seen for seen, _ in _coded({"code": prediction.get("outcome")}, "RiskAssessment")]
    return tuple(dict.fromkeys(found))


def adjustments(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return each reasonable adjustment that the person needs, coded or in words."""
    return tuple(dict.fromkeys(_flagged(entries, _Kind.ADJUSTMENT)))


def notes(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return every other active flag; `category` is the word for what kind it is."""
    return tuple(dict.fromkeys(_flagged(entries, _Kind.NOTE)))


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


def _flagged(entries: EntryIndex, kind: _Kind) -> Iterator[FlagSeen]:
    """The active flags of a kind; a safeguarding code is a concern, and an all-clear nothing, of any category."""
    for entry in entries.of_type("Flag"):
        if _holds(entry.resource) and _kind(entry.resource) is kind:
            code = _category_code(entry.resource)
            category = _NOTES.get(code or "") if kind is _Kind.NOTE else code
            for seen, system in _coded(entry.resource, category):
                if system != SAFEGUARDING_CODES and not _is_told_elsewhere(seen, system):
                    yield seen


def _kind(flag: dict[str, Any]) -> _Kind:
    code = _category_code(flag)
    listed = objects(flag, "category")
    named = " ".join(
        filter(
            None,
            [text(each, "text") for each in listed]
            + [text(coding, "display") for each in listed for coding in objects(each, "coding")],
        )
    ).lower()
    if code == SAFEGUARDING or (code is None and "safeguarding" in named):
        return _Kind.CONCERN
    if code == REASONABLE_ADJUSTMENT or (code is None and "reasonable adjustment" in named):
        return _Kind.ADJUSTMENT
    return _Kind.NOTE if code in _NOTES else _Kind.RISK


def _category_code(flag: dict[str, Any]) -> str | None:
    """The category that weighs most: a warning before what is only worth knowing."""
    concepts = objects(flag, "category")
    told = [
        code
        for system in (FLAG_CATEGORIES, HL7_FLAG_CATEGORIES)
        for each in concepts
        if (code := code_in(each, system))
    ]
    known = [code for code in told if code in (SAFEGUARDING, REASONABLE_ADJUSTMENT, *_RISKS, *_HL7_RISKS)]
    return next(iter(known), None) or next((code for code in told if code in _NOTES), None)


def _holds(resource: dict[str, Any]) -> bool:
    """A flag holds while it is active; a finding, unless it has been taken back."""
    if resource.get("resourceType") == "Flag":
        return resource.get("status") == "active"
    verified = {text(each, "code") or "" for each in objects(resource.get("verificationStatus"), "coding")}
    return not _WITHDRAWN & {*verified, str(resource.get("status"))}


def _coded(resource: dict[str, Any], category: str | None) -> Iterator[tuple[FlagSeen, str | None]]:
    words = plain(text(resource, "code", "text")) or None
    codings = objects(resource, "code", "coding")
    for coding in codings:
        shown = _together(plain(text(coding, "display")), words or "") or None
        yield FlagSeen(category, text(coding, "code"), shown), normalised(text(coding, "system"))
    if not codings and (words or resource.get("resourceType") == "Flag"):
        yield FlagSeen(category, None, words), None


def _together(display: str, words: str) -> str:
    """What the code says and what its writer adds to it, each once: REFREQ04 has "unsafe" and why it is."""
    if display.lower() in words.lower():
        return words
    return display if words.lower() in display.lower() else f"{display}: {words}"


def _is_told_elsewhere(seen: FlagSeen, system: str | None) -> bool:
    """An all-clear is no warning; an opt-out of the dataset is kept as what it is."""
    return (system == SCENE_SAFETY_CODES and seen.code == SCENE_SAFE) or seen.code == TYPE_1_OPT_OUT
