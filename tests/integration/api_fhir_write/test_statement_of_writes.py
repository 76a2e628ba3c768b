"""The CapabilityStatement says of writes and versions what is there, no more and no less."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.integration.api_fhir_write.writer import BASE

WAYS = {
    "create": ("", "POST"),
    "update": ("/<id>", "PUT"),
    "vread": ("/<id>/_history/<wanted>", "GET"),
    "history-instance": ("/<id>/_history", "GET"),
}
REFUSED = {("Patient", "create"), ("Task", "create")}  # addresses that only say why not


def test_writes_and_versions_are_stated_as_they_are_routed(app: Flask, http: FlaskClient) -> None:
    (rest,) = http.get(f"{BASE}/metadata").json["rest"]
    routes = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    for resource in rest["resource"]:
        stated = {each["code"] for each in resource["interaction"]}
        for code, (path, method) in WAYS.items():
            is_routed = (f"{BASE}/{resource['type']}{path}", method) in routes
            expected = is_routed and (resource["type"], code) not in REFUSED
            assert (code in stated) is expected, (resource["type"], code)
        assert resource.get("readHistory", False) is ("history-instance" in stated)
    assert [each["code"] for each in rest["interaction"]] == ["transaction", "batch"]
    (request,) = [each for each in rest["resource"] if each["type"] == "ServiceRequest"]
    assert request["conditionalCreate"] is True
    assert not any(each.get("updateCreate") for each in rest["resource"])
