"""Subscriptions over FHIR: a system asks to be told of every step, and looks after its own wish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, answer, base_url, caller, check_accept, is_strict
from app.api.fhir_write_parts import posted, versions, written
from app.domain.scopes import allows
from app.runtime import Runtime
from app.services.fhir_reading.fhir_reads_query import PAGE, read_query, read_shape
from app.services.systems import subscriptions
from app.services.systems.subscriptions import Bounds
from fhir.subscription_in import read_subscription
from fhir.subscription_view import KIND
from fhir.views_shape import ignored_outcome, searchset, shaped

Json = dict[str, Any]
_FORM: Final = "application/x-www-form-urlencoded"


def register_fhir_subscription(app: Flask) -> None:
    """Add the addresses of Subscription."""
    doors = Blueprint("fhir_subscription", __name__, url_prefix=f"{BASE}/{KIND.type}")
    _add(doors, "", "POST", "c", _create)
    _add(doors, "", "GET", "s", _search)
    _add(doors, "/_search", "POST", "s", _search_by_form)
    _add(doors, "/<id>", "GET", "r", _read)
    _add(doors, "/<id>/_history/<wanted>", "GET", "r", _version)
    _add(doors, "/<id>", "PUT", "u", _update)
    _add(doors, "/<id>", "DELETE", "d", _delete)
    app.register_blueprint(doors)


def _add(doors: Blueprint, path: str, method: str, letter: str, do: Callable[..., Response]) -> None:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with(scope)(lambda: do(**parts)))()

    scope = f"system/{KIND.type}.{letter}"
    view._access = f"a system's token with {scope}"  # type: ignore[attr-defined]
    doors.add_url_rule(path, do.__name__, view, methods=[method], provide_automatic_options=False)


def _create() -> Response:
    check_accept()
    made = subscriptions.create(_runtime().db, caller(), _body(), bounds())
    return written(made, 201)


def _read(id: str) -> Response:
    check_accept()
    shape = read_shape(KIND, list(request.args.items(multi=True)), strict=is_strict())
    found = subscriptions.read(_runtime().db, caller(), id)
    return _told(found, shaped(found, shape.summary, shape.elements))


def _version(id: str, wanted: str) -> Response:
    check_accept()
    found = subscriptions.version(_runtime().db, caller(), id, wanted)
    return _told(found, found)


def _told(found: Json, shown: Json) -> Response:
    version, updated = found["meta"]["versionId"], datetime.fromisoformat(found["meta"]["lastUpdated"])
    told = Response(status=304) if _is_known(version, updated) else answer(shown)
    told.set_etag(version, weak=True)
    told.last_modified = updated
    return told


def _is_known(version: str, updated: datetime) -> bool:
    """Tell whether the caller has this already; a version is surer than a time, and goes first (RFC 9110)."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(version)
    since = request.if_modified_since
    return since is not None and updated.replace(microsecond=0) <= since


def _search_by_form() -> Response:
    if request.mimetype != _FORM:
        raise refusal(415, f"Send the parameters of a search as {_FORM}.")
    return _search()


def _search() -> Response:
    check_accept()
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    query = read_query(KIND, pairs, base_url=base_url(), strict=is_strict())
    found = subscriptions.search(_runtime().db, caller(), query)
    matches = [shaped(each, query.shape.summary, query.shape.elements) for each in found.matches]
    links = {"self": _address(list(found.echo))}
    if found.following:
        links["next"] = _address([*found.echo, (PAGE, found.following)])
    bundle = searchset(base_url(), matches, included=(), links=links, total=found.total)
    if query.ignored:
        bundle.setdefault("entry", []).append(ignored_outcome(query.ignored))
    return answer(bundle)


def _address(pairs: list[tuple[str, str]]) -> str:
    asked = f"?{urlencode(pairs)}" if pairs else ""
    return f"{base_url()}/{KIND.type}{asked}"


def _update(id: str) -> Response:
    check_accept()
    body = _body()
    if body.get("id") != id:
        raise refusal(400, "The Subscription's id must be the one in the address.", path="Subscription.id")
    changed = subscriptions.update(_runtime().db, caller(), id, body, bounds=bounds(), versions=versions())
    return written(changed, 200)


def _delete(id: str) -> Response:
    check_accept()
    subscriptions.remove(_runtime().db, caller(), id, versions=versions())
    return Response(status=204)


def _body() -> Json:
    told = posted()
    return read_subscription(told.body, content_type=told.content_type)


def bounds() -> Bounds:
    """Return what the signed-in system's subscriptions must keep to."""
    scopes = g.machine.scopes
    return Bounds(
        why_not=_runtime().hooks.why_not,
        may_search=lambda kind: allows(scopes, f"system/{kind}.s"),
        base_url=base_url(),
    )


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
