"""NHS England's examples, and messages made from them by changing one thing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from fhir.inbound import read_message
from fhir.messages import IncomingReferral
from fhir.problems import FhirRejected

EXAMPLES = Path(__file__).parents[2] / "data" / "bars-ig"
Json = dict[str, Any]
PATIENT = "urn:uuid:9589fb37-87a2-48d8-968f-b371429208a8"


@cache
def raw_example(name: str) -> bytes:
    """The bytes of an example such as REFREQ03."""
    (found,) = EXAMPLES.glob(f"{name}*.json")
    return found.read_bytes()


def example(name: str = "REFREQ03") -> Json:
    """A fresh copy of an example, to be changed."""
    return copy.deepcopy(orjson.loads(raw_example(name)))


def part(body: Json, resource_type: str) -> Json:
    """The first resource of a type in a message."""
    return next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == resource_type
    )


def add(body: Json, resource: Json, full_url: str | None = None) -> Json:
    """Add a resource to a message."""
    body["entry"].append(
        {"fullUrl": full_url or f"urn:uuid:added-{len(body['entry'])}", "resource": resource}
    )
    return body


def read(change: Callable[[Json], Any] = lambda _body: None, name: str = "REFREQ03") -> IncomingReferral:
    """What is read from an example after a change in place."""
    body = example(name)
    change(body)
    message = read_message(orjson.dumps(body))
    assert isinstance(message, IncomingReferral)
    return message


def refusal(change: Callable[[Json], Any], name: str = "REFREQ03") -> FhirRejected:
    """The refusal of an example after a change in place."""
    body = example(name)
    change(body)
    return refusal_of(orjson.dumps(body))


def refusal_of(raw: bytes) -> FhirRejected:
    """The refusal of these bytes."""
    try:
        read_message(raw)
    except FhirRejected as refused:
        return refused
    raise AssertionError("the message was taken")


def told(refused: FhirRejected) -> dict[str, str]:
    """Issue codes by their places."""
    return {problem.path: problem.code for problem in refused.problems}
