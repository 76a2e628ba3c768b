"""The OpenAPI document of the FHIR door is valid and says what the application serves, no less and no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.runtime import Runtime
from fhir.views_table import KINDS
from tests.application import application_of

BASE = "/FHIR/R4"
Json = dict[str, Any]


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def document(app: Flask) -> Json:
    answer = app.test_client().get(f"{BASE}/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: Json = json.loads(answer.data)
    return found


def test_it_is_valid(document: Json) -> None:
    assert [fault.message for fault in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_is_told_and_nothing_else(app: Flask, document: Json) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {
        (path, method)
        for path, each in document["paths"].items()
        for method in each
        if method != "parameters"
    }
    assert told == served
    assert ("/FHIR/R4/$process-message", "post") in told


def test_no_two_operations_share_a_name(document: Json) -> None:
    names = [
        each["operationId"]
        for path in document["paths"].values()
        for method, each in path.items()
        if method != "parameters"
    ]
    assert len(set(names)) == len(names)


def test_only_what_tells_of_nobody_is_open(document: Json) -> None:
    public = {
        path
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if method != "parameters" and told["security"] == []
    }
    assert public <= {
        f"{BASE}/metadata",
        f"{BASE}/openapi.json",
        f"{BASE}/.well-known/smart-configuration",
        f"{BASE}/MessageDefinition",
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_search_tells_the_parameters_that_it_takes(document: Json, kind: str) -> None:
    search = document["paths"][f"{BASE}/{kind}"]["get"]
    told = {each["name"] for each in search["parameters"]}
    assert {each.name for each in KINDS[kind].parameters} | {"_id", "_count"} <= told
    assert search["security"] == [{"smart-backend-services": [f"system/{kind}.s"]}]
