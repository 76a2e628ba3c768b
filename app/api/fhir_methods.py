"""Says why a method is not for an address under /FHIR, and what to send in its place."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed

from app.api.errors import answer_of, refusal
from app.api.fhir_rest_caller import BASE
from fhir.writes_table import UPDATE

_SENTENCES: Final = {
    "DELETE": "Nothing of a referral is deleted here: a mistake is told by PUT of the ServiceRequest with the status"
    " entered-in-error, a withdrawal with revoked.",
    "PATCH": "PATCH is not taken. Send the whole resource by PUT where its type can be updated.",
}


def register_fhir_methods(app: Flask) -> None:
    """Answer 405 with a sentence; comes before all else that looks at an address that was not found."""

    @app.before_request
    def _not_this_method() -> Response | None:
        fault = request.routing_exception
        if not isinstance(fault, MethodNotAllowed) or not request.path.startswith(f"{BASE}/"):
            return None
        told = answer_of(refusal(405, _sentence(*request.path.removeprefix(f"{BASE}/").split("/"))))
        told.headers["Allow"] = ", ".join(sorted(fault.valid_methods or ()))
        return told


def _sentence(_kind: str, *more: str) -> str:
    if request.method in _SENTENCES:
        return _SENTENCES[request.method]
    if request.method == "POST" and not more:
        return "This type is not created here: it comes with a referral, or from us."
    if request.method == "PUT" and len(more) == 1:
        return f"This type is not updated here. Updated are: {', '.join(UPDATE)}."
    return "This method is not for this address."
