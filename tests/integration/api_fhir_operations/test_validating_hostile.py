"""Whatever is sent to be validated is answered, never stumbled over, and nothing of it is kept or repeated."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.factories import MadePlace, make_message
from tests.integration.api_fhir_operations.asking import Asking

Json = dict[str, Any]
MARK = "zebra-9731"  # stands for something of a person
WRONG: tuple[Any, ...] = (
    None, "", MARK, 0, -1, 1e308, True, [], {}, [[]], [None], {"reference": MARK}, {"coding": MARK}, [MARK] * 3
)  # fmt: skip


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    listed = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in listed:
        yield node, key
        yield from places(value)


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_a_real_message_are_answered(
    system: Asking, place: MadePlace, counted: Callable[[str], int], seed: int
) -> None:
    chance = random.Random(seed)
    sound = json.loads(make_message(place.practices[0]))
    for _ in range(40):
        body = copy.deepcopy(sound)
        for container, key in chance.sample(list(places(body)), chance.randint(1, 3)):
            container[key] = chance.choice(WRONG)
        answer = system.ask_for("POST", "$validate", body)
        assert answer.status_code in (200, 400, 403), (answer.text, body)
        assert answer.json["resourceType"] == "OperationOutcome"
        assert MARK not in answer.text
    assert counted("referral") == counted("inbox_message") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'"Patient"',
        b"\xff\xfe",
        b'{"resourceType": ["Patient"]}',
        b'{"resourceType": "Parameters"}',
        b'{"resourceType": "Parameters", "parameter": "x"}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": "x"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {}}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": ["resource"], "resource": {"resourceType": "Task"}}]}',
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "type": "message", "entry": {"a": 1}}',
        b'{"resourceType": "Bundle", "type": ["message"]}',
        b'{"resourceType": "Patient", "resourceType": "Task"}',
        b'{"a":' * 5000,
        b"<Patient/>",
    ],
)
def test_bodies_that_are_no_resource_are_answered(system: Asking, body: bytes) -> None:
    for path in ("", "Patient/", "Bundle/"):
        answer = system.ask_for("POST", f"{path}$validate", body)
        assert answer.status_code in (200, 400), answer.text
        assert any(each["severity"] == "error" for each in answer.json["issue"])


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>',
        b'<Patient xmlns="http://example.org"/>',
        b"<Patient",
    ],
)
def test_xml_that_is_no_resource_is_answered(system: Asking, body: bytes) -> None:
    answer = system.ask_for("POST", "$validate", body, Content_Type="application/fhir+xml")
    assert answer.status_code == 200
    assert all(each["severity"] == "error" for each in answer.json["issue"])


def test_another_media_type_and_too_large_a_body_are_refused(system: Asking) -> None:
    assert system.ask_for("POST", "$validate", b"{}", Content_Type="text/csv").status_code == 415
    assert system.ask_for("POST", "$validate", b" " * (2**20 + 1)).status_code == 413
