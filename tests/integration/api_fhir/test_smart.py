"""How a system that knows our FHIR address alone finds out where tokens come from."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask.testing import FlaskClient

from app.domain.scopes import is_scope
from tests.integration.api_fhir.gp_system import AUDIENCE, GpSystem

BASE = "/FHIR/R4"


def test_the_configuration_is_open_and_has_what_backend_services_need(http: FlaskClient) -> None:
    answer = http.get(f"{BASE}/.well-known/smart-configuration")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told = answer.json
    assert told["token_endpoint"] == AUDIENCE
    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert {"RS512", "RS384", "ES384", "ES256"} <= set(
        told["token_endpoint_auth_signing_alg_values_supported"]
    )
    assert {"client-confidential-asymmetric", "permission-v2"} <= set(told["capabilities"])
    assert not {"authorization_endpoint", "issuer"} & set(told)
    assert all(is_scope(each) for each in told["scopes_supported"])


def test_each_scope_that_it_offers_can_be_had(http: FlaskClient, make_gp: Callable[..., GpSystem]) -> None:
    offered = http.get(f"{BASE}/.well-known/smart-configuration").json["scopes_supported"]
    gp = make_gp(scopes=("referral.read", "referral.write", "system/*.cruds"))
    answer = gp.ask(gp.assertion(), scope=" ".join(offered))
    assert (answer.status_code, answer.json["scope"]) == (200, " ".join(offered))


def test_the_capability_statement_tells_the_same(http: FlaskClient) -> None:
    answer = http.get(f"{BASE}/metadata", headers={"Accept": "application/fhir+json"})
    security = json.loads(answer.data)["rest"][0]["security"]
    codes = {each["coding"][0]["code"] for each in security["service"]}
    assert codes == {"OAuth", "SMART-on-FHIR"}
    (told,) = security["extension"]
    assert told["url"].endswith("/StructureDefinition/oauth-uris")
    assert told["extension"] == [{"url": "token", "valueUri": AUDIENCE}]


def test_only_reading_it_is_offered(http: FlaskClient) -> None:
    assert http.post(f"{BASE}/.well-known/smart-configuration").status_code == 405
