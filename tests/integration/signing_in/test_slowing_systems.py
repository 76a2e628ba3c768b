"""A system that asks too often is told so in FHIR, and another system is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.domain.access import system
from app.runtime import Runtime
from app.store import machines
from app.store.machines import ApiClient
from tests.factories import MadePlace

A_MINUTE = 3
LIFE = timedelta(minutes=10)


@pytest.fixture
def token(runtime: Runtime, place: MadePlace) -> Callable[[str], str]:
    """An access token of a system of the first practice, given without the door."""

    def give(client_id: str) -> str:
        practice = place.practices[0]
        scopes = ("referral.read", "system/ServiceRequest.rs")
        client = ApiClient(client_id, "GP", practice.id, (practice.ods or "",), {}, scopes, "bars", True)
        with runtime.db.transaction(system("test")) as tx:
            machines.add_client(tx, client)
            machines.add_token(tx, client_id, f"token-{client_id}", scope=" ".join(scopes), lifetime=LIFE)
        return f"token-{client_id}"

    return give


@pytest.fixture
def http(runtime: Runtime) -> FlaskClient:
    settings = replace(runtime.settings, client_requests_a_minute=A_MINUTE)
    return create_app(runtime=replace(runtime, settings=settings)).test_client(use_cookies=False)


def ask(http: FlaskClient, token: str) -> tuple[int, dict[str, object], str | None]:
    answer = http.get("/FHIR/R4/ServiceRequest", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.get_json(force=True), answer.headers.get("Retry-After")


def test_system_is_told_in_fhir_to_wait(http: FlaskClient, token: Callable[[str], str]) -> None:
    eager, calm = token("eager"), token("calm")
    assert [ask(http, eager)[0] for _ in range(A_MINUTE)] == [200] * A_MINUTE
    status, body, retry = ask(http, eager)
    assert (status, body["resourceType"]) == (429, "OperationOutcome")
    assert body["issue"][0]["code"] == "throttled"  # type: ignore[index]
    assert retry is not None
    assert retry.isdigit()
    assert ask(http, calm)[0] == 200
