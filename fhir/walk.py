"""A walk over a resource along the library's metadata: finds what the library would accept or bend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhir.elements import Element, Kind, elements_of, find_resource_class
from fhir.paths import Place
from fhir.problems import Problem
from fhir.reading import objects, text
from fhir.references import EntryIndex, reference_problem

ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_VALUE: Final = re.compile(r"_?value[A-Z]")
_BLANK: Final = re.compile(r"\s")
# R4, extensibility.html and resource.html: what changes the meaning of the rest must not be passed over. None of these
# is understood here.
_MODIFIERS: Final = {
    "modifierExtension": (
        "extension",
        "This changes the meaning of what it stands in, in a way that is not understood here. Leave it out.",
    ),
    "implicitRules": (
        "not-supported",
        "Rules that this was made under are not known here. Say in it what they mean, and leave them out.",
    ),
}
_SEVERAL: Final = 12  # codes listed in a sentence; a longer list is left to the specification


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk needs to know besides the node: the Bundle's entries and the resource it is in."""

    entries: EntryIndex
    contained: frozenset[str] = frozenset()

    def resource(self, node: Any, place: Place) -> Iterator[Problem]:
        """Yield the problems of one resource and all that is in it."""
        if not isinstance(node, dict):
            yield Problem(str(place), "invalid", "A resource must be a JSON object.")
            return
        model = find_resource_class(node.get("resourceType"))
        if model is None:
            sentence = "The resourceType is missing or is no FHIR R4 resource. Name the resource's R4 type."
            yield Problem(str(place.then("resourceType")), "not-supported", sentence)
            return
        contained = node.get("contained")
        ids = (
            [each.get("id") for each in contained or () if isinstance(each, dict)] if _list(contained) else []
        )
        inner = Walk(self.entries, self.contained | {each for each in ids if isinstance(each, str)})
        yield from inner.object(node, model, place)

    def object(self, node: dict[str, Any], model: Any, place: Place) -> Iterator[Problem]:
        """Yield the problems of one object of a known type."""
        if not node:
            yield Problem(str(place), "invalid", "An element must not be empty. Leave it out.")
            return
        elements = elements_of(model)
        for name, value in node.items():
            element = elements.get(name)
            if element is not None and name in _MODIFIERS:
                yield Problem(str(place.then(name)), *_MODIFIERS[name])
            elif element is not None:
                yield from self._value(value, element, place.then(name))
                if _has_gap(value, element) and f"_{name}" not in node:
                    sentence = "A null only holds the place of an extension beside it. Leave it out."
                    yield Problem(str(place.then(name)), "invalid", sentence)
            elif name != "resourceType":
                sentence = "FHIR R4 has no such element here. Remove it, or send it as an extension."
                yield Problem(str(place.then(name)), "invalid", sentence)
        if model.__name__ == "Extension" and ("extension" in node) == any(map(_VALUE.match, node)):  # ext-1
            sentence = "An extension holds either a value or further extensions. Send one of the two."
            yield Problem(str(place), "invariant", sentence)

    def _value(self, value: Any, element: Element, place: Place) -> Iterator[Problem]:
        if value is None:
            yield Problem(
                str(place), "invalid", "A null stands for nothing in FHIR JSON. Leave the element out."
            )
        elif element.repeats:
            yield from self._list(value, element, place)
        elif isinstance(value, list):
            yield Problem(str(place), "invalid", "This element does not repeat: send one value, not a list.")
        else:
            yield from self._one(value, element, place)

    def _list(self, value: Any, element: Element, place: Place) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(str(place), "invalid", "This element repeats: send a list, also for one value.")
            return
        if not value:
            yield Problem(str(place), "invalid", "A list must not be empty. Leave the element out.")
        for position, one in enumerate(value):
            # null holds a place in a list of primitives whose extensions stand in the `_` list beside it
            if one is not None or element.kind in (Kind.OBJECT, Kind.RESOURCE):
                yield from self._one(one, element, place.then(position))

    def _one(self, value: Any, element: Element, place: Place) -> Iterator[Problem]:
        if element.kind is Kind.RESOURCE:
            yield from self.resource(value, place)
        elif element.kind is Kind.OBJECT:
            yield from self._nested(value, element, place)
        elif not _has_shape(value, element.kind):
            yield Problem(str(place), "invalid", f"This must be a JSON {_SHAPES[element.kind]}.")
        else:
            yield from _text(value, element, place)

    def _nested(self, value: Any, element: Element, place: Place) -> Iterator[Problem]:
        if value is None and str(place.before.step if place.before else "").startswith("_"):
            return  # a list of primitives' extensions may have gaps
        if not isinstance(value, dict):
            yield Problem(str(place), "invalid", "This must be a JSON object, not a text or a number.")
            return
        yield from self.object(value, element.model, place)
        if element.model.__name__ == "Reference":
            problem = reference_problem(value, element.targets, self.entries, self.contained)
            if problem:
                yield Problem(str(place.then("reference")), "invariant", problem)
        if element.concepts and not _is_one_of(value, element.concepts):
            yield Problem(str(place), "value", _unknown_concept(element.concepts))


_SHAPES: Final = {
    Kind.TEXT: "string",
    Kind.TRUTH: "true or false, without quotes",
    Kind.WHOLE: "whole number, without quotes",
    Kind.NUMBER: "number, without quotes",
}


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _has_gap(value: Any, element: Element) -> bool:
    return _list(value) and element.kind not in (Kind.OBJECT, Kind.RESOURCE) and None in value


def _has_shape(value: Any, kind: Kind) -> bool:
    if kind is Kind.TEXT:
        return isinstance(value, str)
    if kind is Kind.TRUTH:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (kind is Kind.NUMBER and isinstance(value, float))


def _text(value: Any, element: Element, place: Place) -> Iterator[Problem]:
    if element.kind is not Kind.TEXT:
        return
    if not value.strip():
        yield Problem(str(place), "invalid", "A text must not be blank. Leave the element out.")
    elif element.codes and value not in element.codes:
        yield Problem(str(place), "value", unknown_code(element.codes))
    elif element.is_id and not ID.match(value):
        yield Problem(str(place), "value", "An id is 1 to 64 letters, digits, hyphens or full stops.")
    elif element.is_uri and _BLANK.search(value):
        yield Problem(str(place), "value", "An address or URI has no blanks in it. Correct it.")


def _is_one_of(concept: dict[str, Any], codings: frozenset[tuple[str, str]]) -> bool:
    """Whether a CodeableConcept has a coding that R4 requires, or says by an extension alone why it has none.

    A code without any system passes when the list has it: so the published REFREQ04 has its clinicalStatus.
    """
    if set(concept) <= {"id", "extension"}:
        return True
    known = {*codings, *((None, code) for _, code in codings)}
    found = ((text(each, "system"), text(each, "code")) for each in objects(concept, "coding"))
    return any(each in known for each in found)


def _unknown_concept(codings: frozenset[tuple[str, str]]) -> str:
    systems = ", ".join(sorted({system for system, _ in codings}))
    codes = [code for _, code in sorted(codings)]
    listed = "" if len(codes) > _SEVERAL else f" with one of: {', '.join(codes)}"
    return f"R4 requires a coding of its list here. Send one of the system {systems}{listed}."


def unknown_code(codes: frozenset[str] | tuple[str, ...]) -> str:
    """Return the sentence for a code outside its list; it is not repeated, for what stands there may be a name."""
    if len(codes) > _SEVERAL:
        return "This is not a code of this element's FHIR R4 list. Use one that is."
    return f"This is not a code of this element. Use one of: {', '.join(sorted(codes))}."
