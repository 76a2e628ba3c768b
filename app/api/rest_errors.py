"""What went wrong, said in the JSON API's one shape: every problem at once, where it is and how to mend it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from flask import Blueprint, Flask, Response, jsonify, request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from app.api.request_log import current_request_id, route_template
from app.api.schemas import CODE_OF
from app.domain.errors import DomainError, FieldProblem, Invalid
from app.domain.paces import TooFast
from app.store.session import is_away

log = logging.getLogger(__name__)
_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    413: "too-large",
    415: "not-supported",
    422: "value",
    429: "throttled",
    503: "transient",
}
_SENTENCES = {
    400: "The request cannot be understood.",
    404: "There is nothing at this address.",
    405: "This method is not for this address.",
    413: "The body is too large: send less at once.",
    422: "Some values cannot be taken: every problem is listed.",
    503: "The platform is away for a moment and nothing was kept: send the same again in a few seconds.",
}
_MOST_PROBLEMS = 100


class StrictParser(FlaskParser):
    """Reads bodies and queries; unlike its parent it refuses another media type and unknown query parameters."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012

    def _raw_load_json(self, req: Any) -> Any:
        if not req.is_json and not req.get_data(cache=True):
            return {}  # no body at all: what is needed of it is named field by field
        if not req.is_json:
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            return json.loads(req.get_data(cache=True), object_pairs_hook=_once)
        except (ValueError, RecursionError) as fault:
            sentence = str(fault) if isinstance(fault, _Doubled) else "The body is not readable JSON."
            raise BadRequest(sentence) from fault


class _Doubled(ValueError):
    """An object that names a key twice: two readers could understand it in two ways."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubled("An object of the body names a field twice: send each once.")
    return found


def answer_faults_of(blueprint: Blueprint) -> None:
    """Answer everything that goes wrong in a blueprint's views in the API's one shape."""
    blueprint.register_error_handler(DomainError, _refused)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broken)


def answer_unknown_addresses(app: Flask, prefix: str) -> None:
    """Answer in the same shape where no view is reached at all: an unknown address or method under `prefix`."""

    @app.before_request
    def _no_such_address() -> Response | None:
        fault = request.routing_exception
        if fault is None or not request.path.startswith(f"{prefix}/"):
            return None
        return _http(fault)


def error_body(status: int, code: str, sentence: str, problems: list[FieldProblem]) -> dict[str, Any]:
    """Return the body of an error."""
    listed = [{"field": each.field, "sentence": each.sentence, "code": each.code} for each in problems]
    return {"error": {"status": status, "code": code, "sentence": sentence, "problems": listed}}


def _answer(status: int, code: str, sentence: str, problems: list[FieldProblem] | None = None) -> Response:
    response = jsonify(error_body(status, code, sentence, problems or []))
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Backstitch"'
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _refused(fault: DomainError) -> Response:
    if isinstance(fault, Invalid):
        return _answer(fault.status, fault.issue, _SENTENCES[422], list(fault.problems))
    answer = _answer(fault.status, fault.issue, fault.sentence)
    if isinstance(fault, TooFast):
        answer.headers["Retry-After"] = str(fault.seconds)
    return answer


def _http(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status < 400:  # a redirect to the right spelling of an address would lose the body of a POST
        status = 404
    messages = getattr(fault, "data", {}).get("messages")
    problems = list(_problems(messages))[:_MOST_PROBLEMS] if messages else []
    said = vars(fault).get("description") if isinstance(fault, (UnsupportedMediaType, BadRequest)) else None
    sentence = said or _SENTENCES.get(status, _SENTENCES[400])
    response = _answer(status, _CODES.get(status, "bad-request"), sentence, problems)
    allowed = getattr(fault, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _broken(fault: Exception) -> Response:
    if is_away(fault):
        return _answer(503, _CODES[503], _SENTENCES[503])
    incident = uuid4().hex[:12]
    told = {"incident": incident, "fault": type(fault).__name__, "route": route_template()}
    log.error("unforeseen fault", extra=told | {"method": request.method, "request_id": current_request_id()})
    return _answer(500, "exception", f"Something went wrong here. Tell us the incident {incident}.")


def _problems(messages: dict[str, Any]) -> Iterator[FieldProblem]:
    """Flatten what marshmallow found: {"json": {"outcome": {"state": [...]}}} names the field outcome.state."""
    for found in messages.values():  # by location; a request has one body or one query
        yield from _flattened(found, "")


def _flattened(found: Any, field: str) -> Iterator[FieldProblem]:
    if isinstance(found, dict):
        for name, inner in found.items():
            part = "" if name in ("_schema", "key", "value") else str(name)[:60]
            yield from _flattened(inner, f"{field}.{part}".strip("."))
        return
    for sentence in found if isinstance(found, list) else [found]:
        yield FieldProblem(field, str(sentence), CODE_OF.get(str(sentence), "value"))
