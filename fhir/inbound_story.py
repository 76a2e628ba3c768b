"""Reads what a referral asks for: the referrer's words, the needs and the flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fhir.messages import CodedThing, FlagSeen
from fhir.reading import code_in, objects, plain, text
from fhir.references import Entry, EntryIndex
from fhir.systems import FLAG_CATEGORIES, TYPE_1_OPT_OUT, normalised

_NOT_TRUE: Final = frozenset({"refuted", "entered-in-error"})  # Condition.verificationStatus


def reason_text(request: Entry, entries: EntryIndex) -> tuple[str, str]:
    """Return the referral in the referrer's words, without markup, and where the first of them stands."""
    told = [(plain(words), place) for words, place in _told(request, entries)]
    kept = {words: place for words, place in reversed(told) if words}  # the first place of a repeated text
    ordered = [words for words in dict.fromkeys(words for words, _ in told) if words]
    return "\n\n".join(ordered), kept[ordered[0]] if ordered else f"{request.path}.reasonCode"


def _told(request: Entry, entries: EntryIndex) -> Iterator[tuple[str, str]]:
    for concept, place in _concepts(request, "reasonCode"):
        yield concept_words(concept), f"{place}.text"
    for condition in _conditions(entries):
        yield concept_words(condition.resource.get("code")), f"{condition.path}.code.text"
    for plan in entries.of_type("CarePlan"):
        yield text(plan.resource, "description") or "", f"{plan.path}.description"
        for at, activity in enumerate(objects(plan.resource, "activity")):
            for position, concept in enumerate(objects(activity, "outcomeCodeableConcept")):
                place = f"{plan.path}.activity[{at}].outcomeCodeableConcept[{position}].text"
                yield concept_words(concept), place
    for position, note in enumerate(objects(request.resource, "note")):
        yield text(note, "text") or "", f"{request.path}.note[{position}].text"


def concept_words(concept: Any) -> str:
    """Return a concept's text; where it only labels its codings (as 111 does), their displays with it."""
    shown = "; ".join(filter(None, (text(coding, "display") for coding in objects(concept, "coding"))))
    label = text(concept, "text") or ""
    return f"{label}: {shown}" if label and shown and label != shown else label or shown


def needs(request: Entry, entries: EntryIndex) -> tuple[CodedThing, ...]:
    """Return the codings of conditions and reasons, in any system; a concept without code gives its text."""
    concepts: list[Any] = [concept for concept, _ in _concepts(request, "reasonCode")]
    concepts += [condition.resource.get("code") for condition in _conditions(entries)]
    return concepts_as_seen(concepts)


def concepts_as_seen(concepts: list[Any]) -> tuple[CodedThing, ...]:
    """Return the codings of CodeableConcepts, each once; a concept without code gives its text."""
    return tuple(dict.fromkeys(thing for concept in concepts for thing in _coded(concept)))


def _coded(concept: Any) -> Iterator[CodedThing]:
    words = plain(text(concept, "text")) or None
    codings = [coding for coding in objects(concept, "coding") if text(coding, "code")]
    for coding in codings:
        display = plain(text(coding, "display")) or None
        yield CodedThing(normalised(text(coding, "system")), text(coding, "code"), display, words)
    if words and not codings:
        yield CodedThing(text=words)


def _concepts(request: Entry, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    for position, concept in enumerate(objects(request.resource, name)):
        yield concept, f"{request.path}.{name}[{position}]"


def _conditions(entries: EntryIndex) -> Iterator[Entry]:
    for condition in entries.of_type("Condition"):
        codings = objects(condition.resource, "verificationStatus", "coding")
        if not any(text(coding, "code") in _NOT_TRUE for coding in codings):
            yield condition


def flags(entries: EntryIndex) -> tuple[FlagSeen, ...]:
    """Return the active flags, one for each of a flag's codes."""
    found: list[FlagSeen] = []
    for flag in entries.of_type("Flag"):
        if flag.resource.get("status") == "active":
            found.extend(_flag(flag.resource))
    return tuple(found)


def _flag(resource: dict[str, Any]) -> Iterator[FlagSeen]:
    codes = (code_in(concept, FLAG_CATEGORIES) for concept in objects(resource, "category"))
    category = next(filter(None, codes), None)
    words = plain(text(resource, "code", "text")) or None
    codings = objects(resource, "code", "coding")
    for coding in codings:
        yield FlagSeen(category, text(coding, "code"), plain(text(coding, "display")) or words)
    if not codings:
        yield FlagSeen(category, None, words)


def type_1_opt_out(node: Any) -> bool:
    """Return whether the SNOMED CT code of the Type 1 opt-out stands as a code anywhere below this node."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if here.get("code") == TYPE_1_OPT_OUT:
                return True
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return False
