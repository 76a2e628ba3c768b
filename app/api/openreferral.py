"""The open directory's nine addresses of Open Referral UK 3.0: no key, for every web page that wants to read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, request

from app.api.guard import View, database, public
from app.api.openreferral_query import read_query
from app.api.rest_errors import answer_faults_of, answer_unknown_addresses
from app.services.directory import openreferral
from app.services.directory.openreferral import ABOUT, Asked
from app.store.session import Database

PREFIX: Final = "/openreferral"
_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_FRESH: Final = "public, max-age=300"
List = Callable[[Database, Asked], dict[str, Any]]
One = Callable[[Database, str], dict[str, Any]]
LISTS: Final[dict[str, tuple[List, One]]] = {
    "services": (openreferral.list_services, openreferral.get_service),
    "service_at_locations": (openreferral.list_meetings, openreferral.get_meeting),
    "taxonomies": (openreferral.list_taxonomies, openreferral.get_taxonomy),
    "taxonomy_terms": (openreferral.list_terms, openreferral.get_term),
}


def register_openreferral(app: Flask) -> None:
    """Add the open directory."""
    part = Blueprint("openreferral", __name__, url_prefix=PREFIX)
    part.add_url_rule("/", "about", _about, strict_slashes=False)
    for name, (many, one) in LISTS.items():
        part.add_url_rule(f"/{name}", name, _list_view(many), strict_slashes=False)
        part.add_url_rule(f"/{name}/<told_id>", f"one_of_{name}", _one_view(one))
    answer_faults_of(part)
    app.register_blueprint(part)
    answer_unknown_addresses(app, PREFIX)

    @app.after_request
    def _open(response: Response) -> Response:
        """Also what is refused says that any page may read it, or its reader is told nothing of why."""
        if request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
            response.headers.update(_OPEN)
            if response.status_code == 200:
                response.headers["Cache-Control"] = _FRESH
        return response


@public
def _about() -> Response:
    return jsonify(ABOUT)


def _list_view(many: List) -> View:
    @public
    def view() -> Response:
        return jsonify(many(database(), read_query(request.args)))

    return view


def _one_view(one: One) -> View:
    @public
    def view(told_id: str) -> Response:
        return jsonify(one(database(), told_id))

    return view
