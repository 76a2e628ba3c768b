"""The OpenAPI document of the FHIR door, read from the routes that are really there and the table of what is served."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app
from werkzeug.routing import Rule

from app.api.errors import FHIR_JSON, FHIR_XML
from app.api.fhir_rest_caller import BASE
from app.api.guard import PUBLIC, public
from app.api.oauth import token_address
from app.api.smart import smart_configuration
from app.domain.scopes import WRITE
from app.runtime import Runtime
from app.services.incoming.refusals import CATALOGUE
from fhir.views_capability import RESULT_PARAMETERS, parameters_of
from fhir.views_table import KINDS

Json = dict[str, Any]
_KEPT: Final = "backstitch-openapi-fhir"
_SCHEME: Final = "smart-backend-services"
_OUTCOME: Final = {"$ref": "#/components/responses/Refused"}
_BODY: Final = {each: {"schema": {"$ref": "#/components/schemas/Resource"}} for each in (FHIR_JSON, FHIR_XML)}
_SCOPE: Final = re.compile(r"system/(?:\*|[A-Z]\w+)\.[cruds]+|referral\.\w+")
# Where a view says nothing in `_access`: these judge inside, and the guard's own list says why.
_SAID_INSIDE: Final = {"fhir.metadata": PUBLIC, "fhir.process_message": WRITE}
_WORDS: Final = {
    ("GET", ""): "Search {0}",
    ("POST", ""): "Create a {0}",
    ("POST", "_search"): "Search {0}, with the parameters in the body",
    ("GET", "{id}"): "Read one {0}",
    ("PUT", "{id}"): "Change a {0}",
    ("PATCH", "{id}"): "Change parts of a {0}",
    ("DELETE", "{id}"): "Remove a {0}",
    ("GET", "_history"): "List the versions of a {0}",
    ("GET", "{wanted}"): "Read one version of a {0}",
}


def register_openapi_fhir(app: Flask) -> None:
    """Add GET /FHIR/R4/openapi.json; public, because it tells of nobody."""
    door = Blueprint("openapi_fhir", __name__, url_prefix=BASE)

    @door.get("/openapi.json", provide_automatic_options=False)
    @public
    def openapi() -> Response:
        """Return this description."""
        kept = current_app.extensions
        if _KEPT not in kept:
            kept[_KEPT] = json.dumps(document_of(current_app), indent=1)
        return Response(kept[_KEPT], mimetype="application/json")

    app.register_blueprint(door)


def document_of(app: Flask) -> Json:
    """Return the document (OpenAPI 3.1) of every address under /FHIR/R4 that an application serves."""
    runtime: Runtime = app.extensions["backstitch"]
    paths: dict[str, Json] = {}
    for rule, path in _routes(app):
        told = paths.setdefault(path, {})
        names = re.findall(r"\{(\w+)\}", path)
        if names:
            told["parameters"] = [_parameter(name, "path") for name in names]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            told[method.lower()] = _operation(app, rule, path.removeprefix(BASE), method)
    url = runtime.settings.public_url.rstrip("/")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Backstitch: FHIR R4",
            "version": "1.0.0",
            "description": "How a system refers people and hears what became of them. Start at /developers.",
        },
        "servers": [{"url": url}],
        "paths": dict(sorted(paths.items())),
        "components": _components(url),
    }


def _routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if rule.rule.startswith(BASE):
            yield rule, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _operation(app: Flask, rule: Rule, path: str, method: str) -> Json:
    """Return one operation; `path` is below the base."""
    view: Any = app.view_functions[rule.endpoint]
    kind = KINDS.get(path.split("/")[1]) if "/" in path else None
    told: Json = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{path or '_base'}").strip("_"),
        "summary": _summary(view, path, method),
        "security": _security(getattr(view, "_access", _SAID_INSIDE.get(rule.endpoint, ""))),
        "responses": {"200": _answer(path), "default": _OUTCOME},
    }
    if kind is not None and method == "GET" and path == f"/{kind.type}":
        told["parameters"] = [
            *(_parameter(each.name, "query", each.about) for each in parameters_of(kind)),
            *(_parameter(name, "query", about) for name, (_, about) in RESULT_PARAMETERS.items()),
        ]
    if path.endswith("/_search"):
        form = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
        told["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
    elif method in ("POST", "PUT", "PATCH"):
        told["requestBody"] = {"content": dict(_BODY)}
    return told


def _summary(view: Any, path: str, method: str) -> str:
    said = (view.__doc__ or "").strip().split("\n")[0].rstrip(".")
    parts = path.strip("/").split("/")
    words = _WORDS.get((method, parts[-1] if len(parts) > 1 else ""))
    if said or words is None or not parts[0]:
        return said or f"{method} {path or '/'}"
    return words.format(parts[0])


def _security(access: object) -> list[Json]:
    if access == PUBLIC:
        return []
    return [{_SCHEME: sorted(set(_SCOPE.findall(str(access))))}]


def _answer(path: str) -> Json:
    plain = path.endswith(("openapi.json", "smart-configuration"))
    content = {"application/json": {"schema": {"type": "object"}}} if plain else dict(_BODY)
    return {"description": "Done.", "content": content}


def _parameter(name: str, where: str, about: str = "") -> Json:
    told = {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}
    return told | ({"description": about} if about else {})


def _components(url: str) -> Json:
    scopes = dict.fromkeys(smart_configuration(url)["scopes_supported"], "")
    flow = {"tokenUrl": token_address(url), "scopes": scopes}
    statuses = ", ".join(f"{status} {code}" for status, (code, _) in CATALOGUE.items())
    return {
        "schemas": {
            "Resource": {
                "type": "object",
                "required": ["resourceType"],
                "properties": {"resourceType": {"type": "string"}, "id": {"type": "string"}},
                "description": "A FHIR R4 resource: https://hl7.org/fhir/R4/.",
            }
        },
        "responses": {
            "Refused": {"description": f"An OperationOutcome: {statuses}.", "content": dict(_BODY)}
        },
        "securitySchemes": {
            _SCHEME: {
                "type": "oauth2",
                "description": "Client credentials with a signed assertion (private_key_jwt, RFC 7523).",
                "flows": {"clientCredentials": flow},
            }
        },
    }
