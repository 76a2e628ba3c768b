"""Every official sample is taken, or refused for the reasons that the tables say, and for no others."""

from __future__ import annotations

import orjson
import pytest
from samples import DATA, rows, sample

from fhir.checks import resource_problems
from fhir.inbound import read_message
from fhir.problems import FhirRejected, Problem
from fhir.resource_in import read_resource

ROWS = rows()
SETS = ("bars-api", "bars-ig", "gravity-sdohcc", "pds-api", "synthea-bulk-10", "uk-core")


def problems_of_message(raw: bytes, content_type: str) -> tuple[Problem, ...]:
    try:
        read_message(raw, content_type=content_type)
    except FhirRejected as refused:
        return refused.problems if refused.status == 400 else ()
    return ()


def problems_of(row: dict) -> tuple[Problem, ...]:
    name, raw = row["file"], (DATA / row["file"]).read_bytes()
    media = "application/fhir+xml" if name.endswith(".xml") else "application/fhir+json"
    if row["as"] == "message":
        return problems_of_message(raw, media)
    if row["as"] == "lines":
        lines = raw.splitlines()
        assert len(lines) == row["lines"]
        return tuple(problem for line in lines for problem in problems_of_resource(line, media))
    return problems_of_resource(raw, media)


def problems_of_resource(raw: bytes, media: str) -> tuple[Problem, ...]:
    try:
        body = read_resource(raw, content_type=media, types=None)
    except FhirRejected as refused:
        return refused.problems
    if body["resourceType"] != "Patient":
        return ()
    return problems_of_message(orjson.dumps(with_patient(body)), "application/fhir+json")


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


def test_the_tables_have_every_sample_once():
    listed = [row["file"] for row in ROWS]
    there = [path for folder in SETS for path in (DATA / folder).rglob("*") if path.is_file()]
    samples = [path.relative_to(DATA).as_posix() for path in there if path.name != "SOURCE.md"]
    assert sorted(listed) == sorted(samples)


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
