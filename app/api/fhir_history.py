"""Versions over FHIR: one by its number, and all of a resource in the order in which they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, request

from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, answer, base_url, caller, check_accept, is_strict
from app.runtime import Runtime
from app.services.fhir_reading.fhir_history import history, version
from app.services.fhir_reading.fhir_history_asked import read_asked
from app.services.fhir_reading.fhir_reads_query import PAGE
from fhir.views_kinds import Kind
from fhir.views_table import KINDS
from fhir.writes_table import KEPT

Json = dict[str, Any]


def register_fhir_history(app: Flask) -> None:
    """Add the address of a version for every type that is read, that of all versions where they are kept."""
    doors = Blueprint("fhir_history", __name__, url_prefix=BASE)
    for kind in KINDS.values():
        _add(doors, kind, "/<id>/_history/<wanted>", _version)
        if kind.type in KEPT:
            _add(doors, kind, "/<id>/_history", _history)
    app.register_blueprint(doors)


def _add(doors: Blueprint, kind: Kind, path: str, do: Callable[..., Response]) -> None:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with(scope)(lambda: do(kind, **parts)))()

    scope = f"system/{kind.type}.r"
    view._access = f"a system's token with {scope}"  # type: ignore[attr-defined]
    options: dict[str, Any] = {"methods": ["GET"], "provide_automatic_options": False}
    doors.add_url_rule(f"/{kind.type}{path}", f"{do.__name__}_{kind.type}", view, **options)


def _version(kind: Kind, id: str, wanted: str) -> Response:
    check_accept()
    found = version(_runtime().db, caller(), kind, id, wanted)
    meta = found["meta"]
    told = answer(found)
    told.set_etag(meta["versionId"], weak=True)
    if "lastUpdated" in meta:
        told.last_modified = datetime.fromisoformat(meta["lastUpdated"])
    return told


def _history(kind: Kind, id: str) -> Response:
    check_accept()
    asked = read_asked(request.args.items(multi=True), strict=is_strict())
    found = history(_runtime().db, caller(), kind, id)
    page, total, following = asked.page_of(found)
    first = found[-1]["meta"]["versionId"]
    entries = [_entry(each, first=each["meta"]["versionId"] == first) for each in page]
    address = f"{base_url()}/{kind.type}/{id}/_history"
    pages = {"self": asked.after, "next": following}
    links = [
        {"relation": relation, "url": _address(address, [*asked.echo, *([(PAGE, after)] if after else [])])}
        for relation, after in pages.items()
        if after or relation == "self"
    ]
    told = {"resourceType": "Bundle", "type": "history", "total": total, "link": links}
    return answer(told | ({"entry": entries} if entries else {}))


def _address(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs, safe=',/:')}" if pairs else address


def _entry(resource: Json, *, first: bool) -> Json:
    kind, meta = resource["resourceType"], resource["meta"]
    local = f"{kind}/{resource['id']}"
    return {
        "fullUrl": f"{base_url()}/{local}",
        "resource": resource,
        "request": {"method": "POST", "url": kind} if first else {"method": "PUT", "url": local},
        "response": {
            "status": "201 Created" if first else "200 OK",
            "etag": f'W/"{meta["versionId"]}"',
            "lastModified": meta["lastUpdated"],
        },
    }


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
