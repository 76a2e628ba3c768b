"""FHIR JSON written as FHIR XML, for answers to those who asked for application/fhir+xml."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from fhir.elements import Element, Kind, elements_of, find_resource_class
from fhir.problems import FhirRejected
from fhir.resources.R4B.fhirprimitiveextension import FHIRPrimitiveExtension
from fhir.strict_json import UNPRINTABLE
from fhir.xml_narrative import XHTML
from fhir.xml_reading import FHIR, load_xml

_AS_ATTRIBUTE: Final = ("id", "url")  # url: of an Extension; in a resource both are elements
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")  # characters that JSON has and XML has not
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def to_xml(resource: dict[str, Any]) -> bytes:
    """Return a resource of the JSON shape as FHIR XML in UTF-8, elements in the order of the specification.

    What `xml_reading.load_xml` gives back is equal to `resource`. Raises ValueError for what is no R4 resource.
    """
    pieces = [_DECLARATION]
    _resource(resource, pieces, f" xmlns={quoteattr(FHIR)}")
    return "".join(pieces).encode("utf-8")


def _resource(node: dict[str, Any], pieces: list[str], declared: str = "") -> None:
    name = node.get("resourceType")
    model = find_resource_class(name)
    if model is None:
        raise ValueError("the resourceType names no FHIR R4 resource")
    pieces.append(f"<{name}{declared}>")
    _children(node, model, pieces)
    pieces.append(f"</{name}>")


def _children(node: dict[str, Any], model: Any, pieces: list[str], skipped: tuple[str, ...] = ()) -> None:
    elements = elements_of(model)
    known = [name for name in model.elements_sequence() if name not in skipped]
    if {name.removeprefix("_") for name in node} - {*known, *skipped, "resourceType"}:
        raise ValueError(f"{model.__name__} has an element that FHIR R4 does not have")
    for name in known:
        values, beside = node.get(name), node.get("_" + name)
        if values is None and beside is None:
            continue
        if not elements[name].repeats:
            values, beside = [values], [beside]
        for value, extended in zip_longest(values or (), beside or ()):
            _element(name, value, elements[name], pieces, extended=extended)


def _element(
    name: str, value: Any, element: Element, pieces: list[str], *, extended: dict[str, Any] | None
) -> None:
    if element.kind is Kind.RESOURCE:
        pieces.append(f"<{name}>")
        _resource(value, pieces)
        pieces.append(f"</{name}>")
    elif element.kind is Kind.OBJECT:
        _tagged(name, value, element.model, pieces)
    elif name == "div":
        pieces.append(_narrative(value))
    else:
        _tagged(name, extended or {}, FHIRPrimitiveExtension, pieces, value=value)


def _tagged(name: str, node: dict[str, Any], model: Any, pieces: list[str], *, value: Any = None) -> None:
    told: dict[str, Any] = {
        each: node[each] for each in _AS_ATTRIBUTE if each in node and _is_attribute(each, model)
    }
    if value is not None:
        told["value"] = value
    pieces.append(f"<{name}{''.join(f' {key}={quoteattr(_text(each))}' for key, each in told.items())}>")
    opened = len(pieces)
    _children(node, model, pieces, tuple(told))
    if len(pieces) == opened:
        pieces[-1] = pieces[-1][:-1] + "/>"
    else:
        pieces.append(f"</{name}>")


def _is_attribute(name: str, model: Any) -> bool:
    return name == "id" or model.__name__ == "Extension"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_IN_XML.sub("", UNPRINTABLE.sub("", str(value)))


def _narrative(div: str) -> str:
    """The div as it stands where it is sound XHTML; else its words, so that no text can break the document."""
    try:
        load_xml(f'<Basic xmlns="{FHIR}"><text>{div}</text></Basic>'.encode())
    except (FhirRejected, UnicodeEncodeError):
        return f'<div xmlns="{XHTML}">{escape(_text(div))}</div>'
    return div
