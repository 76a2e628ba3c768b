"""The doors for machines: FHIR messages, access tokens, the JSON API, and what watches the platform."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry

from app.api.fhir import register_fhir
from app.api.fhir_rest import register_fhir_rest
from app.api.headers import register_headers
from app.api.health import register_health
from app.api.oauth import register_oauth
from app.api.openreferral import register_openreferral
from app.api.request_log import register_request_log
from app.api.rest import register_rest


def register(app: Flask) -> None:
    """Add every address for machines, and what all answers carry and all requests leave in the log."""
    registry = CollectorRegistry()
    register_headers(app, is_https=app.extensions["backstitch"].settings.cookies_are_secure)
    register_request_log(app, registry)
    register_fhir(app)
    register_fhir_rest(app)
    register_oauth(app)
    register_health(app, registry)
    register_rest(app)
    register_openreferral(app)
