"""FHIR XML read strictly into the shape of FHIR JSON, so that all that follows is shared: no DTD, no network."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from fhir.elements import Element, Kind, elements_of, find_resource_class
from fhir.paths import BUNDLE, Place
from fhir.problems import FhirRejected, Problem
from fhir.resources.R4B.fhirprimitiveextension import FHIRPrimitiveExtension
from fhir.strict_json import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_PROBLEMS,
    MAX_VALUES,
    decoded,
    refused,
    sound,
    too_costly,
)
from fhir.xml_narrative import XHTML, XML, NarrativeText

FHIR: Final = "http://hl7.org/fhir"
_SCHEMA_HINTS: Final = "http://www.w3.org/2001/XMLSchema-instance"
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})\Z")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,40})(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?\Z")
_TRUTHS: Final = {"true": True, "false": False}
_FORMS: Final = {Kind.TRUTH: "true or false", Kind.WHOLE: "a whole number", Kind.NUMBER: "a decimal number"}
_EMPTY: Final = "An element must not be empty. Leave it out."


def is_xml(content_type: str) -> bool:
    """Tell whether a Content-Type header means XML, by any of its names."""
    return content_type.split(";", 1)[0].strip().lower().endswith(("/xml", "+xml"))


def load_xml(raw: bytes) -> dict[str, Any]:
    """Return the resource in `raw` (UTF-8) as `strict_json.load` returns the same resource sent as JSON.

    Comments and processing instructions are passed over. Raises FhirRejected with every problem found: a DOCTYPE
    (and with it every entity), another namespace, an element that R4 does not have, text between elements, and
    the limits of JSON. A narrative's div is kept as XHTML text.
    """
    text = decoded(raw, "XML")
    reader = _Reader()
    _parse(text, reader)
    if reader.problems:
        raise FhirRejected(reader.problems)
    return sound(reader.body)


def _parse(text: str, reader: _Reader) -> None:
    """Run the parser over a text; raises FhirRejected where it is no XML or brings a DOCTYPE."""
    parser = expat.ParserCreate("utf-8", " ")  # the text is UTF-8 by now, whatever its first line says
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)  # a fixed text, without content
        sentence = (
            f"The XML cannot be read at line {error.lineno}, column {error.offset + 1} ({said}). "
            "It may be cut short: send the whole message."
        )
    else:
        return
    raise refused(sentence)


def _no_doctype(*_told: object) -> None:
    raise refused("A DOCTYPE is not taken, nor an entity that it declares. Send the message without it.")


@dataclass(slots=True)
class _Open:
    """An element that is open. Below one without `node` nothing is read: its problem has been told."""

    place: Place
    node: dict[str, Any] | None = None
    model: Any = None
    name: str = ""
    element: Element | None = None
    parent: dict[str, Any] | None = None  # for a primitive or a holder of a resource: where its value goes
    value: str | None = None
    holds_resource: bool = False


@dataclass(slots=True)
class _Reader:
    """Builds the JSON shape while the parser tells what it meets; it never recurses, so depth is only counted."""

    body: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _seen: int = 0
    _narrative: NarrativeText | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self._count()
        if self._narrative is not None:
            self._narrative.start(tag, attributes)
            return
        if not self._open:
            self._open.append(_Open(BUNDLE, {}, parent=self.body, holds_resource=True))
        uri, _, name = tag.rpartition(" ")
        above = self._open[-1]
        opened = _Open(above.place)
        if above.node is not None:
            opened = self._opened(above, uri, name, attributes)
        self._open.append(opened)

    def end(self, _tag: str) -> None:
        """Close an element."""
        if self._narrative is not None and self._narrative.end():
            return
        closed = self._open.pop()
        if closed.holds_resource and closed.parent is not None and not closed.name:
            self._add(closed.place, "required", "A resource is missing here. Add it.")
        if self._narrative is not None:
            closed.value, self._narrative = self._narrative.text(), None
        if closed.element is not None and closed.element.kind not in (Kind.OBJECT, Kind.RESOURCE):
            self._primitive(closed, closed.element)

    def characters(self, text: str) -> None:
        """Take text, which FHIR has in narratives only."""
        if self._narrative is not None:
            self._narrative.say(text)
        elif text.strip() and self._open and self._open[-1].node is not None:
            sentence = "FHIR XML has no text between elements. Send it in a value attribute."
            self._add(self._open[-1].place, "structure", sentence)

    def _count(self) -> None:
        self._seen += 1
        if self._seen > MAX_VALUES:
            raise too_costly("Bundle", f"The message has more than {MAX_VALUES} values. Send less at once.")
        if len(self._open) > MAX_DEPTH:
            raise refused(f"The XML is nested deeper than {MAX_DEPTH} levels. Flatten it.")

    def _opened(self, above: _Open, uri: str, name: str, attributes: dict[str, str]) -> _Open:
        wanted = XHTML if name == "div" and _is_narrative(above) else FHIR
        if uri != wanted:
            return self._not_read(above.place, f"An element here is not in the namespace {wanted}.")
        if above.holds_resource:
            return self._resource(above, name, attributes)
        element = elements_of(above.model).get(name)
        if element is None or above.node is None or name.startswith("_"):
            sentence = "FHIR R4 has no such element here. Remove it, or send it as an extension."
            return self._not_read(above.place.then(name), sentence)
        before = above.node.get(name, ()) if element.repeats else ()
        place = above.place.then(name, len(before)) if element.repeats else above.place.then(name)
        if not element.repeats and (name in above.node or "_" + name in above.node):
            return self._not_read(place, "This element does not repeat: send it once.")
        if name == "entry" and len(before) >= MAX_ENTRIES:
            sentence = f"The Bundle has more than {MAX_ENTRIES} entries. Send less at once."
            raise too_costly("Bundle.entry", sentence)
        opened = _Open(place, {}, FHIRPrimitiveExtension, name, element, above.node)
        if wanted == XHTML:
            self._narrative = NarrativeText(attributes)
        elif element.kind in (Kind.OBJECT, Kind.RESOURCE):
            self._object(opened, element, attributes)
        else:
            told = self._attributes(place, attributes, ("id", "value"))
            opened.value, opened.node = told.pop("value", None), dict(told)
        return opened

    def _object(self, opened: _Open, element: Element, attributes: dict[str, str]) -> None:
        node: dict[str, Any] = {}
        if opened.parent is not None and element.repeats:
            opened.parent.setdefault(opened.name, []).append(node)
        elif opened.parent is not None:
            opened.parent[opened.name] = node
        opened.node, opened.model = node, element.model
        if element.kind is Kind.RESOURCE:
            self._attributes(opened.place, attributes, ())
            opened.holds_resource, opened.parent, opened.name = True, node, ""
        else:
            allowed = ("id", "url") if element.model.__name__ == "Extension" else ("id",)
            node.update(self._attributes(opened.place, attributes, allowed))

    def _resource(self, holder: _Open, name: str, attributes: dict[str, str]) -> _Open:
        if holder.name or holder.parent is None:
            return self._not_read(holder.place, "Only one resource can stand here. Give each an entry.")
        holder.name = name
        holder.parent["resourceType"] = name
        self._attributes(holder.place, attributes, ())
        model = find_resource_class(name)  # of an unknown type only the name is kept: the checks refuse it
        return _Open(holder.place, holder.parent if model else None, model)

    def _primitive(self, closed: _Open, element: Element) -> None:
        value, extended, parent = self._converted(closed, element.kind), closed.node or None, closed.parent
        if parent is None:
            return
        if closed.value is None and extended is None:
            self._add(closed.place, "invalid", _EMPTY)
        name, beside = closed.name, "_" + closed.name
        if not element.repeats:
            parent.update(
                {key: each for key, each in ((name, value), (beside, extended)) if each is not None}
            )
            return
        before = parent.setdefault(name, [])
        if extended is not None or beside in parent:
            gaps = parent.setdefault(beside, [None] * len(before))
            gaps.append(extended)
        before.append(value)

    def _converted(self, closed: _Open, kind: Kind) -> Any:
        told = closed.value
        if told is None or kind is Kind.TEXT:
            return told
        told = told.strip()
        if kind is Kind.TRUTH and told in _TRUTHS:
            return _TRUTHS[told]
        if (kind is Kind.WHOLE and _WHOLE.match(told)) or (kind is Kind.NUMBER and _NUMBER.match(told)):
            return json.loads(told)
        self._add(closed.place, "invalid", f"The value must be {_FORMS[kind]}.")
        return None

    def _attributes(self, place: Place, told: dict[str, str], allowed: tuple[str, ...]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for name, value in told.items():
            if name in allowed:
                kept[name] = value
            elif not name.startswith((_SCHEMA_HINTS + " ", XML + " ")):
                self._add(place, "invalid", "FHIR R4 has no such XML attribute here. Remove it.")
        return kept

    def _not_read(self, place: Place, sentence: str) -> _Open:
        self._add(place, "invalid", sentence)
        return _Open(place)

    def _add(self, place: Place, code: str, sentence: str) -> None:
        self.problems.append(Problem(str(place), code, sentence))
        if len(self.problems) >= MAX_PROBLEMS:
            raise FhirRejected(self.problems)


def _is_narrative(above: _Open) -> bool:
    return above.model is not None and above.model.__name__ == "Narrative"
