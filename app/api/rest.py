"""The JSON API for signed-in people and providers' systems, and the OpenAPI document made of its schemas."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from app.api import (
    docs,
    rest_dials,
    rest_duplicates,
    rest_everybody,
    rest_letters,
    rest_link_worker,
    rest_outcomes,
    rest_placing,
    rest_practice,
    rest_provider,
    rest_questions,
    rest_steward,
    rest_stewardship,
    rest_waiting,
    rest_waits,
)
from app.api.rest_errors import answer_unknown_addresses
from app.api.rest_parts import PREFIX
from app.api.schemas_out import ErrorOut

_PARTS = (
    rest_everybody.part,
    rest_link_worker.part,
    rest_provider.part,
    rest_outcomes.part,
    rest_placing.part,
    rest_dials.part,
    rest_duplicates.part,
    rest_waiting.part,
    rest_questions.part,
    rest_waits.part,
    rest_practice.part,
    rest_letters.part,
    rest_steward.part,
    rest_stewardship.part,
)
_ABOUT = {
    "description": (
        "Referrals, placements and outcomes for link workers, providers, practices and stewards. "
        "Long lists have pages of 50 lines. Doing the same thing twice is answered with 409 and a sentence; "
        "what is not yours is answered like what does not exist."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}


class RestApi(Api):  # type: ignore[misc]
    """Describes the API; answering faults is left to the parts, because the application has other doors too."""

    ERROR_SCHEMA = ErrorOut

    def _register_error_handlers(self) -> None:
        """Register none for the whole application."""


def register_rest(app: Flask) -> None:
    """Add the JSON API under /api/v1, its OpenAPI document and its readable page."""
    spec = {"title": "Backstitch", "version": "1.0.0", "openapi_version": "3.1.0", "info": _ABOUT}
    api = RestApi(app, spec_kwargs=spec)
    for part in _PARTS:
        api.register_blueprint(part)
    app.extensions["backstitch-openapi"] = docs.described(api.spec.to_dict(), app, PREFIX)
    docs.register_docs(app, PREFIX)
    answer_unknown_addresses(app, PREFIX)
