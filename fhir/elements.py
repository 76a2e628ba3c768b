"""What the library's own metadata says of each FHIR element: the part of R4 that the library does not check."""

from __future__ import annotations

import re
import types
import typing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from fhir.resources.R4B import get_fhir_model_class

_TYPE_NAME: Final = re.compile(r"[A-Z][A-Za-z]{1,60}\Z")
_ABSTRACT: Final = frozenset({"Resource", "DomainResource"})
_CUT_SHORT: Final = frozenset(
    {"+", "etc.", "mime", "formats"}
)  # the metadata's own marks of a list left open

# The library's lists for these end in "+": completed from the R4 value sets encounter-status, task-status and
# observation-status (hl7.org/fhir/R4).
_COMPLETED: Final[dict[tuple[str, str], str]] = {
    ("Encounter", "status"): (
        "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
    ),
    ("EncounterStatusHistory", "status"): (
        "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
    ),
    ("Task", "status"): (
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
        " entered-in-error"
    ),
    ("Observation", "status"): (
        "registered preliminary final amended corrected cancelled entered-in-error unknown"
    ),
}


class Kind(StrEnum):
    """The JSON shape that an element must have."""

    OBJECT = "object"
    RESOURCE = "resource"
    TEXT = "text"
    TRUTH = "true or false"
    WHOLE = "whole number"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type: its JSON shape, its class when it is an object, its codes and its targets."""

    kind: Kind
    repeats: bool
    model: Any = None
    codes: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    is_id: bool = False


def find_resource_class(name: object) -> Any | None:
    """Return the R4B class of a resource type, or None when there is no such concrete resource."""
    if not isinstance(name, str) or not _TYPE_NAME.match(name) or name in _ABSTRACT:
        return None
    try:
        found = get_fhir_model_class(name)
    except (ValueError, KeyError, AttributeError):
        return None
    return found if any(parent.__name__ == "Resource" for parent in found.__mro__) else None


@cache
def elements_of(model: Any) -> dict[str, Element]:
    """Return the elements of a library class by their JSON name, primitives' `_extensions` among them."""
    found: dict[str, Element] = {}
    for name, info in model.model_fields.items():
        alias = info.alias or name
        element = _element(model.__name__, alias, info)
        if element is not None:
            found[alias] = element
    return found


def _element(type_name: str, alias: str, info: Any) -> Element | None:
    inner, repeats = _unwrapped(info.annotation)
    extra = info.json_schema_extra or {}
    if hasattr(inner, "get_model_klass"):
        if inner.__name__ == "ResourceType":
            return Element(Kind.RESOURCE, repeats)
        targets = frozenset(extra.get("enum_reference_types") or ()) - {"Any", "Resource"}
        return Element(Kind.OBJECT, repeats, model=inner.get_model_klass(), targets=targets)
    kind = _primitive(inner)
    if kind is None:
        return None
    return Element(kind, repeats, codes=_codes(type_name, alias, extra), is_id=alias == "id")


def _codes(type_name: str, alias: str, extra: dict[str, Any]) -> frozenset[str]:
    completed = _COMPLETED.get((type_name, alias))
    if completed:
        return frozenset(completed.split())
    listed = frozenset(extra.get("enum_values") or ())
    return frozenset() if listed & _CUT_SHORT else listed


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """Return what an annotation holds and whether it is a list of it."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inside = [part for part in typing.get_args(annotation) if part is not type(None)]
        return _unwrapped(inside[0]) if len(inside) == 1 else (None, False)
    if origin is list:
        return _unwrapped(typing.get_args(annotation)[0])[0], True
    return annotation, False


def _primitive(annotation: Any) -> Kind | None:
    marks = {type(mark).__name__ for mark in typing.get_args(annotation)[1:]}
    python = typing.get_args(annotation)[0] if marks else annotation
    if python is bool:
        return Kind.TRUTH
    if python is int:
        return Kind.WHOLE
    if "Decimal" in marks:
        return Kind.NUMBER
    return Kind.TEXT if marks or python is str else None
