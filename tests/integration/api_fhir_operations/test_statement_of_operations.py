"""The CapabilityStatement tells of the operations that there are, and there are those that it tells of."""

from __future__ import annotations

from flask import Flask

from tests.integration.api_fhir_operations.asking import BASE, Asking

OPERATIONS = ("$process-message", "$validate", "$export", "$referral-page", "$sandbox-reset")


def test_what_is_told_and_what_is_there_are_the_same(system: Asking, app: Flask) -> None:
    (rest,) = system.ask_for("GET", "metadata").json["rest"]
    told = {f"{BASE}/${each['name']}" for each in rest["operation"]}
    for resource in rest["resource"]:
        told |= {f"{BASE}/{resource['type']}/${each['name']}" for each in resource.get("operation", ())}
    types = {resource["type"] for resource in rest["resource"]}
    there = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "<id>" not in rule.rule
        and rule.rule.rpartition("/")[2] in OPERATIONS
        and rule.rule.split("/")[3] in {*types, *OPERATIONS}
    }
    of_one = {f"{BASE}/ServiceRequest/$sandbox-step"}  # asked of one resource, whose id stands in its address
    assert told == there | of_one


def test_every_operation_names_its_definition(system: Asking) -> None:
    (rest,) = system.ask_for("GET", "metadata").json["rest"]
    found = {each["name"]: each["definition"] for each in rest["operation"]}
    assert found["export"] == "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"
    assert found["validate"] == "http://hl7.org/fhir/OperationDefinition/Resource-validate"
    assert found["process-message"].startswith("http://hl7.org/fhir/OperationDefinition/")
