"""The OpenAPI document with each address's policy in it, and the page that people read: made of the same schemas."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template

from app.api.guard import PUBLIC, public
from app.api.schema_words import Row, example_of, rows_of
from app.domain.vocabulary import Role

Document = dict[str, Any]
_SCHEME = "signed-in"
_REFUSALS = {
    "401": "Nobody is signed in, or the session has ended.",
    "403": "Another role than yours may do this.",
    "404": "There is nothing here, or it is not shared with your organisation.",
    "409": "It has moved on: somebody acted first, or this was done already.",
    "422": "Some values cannot be taken: every problem is listed.",
}
_REFUSAL = {"$ref": "#/components/schemas/ErrorOut"}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation."""

    status: str
    sentence: str
    rows: tuple[Row, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address, as the page tells it."""

    tag: str
    method: str
    path: str
    sentence: str
    roles: tuple[str, ...]
    parameters: tuple[dict[str, Any], ...]
    body: tuple[Row, ...]
    body_example: str
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        """The fragment that links lead to."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.method}{self.path}".lower()).strip("-")


def described(document: Document, app: Flask, prefix: str) -> Document:
    """Return the document with who may use each address, and how that is refused, read from the views themselves."""
    told = deepcopy(document)
    scheme = {"type": "http", "scheme": "bearer", "description": "The token that signing in gave."}
    told["components"].setdefault("securitySchemes", {})[_SCHEME] = scheme
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if not path.startswith(prefix) or path not in told["paths"]:
            continue
        view: Any = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = told["paths"][path][method.lower()]
            _add_policy(operation, view._access, has_id="{" in path, writes=method != "GET")
    return told


def _add_policy(operation: Document, access: frozenset[Role] | str, *, has_id: bool, writes: bool) -> None:
    if access == PUBLIC:
        operation["security"] = []
        statuses = ["401"]
    else:
        operation["security"] = [{_SCHEME: []}]
        operation["x-roles"] = sorted(access)
        statuses = ["401", "403", *(["404"] if has_id else []), *(["409"] if has_id and writes else [])]
    if "422" in operation["responses"]:
        statuses.append("422")
    for status in statuses:
        refusal = {"description": _REFUSALS[status], "content": {_JSON: {"schema": _REFUSAL}}}
        operation["responses"][status] = refusal


def register_docs(app: Flask, prefix: str) -> None:
    """Serve the document and the page; both are public, because they tell of nobody."""
    pages = Blueprint("rest-docs", __name__, url_prefix=prefix, template_folder="templates")

    @pages.get("/openapi.json")
    @public
    def openapi() -> Response:
        document = current_app.extensions["backstitch-openapi"]
        return Response(json.dumps(document, indent=1), mimetype="application/json")

    @pages.get("/docs")
    @public
    def read() -> Response:
        return _page(current_app.extensions["backstitch-openapi"])

    app.register_blueprint(pages)


def _page(document: Document) -> Response:
    nonce = secrets.token_urlsafe(16)
    refusal = _answer("", {"content": {_JSON: {"schema": _REFUSAL}}}, document["components"]["schemas"])
    told = {"document": document, "operations": tuple(operations_of(document)), "refusal": refusal}
    html = render_template("api/docs.html", nonce=nonce, **told)
    response = make_response(html)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


def operations_of(document: Document) -> Iterator[Operation]:
    """Yield every operation of a document, in its order."""
    components = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, told in methods.items():
            if method != "parameters":
                yield _operation(f"{method.upper()} {path}", told, shared, components)


def _operation(address: str, told: Document, shared: list[Document], components: dict[str, Any]) -> Operation:
    method, _, path = address.partition(" ")
    body = told.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    return Operation(
        tag=told["tags"][0],
        method=method,
        path=path,
        sentence=told.get("summary", ""),
        roles=tuple(told.get("x-roles", ())),
        parameters=(*shared, *told.get("parameters", ())),
        body=tuple(rows_of(body, components)) if body else (),
        body_example=_pretty(example_of(body, components)) if body else "",
        answers=tuple(_answers(told["responses"], components)),
    )


def _answers(responses: Document, components: dict[str, Any]) -> Iterator[Answer]:
    for status, told in sorted(responses.items()):
        if status < "300":
            yield _answer(status, told, components)
        elif status != "default":  # refusals have one shape, told once
            yield Answer(status, told["description"], (), "")


def _answer(status: str, told: Document, components: dict[str, Any]) -> Answer:
    schema = told.get("content", {}).get(_JSON, {}).get("schema")
    return Answer(
        status=status,
        sentence=told.get("description", ""),
        rows=tuple(rows_of(schema, components)) if schema else (),
        example=_pretty(example_of(schema, components)) if schema else "",
    )


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
