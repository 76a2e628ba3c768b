"""Cuts resources down to what was asked for, and binds them into a searchset."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any, Final

from fhir.elements import find_resource_class
from fhir.problems import Problem, operation_outcome
from fhir.writing import Json, element

_ALWAYS: Final = frozenset({"resourceType", "id", "meta"})
_SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "Resource encoded in summary mode",
}


class Summary(StrEnum):
    """How much of a resource is wanted, as _summary says it (FHIR R4, search.html#summary)."""

    NONE = "false"
    MARKED = "true"
    TEXT = "text"
    DATA = "data"


@cache
def elements_of_type(resource_type: str) -> frozenset[str]:
    """Return the names of a type's elements, as JSON spells them."""
    return frozenset(
        name for name, info in _fields(resource_type) if _marks(info).get("element_property")
    ) | {"id", "meta"}


@cache
def _needed(resource_type: str) -> frozenset[str]:
    """Elements without which a resource would not be one; the library marks primitives in a way of its own."""
    fields = _fields(resource_type)
    return _ALWAYS | {
        name for name, info in fields if info.is_required() or _marks(info).get("element_required")
    }


@cache
def _summarised(resource_type: str) -> frozenset[str]:
    fields = _fields(resource_type)
    return frozenset(name for name, info in fields if _marks(info).get("summary_element_property"))


def _fields(resource_type: str) -> list[tuple[str, Any]]:
    model: Any = find_resource_class(resource_type)
    return [(info.alias or name, info) for name, info in model.model_fields.items()]


def _marks(info: Any) -> dict[str, Any]:
    return info.json_schema_extra or {}


def shaped(resource: Json, summary: Summary, elements: Iterable[str]) -> Json:
    """Return a resource with the elements asked for and those it needs, marked as cut; the whole when none are."""
    named = frozenset(elements)
    if summary is Summary.NONE and not named:
        return resource
    kept = _kept(resource["resourceType"], summary) | named
    cut = {name: value for name, value in resource.items() if name in kept}
    meta = resource.get("meta", {})
    return cut | {"meta": meta | {"tag": [*meta.get("tag", []), _SUBSETTED]}}


def _kept(kind: str, summary: Summary) -> frozenset[str]:
    more = {
        Summary.NONE: frozenset[str](),
        Summary.MARKED: _summarised(kind),
        Summary.TEXT: frozenset({"text"}),
        Summary.DATA: elements_of_type(kind) - {"text"},
    }
    return _needed(kind) | more[summary]


def searchset(
    base_url: str, matches: Iterable[Json], *, included: Iterable[Json], links: Json, total: int | None
) -> Json:
    """Return the Bundle of a search; `links` is relation -> address, `total` None when nobody counted."""
    entries = [_entry(base_url, each, "match") for each in matches]
    entries += [_entry(base_url, each, "include") for each in included]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        bundle["total"] = total
    link = [{"relation": relation, "url": url} for relation, url in links.items()]
    return bundle | element(link=link, entry=entries)


def _entry(base_url: str, resource: Json, mode: str) -> Json:
    address = f"{base_url}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": address, "resource": resource, "search": {"mode": mode}}


def collection(base_url: str, resources: Iterable[Json], *, id: str, made_at: str) -> Json:
    """Return a Bundle that gathers resources as of one moment; nothing is to be done with them."""
    entries = [_entry(base_url, each, "match") for each in resources]
    for entry in entries:
        del entry["search"]
    bundle: Json = {"resourceType": "Bundle", "id": id, "type": "collection", "timestamp": made_at}
    return bundle | element(entry=entries)


def ignored_outcome(names: Iterable[str]) -> Json:
    """Return the entry that names the parameters that were left aside (Prefer: handling=lenient)."""
    problems = [
        Problem("", "not-supported", f"{name} was ignored: no such search parameter.", "warning")
        for name in names
    ]
    return {"resource": operation_outcome(problems), "search": {"mode": "outcome"}}
