"""What integrators may do in their sandbox and nowhere else: let its people take a step, and empty it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request

from app.api.errors import fhir_response
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE
from app.domain.errors import Conflict, NotFound
from app.domain.scopes import WRITE
from app.runtime import Runtime
from app.services.incoming.refusals import refusal
from app.services.systems import sandbox
from fhir.operations import SANDBOX_RESET, SANDBOX_STEP
from fhir.problems import Problem, operation_outcome

_MOST_STEPS: Final = 10


def register_fhir_sandbox(app: Flask) -> None:
    """Add POST $sandbox-reset and POST ServiceRequest/{id}/$sandbox-step."""
    door = Blueprint("fhir_sandbox", __name__, url_prefix=BASE)

    def reset() -> Response:
        return in_fhir(machine_with(WRITE)(_reset))()

    def step(id: str) -> Response:
        return in_fhir(machine_with(WRITE)(lambda: _step(id)))()

    one = f"/{SANDBOX_STEP.types[0]}/<id>/${SANDBOX_STEP.name}"
    for path, view in ((f"/${SANDBOX_RESET.name}", reset), (one, step)):
        view._access = f"a sandbox's own system with {WRITE}"  # type: ignore[union-attr]
        door.add_url_rule(path, view.__name__, view, methods=["POST"], provide_automatic_options=False)
    app.register_blueprint(door)


def _reset() -> Response:
    sandbox.reset(_runtime().db, g.machine.client.id)
    return _told(["The sandbox is empty. Its ODS code, keys and tokens stay as they are."])


def _step(id: str) -> Response:
    """Play as many steps as `steps` says, fewer when the referral ends before."""
    try:
        referral_id = UUID(id)
    except ValueError:
        raise NotFound from None
    done: list[str] = []
    for _ in range(_steps()):
        try:
            done.append(sandbox.step(_runtime().db, g.machine.client, referral_id))
        except Conflict:
            if not done:
                raise
            break
    return _told(done)


def _steps() -> int:
    told = request.args.get("steps", "1")
    if not told.isdecimal() or len(told) > 2 or not 1 <= int(told) <= _MOST_STEPS:
        raise refusal(400, f"steps is a number from 1 to {_MOST_STEPS}.")
    return int(told)


def _told(sentences: list[str]) -> Response:
    said = [Problem("", "informational", sentence, "information") for sentence in sentences]
    return fhir_response(orjson.dumps(operation_outcome(said)), 200)


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
