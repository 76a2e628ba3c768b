"""MessageDefinition over FHIR: a sender finds out which messages are taken before it sends one (BaRS)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, answer, base_url, check_accept, is_strict
from app.runtime import Runtime
from app.services.fhir_reads_query import read_shape
from app.services.fhir_reads_values import Wrong
from app.services.message_definitions import get_definition, list_definitions, matching
from fhir.message_definitions import TYPE
from fhir.problems import FhirRejected, Problem
from fhir.views_capability import RESULT_PARAMETERS
from fhir.views_kinds import Kind
from fhir.views_shape import ignored_outcome, searchset, shaped

_KIND: Final = Kind(TYPE, "", ())
_ACCESS: Final = "any system's token"
Json = dict[str, Any]


def register_fhir_definitions(app: Flask) -> None:
    """Add reading and searching of the definitions, for any signed-in system."""
    doors = Blueprint("fhir_definitions", __name__, url_prefix=f"{BASE}/{TYPE}")
    for path, method, do in (("/<id>", "GET", _read), ("", "GET", _search), ("/_search", "POST", _search)):
        view = _guarded(do)
        doors.add_url_rule(
            path, f"{method}{do.__name__}", view, methods=[method], provide_automatic_options=False
        )
    app.register_blueprint(doors)


def _guarded(do: Any) -> Any:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with()(lambda: do(**parts)))()

    view._access = _ACCESS  # type: ignore[attr-defined]
    return view


def _read(id: str) -> Response:
    check_accept()
    shape = read_shape(_KIND, list(request.args.items(multi=True)), strict=is_strict())
    found = get_definition(_runtime().db, g.machine.client, id)
    version = found["meta"]["versionId"]
    known = "If-None-Match" in request.headers and request.if_none_match.contains_weak(version)
    told = Response(status=304) if known else answer(shaped(found, shape.summary, shape.elements))
    told.set_etag(version, weak=True)
    return told


def _search() -> Response:
    """All that match on one page: there are a handful."""
    check_accept()
    if request.method == "POST" and request.mimetype != "application/x-www-form-urlencoded":
        raise refusal(415, "Send the parameters of a search as application/x-www-form-urlencoded.")
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    counting = [pair for pair in pairs if pair in (("_summary", "count"), ("_count", "0"))]
    shaping = [pair for pair in pairs if pair[0] in RESULT_PARAMETERS and pair not in counting]
    shape = read_shape(_KIND, shaping, strict=False)
    found, taken, unknown = _found([pair for pair in pairs if pair[0] not in RESULT_PARAMETERS])
    shown = [] if counting else [shaped(each, shape.summary, shape.elements) for each in found]
    asked = urlencode([*taken, *shaping, *counting], safe=",/:")
    links = {"self": f"{base_url()}/{TYPE}{'?' if asked else ''}{asked}"}
    bundle = searchset(base_url(), shown, included=(), links=links, total=len(found))
    if unknown:
        bundle.setdefault("entry", []).append(ignored_outcome(unknown))
    return answer(bundle)


def _found(pairs: list[tuple[str, str]]) -> tuple[list[Json], list[tuple[str, str]], list[str]]:
    """What matches, the parameters that were understood, and the names of those that were not."""
    found = list_definitions(_runtime().db, g.machine.client)
    taken, unknown, problems = [], [], []
    for name, value in pairs:
        try:
            narrowed = matching(found, name, value)
        except Wrong as fault:
            problems.append(Problem("", "value", f"{name}: {fault}."))
            continue
        if narrowed is None:
            unknown.append(name if name.isidentifier() else "one whose name is no name")
        else:
            found = narrowed
            taken.append((name, value))
    if is_strict():
        sentence = f"{{}}: {TYPE} has no such search parameter; leave it out."
        problems += [Problem("", "not-supported", sentence.format(name)) for name in unknown]
    if problems:
        raise FhirRejected(problems)
    return found, taken, unknown


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
