"""Every official sample is taken, or refused for the reasons that the table says, and for no others."""

from __future__ import annotations

import orjson
import pytest
from samples import DATA, rows, sample

from fhir.checks import resource_problems
from fhir.inbound import read_message
from fhir.problems import FhirRejected, Problem
from fhir.strict_json import load
from fhir.xml_reading import load_xml

ROWS = rows()


def body_of(name: str) -> dict:
    raw = (DATA / name).read_bytes()
    return load_xml(raw) if name.endswith(".xml") else load(raw)


def problems_of_message(raw: bytes, content_type: str) -> tuple[Problem, ...]:
    try:
        read_message(raw, content_type=content_type)
    except FhirRejected as refused:
        return refused.problems if refused.status == 400 else ()
    return ()


def problems_of(row: dict) -> tuple[Problem, ...]:
    name = row["file"]
    if row["as"] == "message":
        media = "application/fhir+xml" if name.endswith(".xml") else "application/fhir+json"
        return problems_of_message((DATA / name).read_bytes(), media)
    found = resource_problems(body_of(name))
    if row["as"] == "patient":
        found += problems_of_message(orjson.dumps(with_patient(body_of(name))), "application/fhir+json")
    return found


def with_patient(patient: dict) -> dict:
    """The published REFREQ03 with another person."""
    body = sample("REFREQ03")
    for each in body["entry"]:
        if each["resource"]["resourceType"] == "Patient":
            each["resource"] = patient
    return body


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_sample_is_taken_or_refused_as_the_table_says(row: dict):
    found = {f"{problem.path}: {problem.code}" for problem in problems_of(row)}
    assert found == set(row.get("problems", ()))
    assert (row["verdict"] == "refused") == bool(found)
    assert row["why"]


def test_the_table_has_every_sample_once():
    listed = [row["file"] for row in ROWS]
    there = [path.relative_to(DATA).as_posix() for path in DATA.glob("*/*") if path.is_file()]
    samples = {name for name in there if name.split("/")[0] in ("bars-ig", "bars-api", "uk-core", "pds-api")}
    assert sorted(listed) == sorted(name for name in samples if not name.endswith(".md"))


def test_a_lone_resource_is_judged_by_r4_alone():
    assert (
        resource_problems({"resourceType": "Task", "status": "banana", "intent": "order"})[0].path
        == "Task.status"
    )
    assert resource_problems({"resourceType": "Spell"})[0].path == "Resource.resourceType"
    sound = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}}
    assert [problem.path for problem in resource_problems(sound)] == ["Flag.subject"]
    assert resource_problems({**sound, "subject": {"reference": "urn:uuid:elsewhere"}}) == ()


def test_a_bundle_of_another_type_is_judged_by_r4_alone():
    entry = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "gender": "F"}}
    found = resource_problems({"resourceType": "Bundle", "type": "collection", "entry": [entry]})
    assert [problem.path for problem in found] == ["Bundle.entry[0].resource.gender"]
