"""Tells a system that has nothing but our FHIR address where and how it gets a token (SMART backend services)."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify

from app.api.fhir_rest_caller import BASE
from app.api.guard import public
from app.api.oauth import token_address
from app.domain.scopes import SHORT_NAMES
from app.runtime import Runtime
from app.services.systems.key_sets import ALGORITHMS
from fhir.views_table import KINDS

_WIDE: Final = ("system/*.rs", "system/*.cruds", "system/Subscription.cruds", "system/Task.u")


def register_smart(app: Flask) -> None:
    """Add GET /FHIR/R4/.well-known/smart-configuration; public."""
    smart = Blueprint("smart", __name__, url_prefix=BASE)

    @smart.get("/.well-known/smart-configuration", provide_automatic_options=False)
    @public
    def configuration() -> Response:
        """Return SMART App Launch 2.2's discovery document, as far as backend services have it."""
        runtime: Runtime = app.extensions["backstitch"]
        bound = runtime.settings.client_cert_header is not None
        found = smart_configuration(runtime.settings.public_url)
        return jsonify(found | {"tls_client_certificate_bound_access_tokens": bound})

    app.register_blueprint(smart)


def smart_configuration(public_url: str) -> dict[str, Any]:
    """Return the document; https://hl7.org/fhir/smart-app-launch/conformance.html lists its fields."""
    return {
        "token_endpoint": token_address(public_url),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": [*SHORT_NAMES, *_WIDE, *(f"system/{each}.rs" for each in KINDS)],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }
