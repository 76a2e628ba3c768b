"""The OpenAPI document says what the application serves, no less and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from marshmallow import class_registry

from app.api import schemas_in
from app.api.docs import operations_of
from app.api.guard import PUBLIC
from app.api.rest import register_rest
from app.api.schemas import Strict
from app.domain.vocabulary import Role

V1 = "/api/v1"
OF_THE_DOCUMENT = {f"{V1}/openapi.json", f"{V1}/docs"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """The JSON API alone: its description needs no database."""
    app = Flask("app")
    register_rest(app)
    return app


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get(f"{V1}/openapi.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.json
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_document_has_what_openapi_3_1_demands(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    for path, method, operation in _operations(document):
        assert path.startswith("/"), path
        assert method in {"get", "put", "post", "delete", "patch"}
        assert operation["responses"], path
        for response in operation["responses"].values():
            assert "$ref" in response or response["description"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(_references(document))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_every_name_in_a_path_is_a_parameter_of_it(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        declared = {each["name"] for each in methods.get("parameters", []) if each["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), path


def test_every_route_is_in_the_document_and_every_path_is_a_route(
    app: Flask, document: dict[str, Any]
) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(V1) and rule.rule not in OF_THE_DOCUMENT
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }
    assert served == {(path, method) for path, method, _ in _operations(document)}
    assert len(served) > 30


def test_every_route_has_exactly_one_policy(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(V1):
            access = app.view_functions[rule.endpoint]._access  # type: ignore[union-attr]
            assert access == PUBLIC or (access and access <= frozenset(Role)), rule.rule
            assert Role.SYSTEM not in access or access == PUBLIC


def test_only_signing_in_and_the_document_are_public(app: Flask) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(V1) and app.view_functions[rule.endpoint]._access == PUBLIC  # type: ignore[union-attr]
    }
    assert public == OF_THE_DOCUMENT | {f"{V1}/sign-in"}


def test_the_document_tells_the_policy_of_each_operation(document: dict[str, Any]) -> None:
    for path, _, operation in _operations(document):
        if path == f"{V1}/sign-in":
            assert operation["security"] == []
        else:
            assert operation["security"] == [{"signed-in": []}]
            assert operation["x-roles"]
            assert {"401", "403"} <= set(operation["responses"])
            assert ("404" in operation["responses"]) == ("{" in path)


def test_every_operation_has_a_sentence_and_every_body_a_strict_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = 0
    for path, _, operation in _operations(document):
        assert operation["summary"].endswith("."), path
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert schemas[reference.rpartition("/")[2]]["additionalProperties"] is False
            bodies += 1
    assert bodies >= 10


def test_every_schema_that_takes_something_refuses_unknown_fields() -> None:
    taken = [
        each for each in vars(schemas_in).values() if isinstance(each, type) and issubclass(each, Strict)
    ]
    assert len(taken) > 8
    for schema in taken:
        assert set(schema().validate({"surely_unknown": 1})) >= {"surely_unknown"}, schema


class _Page(HTMLParser):
    """What a page is made of: its tags, and every address that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [
            value or "" for name, value in attrs if name == "src" or (tag == "link" and name == "href")
        ]


def test_the_readable_page_names_every_operation_and_needs_neither_script_nor_another_host(
    app: Flask, document: dict[str, Any]
) -> None:
    answer = app.test_client().get(f"{V1}/docs")
    page = _Page()
    page.feed(answer.text)
    assert "script" not in page.tags
    assert page.fetched == []
    for path, method, operation in _operations(document):
        assert f"{method.upper()} {path}" in answer.text
        assert str(escape(operation["summary"])) in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_example_of_every_body_is_taken_by_its_own_schema(app: Flask, document: dict[str, Any]) -> None:
    for operation in operations_of(document):
        if operation.body_example:
            body = document["paths"][operation.path][operation.method.lower()]["requestBody"]
            name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert class_registry.get_class(name)().validate(json.loads(operation.body_example)) == {}, name
