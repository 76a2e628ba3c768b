"""Reads how a person can be reached and talked with, and whether they must not be contacted at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fhir.languages import find_code
from fhir.messages import CodedThing
from fhir.reading import extensions, objects, plain, text
from fhir.references import Entry
from fhir.systems import (
    CONTACT_PROHIBITED,
    EXT_CONTACT_PREFERENCE,
    EXT_INTERPRETER,
    EXT_NHS_COMMUNICATION,
    PREFERRED_CONTACT,
    SDOHCC,
    SNOMED,
    normalised,
)

# Not spoken: UKCore-HumanLanguage q1 (Braille) to q5 (Makaton), and the sign languages of BCP 47.
_NOT_SPOKEN: Final = frozenset({"q1", "q2", "q3", "q4", "q5", "bfi", "ase", "asf"})


def interpreter_required(patient: dict[str, Any]) -> bool:
    """Return whether an interpreter is asked for: HL7's own extension or that of UK Core's NHSCommunication."""
    if any(each.get("valueBoolean") is True for each in extensions(patient, EXT_INTERPRETER)):
        return True
    told = (each for communication in _communications(patient) for each in _parts(communication))
    return any(name == "interpreterRequired" and part.get("valueBoolean") is True for name, part in told)


def language_of(patient: dict[str, Any]) -> str | None:
    """Return the code of the preferred language, else of the first, else the one of NHSCommunication."""
    spoken = objects(patient, "communication")
    chosen = next((each for each in spoken if each.get("preferred") is True), spoken[0] if spoken else {})
    told = (each for communication in _communications(patient) for each in _parts(communication))
    concepts = [chosen.get("language")]
    concepts += [part.get("valueCodeableConcept") for name, part in told if name == "language"]
    return next((code for each in concepts if (code := _code(each))), None)


def _code(concept: Any) -> str | None:
    """A language's code; one that is written in words alone is known by its name."""
    return text(concept, "coding", 0, "code") or find_code(_named(concept) or "")


def _named(concept: Any) -> str | None:
    """How a language without a code is called, None for one that has a code."""
    if any(text(coding, "code") for coding in objects(concept, "coding")):
        return None
    shown = (text(coding, "display") for coding in objects(concept, "coding"))
    return plain(text(concept, "text") or next(filter(None, shown), None)) or None


def communication_needs(patient: dict[str, Any]) -> tuple[CodedThing, ...]:
    """Return the ways of communicating that the person needs: signs, Braille, formats of writing, modes.

    A language that is written in words alone, and not known by its name, is one: its words must not be lost.
    """
    found = [
        coded(coding)
        for each in objects(patient, "communication")
        for coding in objects(each, "language", "coding")
        if _is_need(coding)
    ]
    for each in objects(patient, "communication"):
        words = _named(each.get("language"))
        code = find_code(words or "")
        if words and (code is None or code in _NOT_SPOKEN):
            found.append(CodedThing(code=code, text=words))
    for communication in _communications(patient):
        for name, part in _parts(communication):
            codings = objects(part, "valueCodeableConcept", "coding")
            if name == "modeOfCommunication":
                found += [coded(coding) for coding in codings]
            elif name == "language":
                found += [coded(coding) for coding in codings if _is_need(coding)]
    for name, part in _preferences(patient):
        if name == "PreferredWrittenCommunicationFormat":
            found += [coded(coding) for coding in objects(part, "valueCodeableConcept", "coding")]
    return tuple(dict.fromkeys(found))


def preferred_contact(patient: dict[str, Any]) -> CodedThing | None:
    """Return the preferred method of contact (UKCore-PreferredContactMethod, "8" is no telephone contact)."""
    for name, part in _preferences(patient):
        for coding in objects(part, "valueCodeableConcept", "coding"):
            if name == "PreferredContactMethod" and text(coding, "code"):
                return coded(coding)
    return None


def no_telephone(patient: dict[str, Any]) -> bool:
    """Return whether the person does not want to be telephoned, whatever else they prefer."""
    return any(
        name == "PreferredContactMethod"
        and text(coding, "code") == "8"
        and normalised(text(coding, "system")) in (PREFERRED_CONTACT, None)
        for name, part in _preferences(patient)
        for coding in objects(part, "valueCodeableConcept", "coding")
    )


def contact_times(patient: dict[str, Any]) -> str | None:
    """Return when to contact the person, in the sender's words; a coded timing is not put into words."""
    for name, part in _preferences(patient):
        words = plain(text(part, "valueString") or text(part, "valueTiming", "code", "text"))
        if name == "PreferredContactTimes" and words:
            return words
    return None


def do_not_contact(request: Entry) -> bool:
    """Return whether the request forbids contact with its subject (Gravity: contacting-subject-prohibited)."""
    return any(
        text(coding, "code") == CONTACT_PROHIBITED and normalised(text(coding, "system")) == SDOHCC
        for concept in objects(request.resource, "orderDetail")
        for coding in objects(concept, "coding")
    )


def coded(coding: dict[str, Any]) -> CodedThing:
    """Return a coding as a plain value."""
    display = plain(text(coding, "display")) or None
    return CodedThing(normalised(text(coding, "system")), text(coding, "code"), display)


def _is_need(coding: dict[str, Any]) -> bool:
    code = (text(coding, "code") or "").lower()
    return code in _NOT_SPOKEN or code.startswith("sgn") or normalised(text(coding, "system")) == SNOMED


def _communications(patient: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """PDS puts the extension on the Patient, UK Core on its communication."""
    yield from extensions(patient, EXT_NHS_COMMUNICATION)
    for each in objects(patient, "communication"):
        yield from extensions(each, EXT_NHS_COMMUNICATION)


def _preferences(patient: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for extension in extensions(patient, EXT_CONTACT_PREFERENCE):
        yield from _parts(extension)


def _parts(extension: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((text(each, "url") or "", each) for each in objects(extension, "extension"))
