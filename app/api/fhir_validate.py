"""$validate: what would be refused of a resource or a message, and why; nothing is kept.

Any signed-in system may ask that may read or write the type. A resource that can be written is tried as a write when
the token covers that: a new one, or a change where the address or the mode says so; mode=profile asks of R4 alone.
What is told of a message is what this client would be told on sending it, so it takes the right to.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import FHIR_JSON, XML_TYPES, fhir_response, refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, base_url, caller
from app.api.fhir_subscription import bounds
from app.api.media import check_body_version
from app.api.request_log import UUID, current_request_id
from app.domain.scopes import WRITE, allows
from app.runtime import Runtime
from app.services.fhir_writing.validating import Asking, validate
from app.services.fhir_writing.validating_writes import is_named
from fhir.operations import VALIDATED
from fhir.problems import Problem, operation_outcome
from fhir.validating import Submitted, read_submitted

_MEDIA = (FHIR_JSON, "application/json", *XML_TYPES)
_SOUND = Problem("", "informational", "Nothing of this would be refused.", "information")
_SOUND_FORM = Problem("", "informational", "R4 has nothing against it; no write was tried.", "information")


def register_fhir_validate(app: Flask) -> None:
    """Add the operation on the system and on each type that is taken."""
    doors = Blueprint("fhir_validate", __name__, url_prefix=BASE)
    _add(doors, "", None)
    for resource_type in VALIDATED:
        _add(doors, f"/{resource_type}", resource_type)
        _add(doors, f"/{resource_type}/<id>", resource_type)
    app.register_blueprint(doors)


def _add(doors: Blueprint, path: str, resource_type: str | None) -> None:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with()(lambda: _validate(resource_type, **parts)))()

    view._access = "any system's token; what it must cover depends on the body"  # type: ignore[attr-defined]
    options: dict[str, Any] = {"methods": ["POST"], "provide_automatic_options": False}
    doors.add_url_rule(f"{path}/$validate", f"validate{path}".replace("/", "_"), view, **options)


def _validate(resource_type: str | None, id: str | None = None) -> Response:
    check_body_version()
    if request.mimetype not in _MEDIA:
        raise refusal(415, f"Send what is to be validated as {FHIR_JSON} or application/fhir+xml.")
    asked = request.args.items(multi=True)
    submitted = read_submitted(request.get_data(cache=False), content_type=request.mimetype, asked=asked)
    _check_scope(submitted)
    correlation_id = request.headers.get("X-Correlation-Id", "").lower()
    asking = Asking(
        client=g.machine.client,
        request_id=current_request_id(),
        correlation_id=correlation_id if UUID.match(correlation_id) else None,
        actor=caller,
        base_url=base_url(),
        may=lambda scope: allows(g.machine.scopes, scope),
        bounds=bounds,
        type=resource_type,
        id=id,
    )
    problems = validate(_runtime().db, submitted, asking)
    sound = _SOUND_FORM if submitted.mode == "profile" and not submitted.is_message else _SOUND
    return fhir_response(orjson.dumps(operation_outcome(problems or [sound])), 200)


def _check_scope(submitted: Submitted) -> None:
    """A message tells by the way whether ids were used and who is set up: only who may send it may know."""
    kind = submitted.type if submitted.type in VALIDATED else "*"
    kind = "ServiceRequest" if kind == "Bundle" else kind  # what a transaction makes
    letters = "u" if submitted.mode == "update" else "c" if is_named(submitted) else "rc"
    wanted = [WRITE] if submitted.is_message else [f"system/{kind}.{letter}" for letter in letters]
    if submitted.resource is not None and not any(allows(g.machine.scopes, each) for each in wanted):
        raise refusal(
            403, f"The access token lacks the scope {' or '.join(wanted)}. Ask for a token that has it."
        )


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
