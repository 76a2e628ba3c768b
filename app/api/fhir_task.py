"""Writing Tasks over FHIR: a provider's system says how far it is with what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, Response, current_app

from app.api.errors import refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_rest_caller import BASE, base_url, caller, check_accept
from app.api.fhir_write_parts import posted, resource_of, versions, written
from app.runtime import Runtime
from app.services.fhir_writing import task_changes
from app.services.fhir_writing.rest_referral_change import Target

_NOT_MADE: Final = (
    "A Task is not created by itself: the link workers' team offers a placement, and its Task is there to be read and"
    " updated. A referring practice sends its Task with ServiceRequest and Patient in a transaction."
)


def register_fhir_task(app: Flask) -> None:
    """Add the addresses under which a Task is written."""
    task = Blueprint("fhir_task", __name__, url_prefix=f"{BASE}/Task")
    _add(task, "/<id>", "PUT", "system/Task.u", _update)
    _add(task, "", "POST", "system/Task.c", _create)
    app.register_blueprint(task)


def _add(task: Blueprint, path: str, method: str, scope: str, do: Callable[..., Response]) -> None:
    def view(**parts: str) -> Response:
        return in_fhir(machine_with(scope)(lambda: do(**parts)))()

    view._access = f"a system's token with {scope}"  # type: ignore[attr-defined]
    task.add_url_rule(path, do.__name__, view, methods=[method], provide_automatic_options=False)


def _update(id: str) -> Response:
    check_accept()
    body = resource_of(posted(), ("Task",))
    if body.get("id") != id:
        raise refusal(400, "The Task's id must be the one in the address.", path="Task.id")
    target = Target(id, versions(), base_url())
    return written(task_changes.update(_runtime().db, caller(), body, target), 200)


def _create() -> Response:
    raise refusal(422, _NOT_MADE, issue="not-supported")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
