"""Reads one resource that was sent by itself, strictly: what REST, subscriptions and operations take in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from fhir.checks import resource_problems
from fhir.paths import BUNDLE
from fhir.problems import FhirRejected, Problem
from fhir.strict_json import load
from fhir.xml_reading import is_xml, load_xml

_ANY: Final = "Resource"
_SPEAKS_OF: Final = str(BUNDLE)  # the strict readers were made for messages, and call every body so


def read_resource(raw: bytes, *, content_type: str, types: Collection[str] | None) -> dict[str, Any]:
    """Return the resource in `raw` (JSON, or XML when `content_type` says so) in the shape of JSON.

    `types` are those that are taken here, None for any of R4. Raises FhirRejected (400, or 413 for too many values)
    with every problem that R4 alone sees, each at its place: `Task.status`, never with a value of the resource.
    References out of the resource are not followed. What the resource must hold for a purpose is not judged here.
    """
    body = read_body(raw, content_type=content_type, types=types)
    problems = resource_problems(body)
    if problems:
        raise FhirRejected(problems)
    return body


def read_body(raw: bytes, *, content_type: str, types: Collection[str] | None) -> dict[str, Any]:
    """Return the same, not looked at beyond its form and its type: for a Bundle whose entries are judged one by one."""
    expected = next(iter(types)) if types is not None and len(types) == 1 else _ANY
    try:
        body = load_xml(raw) if is_xml(content_type) else load(raw)
    except FhirRejected as fault:
        problems = [_of(problem, expected) for problem in fault.problems]
        raise FhirRejected(problems, status=fault.status, rec_code=fault.rec_code) from fault
    if types is not None and body.get("resourceType") not in types:
        sentence = f"A resource of another type is taken here. Send one of: {', '.join(sorted(types))}."
        raise FhirRejected([Problem(f"{expected}.resourceType", "invalid", sentence)])
    return body


def _of(problem: Problem, expected: str) -> Problem:
    """Say a problem of form of the resource that was expected; only a body that could be read tells its own type."""
    path = problem.path
    if path == _SPEAKS_OF or path.startswith((_SPEAKS_OF + ".", _SPEAKS_OF + "[")):
        path = expected + path.removeprefix(_SPEAKS_OF)
    return Problem(path, problem.code, problem.sentence.replace(_SPEAKS_OF, expected), problem.severity)
