"""Where the sender of a message that was taken for later comes back: how far it is, its answer, its removal.

The answer is wrapped as FHIR's asynchronous pattern for single requests has it (hl7.org/fhir/R5/async-bundle.html;
R4 describes bulk data only): a Bundle batch-response with the one status and body that the synchronous door gives.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, g
from werkzeug.http import http_date

from app.api.errors import fhir_response
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE
from app.domain.scopes import WRITE
from app.runtime import Runtime
from app.services.incoming import later
from app.store.async_jobs import Standing

RETRY_SECONDS: Final = 2


def register_fhir_async(app: Flask) -> None:
    """Add the address of every answer that is fetched."""
    doors = Blueprint("fhir_async", __name__, url_prefix=BASE)
    _add(doors, "GET", _standing)
    _add(doors, "DELETE", _remove)
    app.register_blueprint(doors)


def still_waiting(progress: str) -> Response:
    """Return what is said of a promise that is not kept yet."""
    answer = Response(status=202)
    answer.headers["X-Progress"] = progress
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def ends(answer: Response, at: datetime) -> Response:
    """Say until when an answer can be fetched."""
    answer.headers["Expires"] = http_date(at)
    return answer


def _add(doors: Blueprint, method: str, do: Callable[[UUID], Response]) -> None:
    def view(job_id: UUID) -> Response:
        return in_fhir(machine_with(WRITE)(lambda: do(job_id)))()

    view._access = f"the token of the system that sent the message, with {WRITE}"  # type: ignore[attr-defined]
    options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
    doors.add_url_rule("/$async/<uuid:job_id>", f"{method.lower()}_answer", view, **options)


def _standing(job_id: UUID) -> Response:
    found = later.standing(_runtime().db, g.machine.client, job_id)
    if found.answer is None:
        return still_waiting(found.progress)
    return ends(fhir_response(orjson.dumps(_wrapped(found)), 200), found.ends_at)


def _wrapped(found: Standing) -> dict[str, Any]:
    body = orjson.loads(found.answer or b"{}")
    status = HTTPStatus(found.answer_status or 500)
    response: dict[str, Any] = {"status": f"{status.value} {status.phrase}"}
    entry: dict[str, Any] = {"response": response}
    if body.get("resourceType") == "OperationOutcome":
        response["outcome"] = body
    else:
        entry = {"resource": body, **entry}
    return {"resourceType": "Bundle", "type": "batch-response", "entry": [entry]}


def _remove(job_id: UUID) -> Response:
    later.remove(_runtime().db, g.machine.client, job_id)
    return Response(status=202)


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
