"""The official samples, and messages made from them by changing one thing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement, IncomingReferral
from fhir.problems import FhirRejected

DATA = Path(__file__).parents[2] / "data"
TABLES = [Path(__file__).parent / f"official_{name}.toml" for name in ("samples", "resources")]
Json = dict[str, Any]
Change = Callable[[Json], Any]


def rows() -> list[Json]:
    """The rows of both tables."""
    return [row for table in TABLES for row in tomllib.loads(table.read_text())["sample"]]


def sample(name: str) -> Json:
    """A fresh copy of a published message, such as REFREQ03."""
    (found,) = (DATA / "bars-ig").glob(f"{name}*.json")
    return orjson.loads(found.read_bytes())


def part(body: Json, resource_type: str) -> Json:
    """The first resource of a type in a message."""
    return next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == resource_type
    )


def changed(name: str, change: Change) -> bytes:
    """A published message after a change in place."""
    body = sample(name)
    change(body)
    return orjson.dumps(body)


def referral(raw: bytes, **options: Any) -> IncomingReferral:
    """The referral that is read from these bytes."""
    message = read_message(raw, **options)
    assert isinstance(message, IncomingReferral)
    return message


def answer(raw: bytes) -> IncomingAcknowledgement:
    """The answer that is read from these bytes."""
    message = read_message(raw)
    assert isinstance(message, IncomingAcknowledgement)
    return message


def refusal(raw: bytes, **options: Any) -> FhirRejected:
    """The refusal of these bytes."""
    try:
        read_message(raw, **options)
    except FhirRejected as refused:
        return refused
    raise AssertionError("the message was taken")


def told(refused: FhirRejected) -> dict[str, str]:
    """Issue codes by their places."""
    return {problem.path: problem.code for problem in refused.problems}
