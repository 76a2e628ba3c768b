"""What the library's own metadata says of each FHIR element: the part of R4 that the library does not check."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from fhir.resources.R4B import get_fhir_model_class

# Derived from HL7's definitions of R4 by tests/contract/clients/derive_required_codes.py: the library's metadata has
# no list for many elements, and cuts others short.
_REQUIRED_CODES: Final[dict[str, Any]] = orjson.loads(
    (Path(__file__).parent / "data" / "required_codes.json").read_bytes()
)
_URIS: Final = frozenset({"Uri", "Url", "Canonical", "Oid"})
# R4's own: the library also has those that came with R4B
_RESOURCES: Final = frozenset(_REQUIRED_CODES["lists"]["resource-types"]) - {"Resource", "DomainResource"}


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
    """One element of a type: its JSON shape, its class when it is an object, its codes and its targets.

    `concepts` are the codings (system, code) of which a CodeableConcept must have one, where R4 requires that.
    """

    kind: Kind
    repeats: bool
    model: Any = None
    codes: frozenset[str] = frozenset()
    concepts: frozenset[tuple[str, str]] = frozenset()
    targets: frozenset[str] = frozenset()
    is_id: bool = False
    is_uri: bool = False


def find_resource_class(name: object) -> Any | None:
    """Return the library's class of a resource type of R4, or None when there is no such concrete resource."""
    if not isinstance(name, str) or name not in _RESOURCES:
        return None
    try:
        return get_fhir_model_class(name)
    except ValueError:  # R4B left out the few that R4 had on trial
        return None


@cache
def elements_of(model: Any) -> dict[str, Element]:
    """Return the elements of a library class by their JSON name, primitives' `_extensions` among them."""
    found: dict[str, Element] = {}
    for name, info in model.model_fields.items():
        alias = info.alias or name
        element = _element(model, alias, info)
        if element is not None:
            found[alias] = element
    return found


def _is_resource(model: Any) -> bool:
    return any(parent.__name__ == "Resource" for parent in model.__mro__)


def _element(model: Any, alias: str, info: Any) -> Element | None:
    inner, repeats = _unwrapped(info.annotation)
    extra = info.json_schema_extra or {}
    if hasattr(inner, "get_model_klass"):
        if inner.__name__ == "ResourceType":
            return Element(Kind.RESOURCE, repeats)
        targets = frozenset(extra.get("enum_reference_types") or ()) - {"Any", "Resource"}
        concepts = _concepts(model.__name__, alias)
        return Element(
            Kind.OBJECT, repeats, model=inner.get_model_klass(), concepts=concepts, targets=targets
        )
    kind = _primitive(inner)
    if kind is None:
        return None
    # an element's own id is any text (FHIR R4, element.html); the rule for ids is the resource's
    is_id = alias == "id" and _is_resource(model)
    codes = _codes(model.__name__, alias)
    return Element(kind, repeats, codes=codes, is_id=is_id, is_uri=bool(_marks(inner) & _URIS))


def _codes(type_name: str, alias: str) -> frozenset[str]:
    name = _REQUIRED_CODES["elements"].get(f"{type_name}.{alias}")
    return frozenset(_REQUIRED_CODES["lists"].get(name, ()))


def _concepts(type_name: str, alias: str) -> frozenset[tuple[str, str]]:
    systems = _REQUIRED_CODES["concepts"].get(f"{type_name}.{alias}", {})
    return frozenset((system, code) for system, codes in systems.items() for code in codes)


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """Return what an annotation holds and whether it is a list of it."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inside = [part for part in typing.get_args(annotation) if part is not type(None)]
        return _unwrapped(inside[0]) if len(inside) == 1 else (None, False)
    if origin is list:
        return _unwrapped(typing.get_args(annotation)[0])[0], True
    return annotation, False


def _marks(annotation: Any) -> set[str]:
    return {type(mark).__name__ for mark in typing.get_args(annotation)[1:]}


def _primitive(annotation: Any) -> Kind | None:
    marks = _marks(annotation)
    python = typing.get_args(annotation)[0] if marks else annotation
    if python is bool:
        return Kind.TRUTH
    if python is int:
        return Kind.WHOLE
    if "Decimal" in marks:
        return Kind.NUMBER
    return Kind.TEXT if marks or python is str else None
