"""The CapabilityStatement: what this server does, and what it does not claim."""

from __future__ import annotations

from datetime import date
from typing import Any

from fhir.operations import operations_of
from fhir.systems import (
    CANCEL_DEFINITION,
    OURS,
    REQUEST_DEFINITION,
    RESPONSE_DEFINITION,
    RESPONSE_SHORT_DEFINITION,
)
from fhir.views_capability import DOCUMENTATION, rest_parameters, rest_resources
from fhir.writes_table import BUNDLES

_DESCRIPTION = (
    "Takes social prescribing referrals as messages in the shape of NHS England's Booking and Referral Standard "
    "(BaRS), and sends the outcome back to the practice that asked. No published BaRS application covers social "
    "prescribing: the use case is our own (sp1) and conformance with BaRS is not claimed."
)
_OAUTH_ADDRESSES = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def capability_statement(base_url: str, version: str, published: date) -> dict[str, Any]:
    """Return the statement for GET {base_url}/metadata; `version` is the software's, `published` its day."""
    return {
        "resourceType": "CapabilityStatement",
        "url": OURS + "CapabilityStatement/backstitch",
        "version": version,
        "name": "Backstitch",
        "title": "Backstitch social prescribing referrals",
        "status": "active",
        "date": published.isoformat(),
        "description": _DESCRIPTION,
        "kind": "instance",
        "software": {"name": "Backstitch", "version": version},
        "implementation": {"description": "Backstitch", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "rest": [_rest(base_url)],
        "messaging": [_messaging()],
    }


def _rest(base_url: str) -> dict[str, Any]:
    return {
        "mode": "server",
        "documentation": DOCUMENTATION,
        "security": _security(base_url.removesuffix("/FHIR/R4") + "/oauth2/token"),
        "resource": rest_resources(),
        "interaction": [{"code": code} for code in BUNDLES],
        "searchParam": rest_parameters(),
        "operation": operations_of(None),
    }


def _security(token_address: str) -> dict[str, Any]:
    kinds = (("OAuth", "OAuth"), ("SMART-on-FHIR", "SMART-on-FHIR"))
    return {
        "extension": [
            {"url": _OAUTH_ADDRESSES, "extension": [{"url": "token", "valueUri": token_address}]},
        ],
        "service": [
            {"coding": [{"system": _SECURITY_SERVICES, "code": code, "display": display}]}
            for code, display in kinds
        ],
        "description": "OAuth 2.0 client credentials with a signed assertion (private_key_jwt), as SMART backend"
        " services have it: see .well-known/smart-configuration.",
    }


def _messaging() -> dict[str, Any]:
    supported = [
        ("receiver", REQUEST_DEFINITION),
        ("receiver", CANCEL_DEFINITION),
        ("sender", RESPONSE_DEFINITION),
        ("sender", RESPONSE_SHORT_DEFINITION),
    ]
    return {
        "documentation": "A message whose MessageHeader.response is present is taken as an acknowledgement.",
        "supportedMessage": [{"mode": mode, "definition": definition} for mode, definition in supported],
    }
