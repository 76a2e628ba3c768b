"""The doors for machines: FHIR messages, access tokens, the JSON API, and what watches the platform."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry

from app.api.dataset import register_dataset
from app.api.denials import register_denials
from app.api.fhir import register_fhir
from app.api.fhir_async import register_fhir_async
from app.api.fhir_definitions import register_fhir_definitions
from app.api.fhir_export import register_fhir_export
from app.api.fhir_history import register_fhir_history
from app.api.fhir_methods import register_fhir_methods
from app.api.fhir_referral_page import register_fhir_referral_page
from app.api.fhir_rest import register_fhir_rest
from app.api.fhir_sandbox import register_fhir_sandbox
from app.api.fhir_subscription import register_fhir_subscription
from app.api.fhir_task import register_fhir_task
from app.api.fhir_validate import register_fhir_validate
from app.api.fhir_write import register_fhir_write
from app.api.health import register_health
from app.api.oauth import register_oauth
from app.api.openapi_fhir import register_openapi_fhir
from app.api.openid_logout import register_openid_logout
from app.api.openreferral import register_openreferral
from app.api.request_log import register_request_log
from app.api.rest import register_rest
from app.api.smart import register_smart


def register(app: Flask) -> None:
    """Add every address for machines, and what all requests leave in the log."""
    registry = CollectorRegistry()
    register_request_log(app, registry)
    register_denials(app)
    register_fhir_methods(app)
    register_fhir(app)
    register_fhir_rest(app)
    register_fhir_definitions(app)
    register_fhir_task(app)
    register_fhir_subscription(app)
    register_fhir_write(app)
    register_fhir_history(app)
    register_fhir_validate(app)
    register_fhir_async(app)
    register_fhir_export(app)
    register_fhir_referral_page(app)
    register_fhir_sandbox(app)
    register_oauth(app)
    register_openid_logout(app)
    register_smart(app)
    register_openapi_fhir(app)
    register_health(app, registry)
    register_rest(app)
    register_openreferral(app)
    register_dataset(app)
