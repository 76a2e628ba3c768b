"""One resource read strictly: every fault at its place, none of them quoted, JSON and XML alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.problems import FhirRejected
from fhir.resource_in import read_body, read_resource
from fhir.xml_writing import to_xml

JSON, XML = "application/fhir+json", "application/fhir+xml; charset=utf-8"
TASK: dict[str, Any] = {"resourceType": "Task", "status": "requested", "intent": "order"}


def refused(
    raw: bytes, content_type: str = JSON, types: tuple[str, ...] | None = ("Task",)
) -> dict[str, str]:
    with pytest.raises(FhirRejected) as caught:
        read_resource(raw, content_type=content_type, types=types)
    assert caught.value.status == 400
    return {problem.path: problem.sentence for problem in caught.value.problems}


def test_same_resource_is_read_from_json_and_xml() -> None:
    written = to_xml(TASK)
    xml = written if isinstance(written, bytes) else written.encode()
    assert read_resource(json.dumps(TASK).encode(), content_type=JSON, types=("Task",)) == TASK
    assert read_resource(xml, content_type=XML, types=None) == TASK


def test_every_fault_is_told_at_once_and_none_is_quoted() -> None:
    found = refused(json.dumps(TASK | {"status": "banana", "colour": "mauve", "note": []}).encode())
    assert set(found) == {"Task.status", "Task.colour", "Task.note"}
    assert not any("banana" in sentence or "mauve" in sentence for sentence in found.values())


def test_faults_of_form_stand_in_the_resource_not_in_a_bundle() -> None:
    assert set(refused(b'{"resourceType": "Task", "description": "a\\u0000b"}')) == {"Task.description"}
    assert refused(b"") == {"Task": "The body is empty. Send a FHIR Task as JSON."}
    assert set(refused(b"[]", types=None)) == {"Resource"}
    assert set(refused(b'{"resourceType": "Task", "status": "draft", "status": "draft"}')) == {"Task"}


def test_resource_of_another_type_is_named_as_such() -> None:
    assert "Task" in refused(b'{"resourceType": "Patient"}')["Task.resourceType"]
    assert "Resource.resourceType" in refused(b'{"resourceType": "Banana"}', types=None)


def test_doctype_and_unknown_elements_of_xml_are_refused() -> None:
    assert set(refused(b'<!DOCTYPE Task><Task xmlns="http://hl7.org/fhir"/>', XML)) == {"Task"}
    assert set(refused(b'<Task xmlns="http://hl7.org/fhir"><colour value="x"/></Task>', XML)) == {
        "Task.colour"
    }


def test_body_alone_is_not_judged_beyond_its_form() -> None:
    raw = json.dumps({"resourceType": "Bundle", "type": "banana"}).encode()
    assert read_body(raw, content_type=JSON, types=("Bundle",))["type"] == "banana"
