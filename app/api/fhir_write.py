"""What a referrer's system may write: a ServiceRequest by itself, changes of it, and Bundles of several requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, request

from app.api.errors import fhir_response, refusal
from app.api.fhir import in_fhir, machine_with
from app.api.fhir_batch import run_batch
from app.api.fhir_bundle import run_transaction
from app.api.fhir_rest_caller import BASE, base_url, caller, check_accept
from app.api.fhir_write_parts import bundle_of, posted, resource_of, versions, written
from app.runtime import Runtime
from app.services.fhir_reading import fhir_reads
from app.services.fhir_writing.rest_referral import find_existing, refer
from app.services.fhir_writing.rest_referral_change import Target, change
from fhir.request_in import Asked, Piece
from fhir.views_table import KINDS
from fhir.writes_table import CREATE, UPDATE

_REQUEST: Final = "ServiceRequest"
_ALONE: Final = (
    "A person is held here only with a referral. Send the Patient with its ServiceRequest: in one transaction, or"
    " contained in it."
)


def register_fhir_write(app: Flask) -> None:
    """Add the addresses that take a referral as resources."""
    writes = Blueprint("fhir_write", __name__, url_prefix=BASE)
    _add(writes, "", "POST", _bundle)
    _add(writes, "/", "POST", _bundle)
    _add(writes, f"/{_REQUEST}", "POST", _create, CREATE[_REQUEST])
    _add(writes, f"/{_REQUEST}/<id>", "PUT", _update, UPDATE[_REQUEST])
    _add(writes, "/Patient", "POST", _patient_alone, "system/Patient.c")
    app.register_blueprint(writes)


def _add(writes: Blueprint, path: str, method: str, do: Callable[..., Response], *scopes: str) -> None:
    def view(**parts: str) -> Response:
        guarded: Callable[[], Response] = lambda: do(**parts)  # noqa: E731 - the guards wrap a view
        return in_fhir(machine_with(*scopes)(guarded))()

    view._access = f"a system's token with {' '.join(scopes) or 'what each entry needs'}"  # type: ignore[attr-defined]
    name = f"{method.lower()}{do.__name__}_{len(path)}"
    options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
    writes.add_url_rule(path, name, view, **options)


def _bundle() -> Response:
    check_accept()
    told = posted()
    body = bundle_of(told)
    if body.get("type") == "batch":
        return run_batch(body)
    if body.get("type") == "transaction":
        return machine_with(CREATE[_REQUEST])(lambda: run_transaction(body, told))()
    sentence = "The Bundle's type must be transaction or batch. A message goes to $process-message."
    raise refusal(422, sentence, issue="not-supported", path="Bundle.type")


def _create() -> Response:
    check_accept()
    told = posted()
    resource = resource_of(told, (_REQUEST,))
    db, actor, kind = _runtime().db, caller(), KINDS[_REQUEST]
    condition = request.headers.get("If-None-Exist")
    if condition is not None:
        known = find_existing(db, actor, _REQUEST, condition, base_url=base_url())
        if known is not None:
            return written(fhir_reads.read(db, actor, kind, str(known)), 200)
    asked = Asked(Piece(_REQUEST, None, resource))
    made = refer(db, actor, asked, told, base_url=base_url())
    if made.referral_id is None:
        return fhir_response(made.answer.body, made.answer.status)
    return written(fhir_reads.read(db, actor, kind, str(made.referral_id)), 201, made.warnings)


def _update(id: str) -> Response:
    check_accept()
    told = posted()
    resource = resource_of(told, (_REQUEST,))
    target = Target(id, versions(), base_url())
    return written(change(_runtime().db, caller(), resource, told, target), 200)


def _patient_alone() -> Response:
    raise refusal(422, _ALONE, issue="business-rule", path="Patient")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["backstitch"]
    return found
