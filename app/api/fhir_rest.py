"""Reading and searching over FHIR: the routes are made from the table that the CapabilityStatement is made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, request

from app.api.errors import refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, answer, base_url, caller, check_accept, is_strict, may_read
from app.runtime import Runtime
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads import Answer
from app.services.fhir_reading.fhir_reads_query import PAGE, Query, read_query, read_shape
from fhir.views_kinds import Kind
from fhir.views_shape import ignored_outcome, searchset, shaped
from fhir.views_table import KINDS

_LONGEST: Final = 8000  # of a link: a server takes a line of 8190 (deploy/gunicorn_hooks.py)
_FORM: Final = "application/x-www-form-urlencoded"

Json = dict[str, Any]


def register_fhir_rest(app: Flask) -> None:
    """Add the addresses of every type in the table: read, and search by GET and by POST."""
    rest = Blueprint("fhir_rest", __name__, url_prefix=BASE)
    for kind in KINDS.values():
        _add(rest, kind, "/<id>", "GET", _read)
        _add(rest, kind, "", "GET", _search)
        _add(rest, kind, "/_search", "POST", _search)
    app.register_blueprint(rest)


def _add(rest: Blueprint, kind: Kind, path: str, method: str, do: Callable[..., Response]) -> None:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with(scope)(lambda: do(kind, **parts)))()

    scope = f"system/{kind.type}.{'r' if do is _read else 's'}"
    view._access = f"a system's token with {scope}"  # type: ignore[attr-defined]
    name = f"{method.lower()}{do.__name__}_{kind.type}"
    options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
    rest.add_url_rule(f"/{kind.type}{path}", name, view, **options)


def _read(kind: Kind, id: str) -> Response:
    check_accept()
    shape = read_shape(kind, list(request.args.items(multi=True)), strict=is_strict())
    found = fhir_reads.read(_runtime().db, caller(), kind, id)
    meta = found["meta"]
    updated = datetime.fromisoformat(meta["lastUpdated"]) if kind.exact and "lastUpdated" in meta else None
    if _is_known(meta["versionId"], updated):
        told = Response(status=304)
    else:
        told = answer(shaped(found, shape.summary, shape.elements))
    told.set_etag(meta["versionId"], weak=True)
    if updated:
        told.last_modified = updated
    return told


def _is_known(version: str, updated: datetime | None) -> bool:
    """Tell whether the caller has this already; a version is surer than a time, and goes first (RFC 9110)."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(version)
    since = request.if_modified_since
    return since is not None and updated is not None and updated.replace(microsecond=0) <= since


def _search(kind: Kind) -> Response:
    check_accept()
    if request.method == "POST" and request.mimetype != _FORM:
        raise refusal(415, f"Send the parameters of a search as {_FORM}.")
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    query = read_query(kind, pairs, base_url=base_url(), strict=is_strict())
    _check_reach(query)
    found = fhir_reads.search(_runtime().db, caller(), query)
    return answer(_bundle(query, found))


def _check_reach(query: Query) -> None:
    """Refuse what would be brought along of a type that the token does not cover: a reference is no way round it."""
    beyond = sorted(each for each in query.brought_along if not may_read(each))
    if beyond:
        scopes = " and ".join(f"system/{each}.rs" for each in beyond)
        raise refusal(
            403, f"The access token lacks the scope {scopes}, which _include and _revinclude need here."
        )


def _bundle(query: Query, found: Answer) -> Json:
    shape = query.shape
    matches = [shaped(each, shape.summary, shape.elements) for each in found.matches]
    bundle = searchset(
        base_url(), matches, included=found.included, links=_links(query, found), total=found.total
    )
    if query.ignored:
        bundle.setdefault("entry", []).append(ignored_outcome(query.ignored))
    return bundle


def _links(query: Query, found: Answer) -> dict[str, str]:
    """The search said again, and the pages beside this one; never an identifier, which an address would give away."""
    here = request.args.get(PAGE) or request.form.get(PAGE)
    pages = {"self": here, "next": found.following, "previous": found.previous}
    return {
        relation: _address(query, [*found.echo, *([(PAGE, page)] if page else [])])
        for relation, page in pages.items()
        if page or relation == "self"
    }


def _address(query: Query, pairs: list[tuple[str, str]]) -> str:
    asked = f"?{urlencode(pairs, safe=',/:')}" if pairs else ""
    address = f"{base_url()}/{query.kind.type}{asked}"
    if len(address) > _LONGEST:
        raise refusal(
            422, "The address of the next page would be too long. Give fewer values.", issue="too-costly"
        )
    return address


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
