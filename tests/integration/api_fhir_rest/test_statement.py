"""The CapabilityStatement says exactly what is there: every route and parameter is in it, and all of it works."""

from __future__ import annotations

import re

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import BASE, Json, Reader

NOBODY = "00000000-0000-4000-8000-000000000000"
GOOD = {"date": "2026", "reference": NOBODY}
TARGETED = {"target": f"Task/{NOBODY}"}


@pytest.fixture
def rest(http: FlaskClient) -> Json:
    statement = http.get(f"{BASE}/metadata").json
    get_fhir_model_class("CapabilityStatement").model_validate(statement)
    return dict(statement["rest"][0])


def test_routes_and_statement_name_the_same_interactions(app: Flask, rest: Json) -> None:
    ways = {
        "read": [("/<>", "GET")],
        "search-type": [("", "GET"), ("/_search", "POST")],
        "create": [("", "POST")],
        "update": [("/<>", "PUT")],
        "delete": [("/<>", "DELETE")],
        "vread": [("/<>/_history/<>", "GET")],
        "history-instance": [("/<>/_history", "GET")],
    }
    stated = {
        (each["type"] + path, method)
        for each in rest["resource"]
        for interaction in each["interaction"]
        for path, method in ways[interaction["code"]]
    }
    assert stated <= routes(app, "")
    assert routes(app, "fhir_rest.") <= stated


def routes(app: Flask, endpoint: str) -> set[tuple[str, str]]:
    """Addresses under the base and their methods, of the endpoints that start so."""
    return {
        (re.sub("<[^>]*>", "<>", rule.rule.removeprefix(f"{BASE}/")), method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.endpoint.startswith(endpoint) and method != "HEAD"
    }


def test_every_parameter_of_the_statement_is_taken_and_no_other(
    rest: Json, reader: Reader, closed: MadeReferral
) -> None:
    every = {each["name"] for resource in rest["resource"] for each in resource["searchParam"]}
    for resource in rest["resource"]:
        known = {each["name"]: each["type"] for each in resource["searchParam"]}
        for name in every:
            value = value_for(name, known.get(name, "token"), resource["type"])
            answer = reader.get(resource["type"], {name: value}, Prefer="handling=strict")
            assert (answer.status_code == 200) is (name in known), (resource["type"], name, answer.text)


def value_for(name: str, kind: str, resource: str) -> str:
    states = {"Observation": "final", "Consent": "active", "ServiceRequest": "active", "CarePlan": "active"}
    states |= {"Subscription": "active", "MessageDefinition": "active"}
    if name == "status":
        return states.get(resource, "completed")
    return TARGETED.get(name) or GOOD.get(kind, NOBODY)


def test_every_result_parameter_and_include_of_the_statement_is_taken(
    rest: Json, reader: Reader, closed: MadeReferral
) -> None:
    values = {
        "_count": "1",
        "_sort": "-_lastUpdated",
        "_include": "Task:focus",
        "_revinclude": None,
        "_summary": "true",
        "_elements": "status",
        "_total": "none",
        "_format": "json",
        "_pretty": "true",
    }
    assert {each["name"] for each in rest["searchParam"]} == set(values)
    told = {name: value for name, value in values.items() if value}
    assert reader.get("Task", told, Prefer="handling=strict").status_code == 200
    for resource in rest["resource"]:
        for name, listed in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
            for code in resource.get(listed, []):
                reader.search(resource["type"], {name: code}, Prefer="handling=strict")


def test_conditional_reads_are_stated_as_they_work(rest: Json, reader: Reader, closed: MadeReferral) -> None:
    for resource in rest["resource"]:
        if resource["type"] == "Subscription":  # nobody has one here; its own tests look at it
            continue
        path = f"{resource['type']}/{reader.ids(resource['type'])[0]}"
        dated = "Last-Modified" in reader.get(path).headers
        assert resource["conditionalRead"] == ("full-support" if dated else "not-match")


def test_messages_are_stated_as_before(http: FlaskClient, rest: Json) -> None:
    statement = http.get(f"{BASE}/metadata").json
    assert len(statement["messaging"][0]["supportedMessage"]) >= 4
    assert "process-message" in [each["name"] for each in rest["operation"]]
