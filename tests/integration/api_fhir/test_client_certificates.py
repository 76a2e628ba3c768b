"""Tokens that are bound to a client certificate (RFC 8705), as the proxy in front tells of it."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text

from app import create_app
from app.config import SettingsProblem, from_environment
from app.runtime import Runtime
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import MESSAGES, GpSystem, register

CERTIFICATE, ANOTHER = b"one certificate, as its bytes", b"another certificate, as its bytes"
HEADER = "Client-Cert"
METADATA = "/FHIR/R4/.well-known/smart-configuration"


def told(der: bytes) -> dict[str, str]:
    """What the proxy says of a connection's certificate, by RFC 9440."""
    return {HEADER: f":{base64.b64encode(der).decode()}:"}


def as_nginx(der: bytes) -> dict[str, str]:
    """The same as nginx says it."""
    return {HEADER: quote(ssl.DER_cert_to_PEM_cert(der))}


@pytest.fixture
def house(runtime: Runtime) -> Callable[..., FlaskClient]:
    """The application behind a proxy, with further settings."""

    def make(**settings: object) -> FlaskClient:
        usual = {"client_cert_header": HEADER} | settings
        changed = replace(runtime, settings=replace(runtime.settings, **usual))
        return create_app(runtime=changed).test_client(use_cookies=False)

    return make


@pytest.fixture
def gp(runtime: Runtime, place: MadePlace, key: RSAKey, house: Callable[..., FlaskClient]) -> GpSystem:
    client = register(runtime.db, place.practices[0].id, key, practices=(place.practices[0].ods or "",))
    return GpSystem(house(), client, key)


def token(gp: GpSystem, headers: dict[str, str], status: int = 200) -> str:
    """Ask for a token over such a connection."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": gp.assertion(),
    }
    answer = gp.http.post("/oauth2/token", data=form, headers=headers)
    assert answer.status_code == status, answer.text
    return str(answer.json.get("access_token", answer.json.get("error")))


def send(gp: GpSystem, place: MadePlace, bearer: str, headers: dict[str, str], **environ: str) -> int:
    """Send a referral over such a connection; return the status."""
    sent = gp.headers(Authorization=f"Bearer {bearer}") | headers
    body = make_message(place.practices[0])
    return gp.http.post(MESSAGES, data=body, headers=sent, environ_overrides=environ).status_code


def test_a_bound_token_opens_over_its_own_connection_only(gp: GpSystem, place: MadePlace) -> None:
    bound = token(gp, told(CERTIFICATE))
    assert send(gp, place, bound, told(CERTIFICATE)) == 200
    assert send(gp, place, bound, as_nginx(CERTIFICATE)) == 200
    assert send(gp, place, bound, told(ANOTHER)) == 401
    assert send(gp, place, bound, {}) == 401
    for unreadable in (":not base64:", "::", "%", "-----BEGIN CERTIFICATE-----", "x" * 3000):
        assert send(gp, place, bound, {HEADER: unreadable}) == 401


def test_a_token_without_a_certificate_is_bound_to_none(gp: GpSystem, place: MadePlace) -> None:
    free = token(gp, {})
    assert [send(gp, place, free, each) for each in ({}, told(ANOTHER))] == [200, 200]


def test_the_header_is_believed_from_the_proxy_alone(gp: GpSystem, place: MadePlace) -> None:
    bound = token(gp, told(CERTIFICATE))
    assert send(gp, place, bound, told(CERTIFICATE), REMOTE_ADDR="192.0.2.9") == 401
    assert send(gp, place, bound, told(CERTIFICATE), REMOTE_ADDR="127.0.0.1") == 200


def test_a_forwarded_address_makes_nobody_the_proxy(
    runtime: Runtime, place: MadePlace, gp: GpSystem, house: Callable[..., FlaskClient]
) -> None:
    bound = token(gp, told(CERTIFICATE))
    gp.http = house(trusted_proxies=1)
    forged = told(CERTIFICATE) | {"X-Forwarded-For": "127.0.0.1"}
    assert send(gp, place, bound, forged, REMOTE_ADDR="192.0.2.9") == 401
    honest = told(CERTIFICATE) | {"X-Forwarded-For": "192.0.2.9"}
    assert send(gp, place, bound, honest, REMOTE_ADDR="127.0.0.1") == 200


def test_without_the_setting_the_header_says_nothing(
    gp: GpSystem, place: MadePlace, house: Callable[..., FlaskClient], admin: Engine
) -> None:
    bound = token(gp, told(CERTIFICATE))
    gp.http = house(client_cert_header=None)
    assert send(gp, place, bound, told(CERTIFICATE)) == 401
    assert send(gp, place, token(gp, told(CERTIFICATE)), {}) == 200
    with admin.connect() as connection:
        kept = connection.execute(text("select count(certificate) from api_token")).scalar_one()
    assert kept == 1


def test_where_it_is_required_nobody_gets_a_token_without(
    gp: GpSystem, place: MadePlace, house: Callable[..., FlaskClient]
) -> None:
    gp.http = house(client_cert_required=True)
    assert token(gp, {}, 401) == "invalid_client"
    assert send(gp, place, token(gp, told(CERTIFICATE)), told(CERTIFICATE)) == 200


def test_it_is_told_in_the_discovery_document(house: Callable[..., FlaskClient]) -> None:
    name = "tls_client_certificate_bound_access_tokens"
    assert [house(client_cert_header=each).get(METADATA).json[name] for each in (HEADER, None)] == [
        True,
        False,
    ]


def test_requiring_it_without_saying_where_it_is_told_is_refused() -> None:
    with pytest.raises(SettingsProblem) as refused:
        from_environment({"CLIENT_CERT_REQUIRED": "1"})
    assert any("CLIENT_CERT_HEADER" in each for each in refused.value.problems)
