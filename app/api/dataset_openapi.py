"""The OpenAPI document of the dataset's door: addresses from the routes that are there, words and shapes from here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app

from app.api.dataset_guard import ACCESS, PREFIX, runtime
from app.api.dataset_openapi_words import (
    ABOUT,
    ABOUT_PARAMETERS,
    ANSWERS,
    BODIES,
    PARAMETERS,
    REFUSALS,
    SCHEMAS,
    WHERE,
)
from app.api.guard import public

_SCHEME: Final = "project-token"
_JSON: Final = "application/json"
_ERROR: Final = {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
Json = dict[str, Any]


def add_openapi(part: Blueprint) -> None:
    """Add GET /dataset/v1/openapi.json; public, because it tells of nobody."""
    part.add_url_rule("/openapi.json", "openapi", _openapi, provide_automatic_options=False)


@public
def _openapi() -> Response:
    """Return this description."""
    return Response(json.dumps(document_of(current_app), indent=1), mimetype=_JSON)


def document_of(app: Flask) -> Json:
    """Return the document (OpenAPI 3.1) of every address under /dataset/v1 that an application serves."""
    paths: dict[str, Json] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if not rule.rule.startswith(f"{PREFIX}/"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        told = paths.setdefault(path, _path_parameters(path))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            told[method.lower()] = _operation(app, rule.endpoint)
    scheme = {"type": "http", "scheme": "bearer", "description": f"{ACCESS.capitalize()}: bsd_..."}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Backstitch: dataset",
            "version": "1.0.0",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": runtime().settings.public_url.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {_SCHEME: scheme}},
    }


def _path_parameters(path: str) -> Json:
    names = re.findall(r"\{(\w+)\}", path)
    return {"parameters": [_parameter(name, "path") for name in names]} if names else {}


def _operation(app: Flask, endpoint: str) -> Json:
    name = endpoint.removeprefix("dataset_api.")
    view: Any = app.view_functions[endpoint]
    is_open = view._access != ACCESS
    told: Json = {
        "operationId": name,
        "summary": (view.__doc__ or "").strip().split("\n")[0],
        "security": [] if is_open else [{_SCHEME: []}],
        "responses": {status: _answer(status, each) for status, each in ANSWERS[name].items()},
    }
    if name in PARAMETERS:
        told["parameters"] = [_parameter(each, WHERE[each]) for each in PARAMETERS[name]]
    if name in BODIES:
        schema = {"$ref": f"#/components/schemas/{BODIES[name]}"}
        told["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    return told


def _parameter(name: str, where: str) -> Json:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": {"type": "string"},
        "description": ABOUT_PARAMETERS[name],
    }


def _answer(status: str, told: str | Mapping[str, str]) -> Json:
    """Return one answer: a refusal by its status, a schema's name, or media types of something that is no JSON."""
    if status in REFUSALS:
        return {"description": REFUSALS[status], "content": _ERROR}
    if isinstance(told, str):
        if not told:
            return {"description": "Done; there is no body."}
        return {
            "description": "Done.",
            "content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{told}"}}},
        }
    binary = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    return {"description": told["sentence"], "content": dict.fromkeys(told["types"].split(), binary)}
