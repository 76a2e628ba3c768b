"""HL7's own invariants of R4, evaluated as they are published: what the shape of a type cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import orjson
from fhirpathpy import compile as compiled
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from fhir.elements import Kind, elements_of, find_resource_class
from fhir.paths import Place
from fhir.problems import Problem
from fhir.reading import text

Json = dict[str, Any]

# Derived from HL7's definitions of R4 by tests/contract/clients/derive_invariants.py.
_PUBLISHED: Final[dict[str, list[dict[str, str]]]] = orjson.loads(
    (Path(__file__).parent / "data" / "invariants.json").read_bytes()
)
_MOST: Final = 5_000  # evaluations of some 0.2 ms; a full referral asks for 400, a hostile body for 200,000
_LARGEST: Final = 2_000  # values within which everything may be compared with everything
_PAIRWISE: Final = ("isDistinct", "intersect", "descendants", "subsetOf")
_UNLOOKED: Final = "There is too much here to look at every rule of R4: send less at once."
_UNREFERRED: Final = (
    "R4's rule dom-3 is broken: what is contained must be referred to from its resource, as #id, or refer to it, as #."
    " Refer to it or leave it out."
)


def _has_value(found: list[Any]) -> list[bool]:
    """FHIR's own addition to FHIRPath, which the library does not bring (R4, fhirpath.html#functions)."""
    values = [each.data if isinstance(each, ResourceNode) else each for each in found]
    return [len(values) == 1 and values[0] is not None and not isinstance(values[0], dict | list)]


_OPTIONS: Final = {
    "userInvocationTable": {"hasValue": {"fn": _has_value}},
    "traceFn": lambda *_: None,  # else what stands in a message would be printed
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One invariant of a type; `at` is the element it is said of, "" for the whole."""

    key: str
    path: str
    human: str
    at: str
    evaluate: Callable[[Any, Json], list[Any]]
    is_pairwise: bool

    def is_broken(self, node: Json, variables: Json) -> bool:
        """False also of a node that has not R4's shape: that is told elsewhere, and the library raises its own."""
        try:
            typed = ResourceNode.create_node(node, self.path)  # type: ignore[no-untyped-call]
            return self.evaluate(typed, variables) == [False]
        except Exception:
            return False


@dataclass(frozen=True, slots=True)
class _Around:
    """What an element is in: its resource, the resource that this is contained in, and how much was looked at."""

    resource: Json = field(default_factory=dict)
    root: Json = field(default_factory=dict)
    evaluations: count[int] = field(default_factory=count)


def invariant_problems(resource: Json, place: Place) -> Iterator[Problem]:
    """Yield every invariant of severity error that a resource, or anything in it, breaks.

    Works on any JSON: of what has not the shape of R4, nothing is said. Yields a last warning when there is more
    than is looked at.
    """
    yield from _of_resource(resource, place, _Around())


@cache
def rules_of(model: Any) -> tuple[_Rule, ...]:
    """Return the invariants of a library class and of those it is made from, ready to evaluate."""
    names = (parent.__name__ for parent in model.__mro__)
    return tuple(
        _Rule(
            told["key"],
            told["path"],
            told["human"].rstrip("."),
            told.get("at", ""),
            compiled(told["expression"], models["r4"], _OPTIONS),
            any(function in told["expression"] for function in _PAIRWISE),
        )
        for name in names
        for told in _PUBLISHED.get(name, ())
    )


def _of_resource(node: Any, place: Place, around: _Around) -> Iterator[Problem]:
    model = find_resource_class(node.get("resourceType")) if isinstance(node, dict) else None
    if model is None:
        return
    is_contained = bool(place.before) and place.before.step == "contained"  # type: ignore[union-attr]
    inner = replace(around, resource=node, root=around.root if is_contained else node)
    yield from _of_object(node, model, place, inner)
    yield from _unreferred(node, place)
    if model.__name__ == "Bundle":
        yield from _twins(node, place)


def _of_object(node: Json, model: Any, place: Place, around: _Around) -> Iterator[Problem]:
    variables = {"resource": around.resource, "rootResource": around.root}
    for rule in rules_of(model):
        looked_at = next(around.evaluations)
        if looked_at == _MOST or (rule.is_pairwise and _is_large(node)):
            yield Problem(str(place), "too-costly", _UNLOOKED, "warning")
        elif looked_at < _MOST and rule.is_broken(node, variables):
            sentence = f"R4's rule {rule.key} is broken: {rule.human}. Correct what breaks it."
            yield Problem(str(place.then(rule.at) if rule.at else place), "invariant", sentence)
    elements = elements_of(model)
    for name, value in node.items():
        element = elements.get(name)
        if element is None or element.kind not in (Kind.OBJECT, Kind.RESOURCE):
            continue
        here = place.then(name)
        for each, at in _each(value, here):
            if element.kind is Kind.RESOURCE:
                yield from _of_resource(each, at, around)
            else:
                yield from _of_object(each, element.model, at, around)


def _each(value: Any, place: Place) -> Iterator[tuple[Json, Place]]:
    if isinstance(value, dict):
        yield value, place
    for position, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield each, place.then(position)


def _unreferred(resource: Json, place: Place) -> Iterator[Problem]:
    """R4's dom-3, by sets: its expression compares each contained resource with everything that there is."""
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return
    named = set(_texts(resource))
    for position, each in enumerate(contained):
        own = each.get("id") if isinstance(each, dict) else None
        if isinstance(own, str) and f"#{own}" not in named and "#" not in set(_texts(each)):
            yield Problem(str(place.then("contained", position)), "invariant", _UNREFERRED)


def _twins(bundle: Json, place: Place) -> Iterator[Problem]:
    """R4's bdl-7, by sets: in a history several versions share one fullUrl, elsewhere only by their versionId."""
    listed = bundle.get("entry")
    seen: set[tuple[str, str | None]] = set()
    for position, each in enumerate(listed if isinstance(listed, list) else ()):
        url, version = text(each, "fullUrl"), text(each, "resource", "meta", "versionId")
        if (url, version) in seen and bundle.get("type") != "history":
            sentence = "Two entries have this fullUrl. Give each entry its own."
            yield Problem(str(place.then("entry", position, "fullUrl")), "invariant", sentence)
        if url:
            seen.add((url, version))


def _is_large(node: Json) -> bool:
    return next(islice(_values(node), _LARGEST, None), None) is not None


def _values(node: Any) -> Iterator[str]:
    """A mark for each value in a node, however deep."""
    yield "."
    if isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _values(each)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)
