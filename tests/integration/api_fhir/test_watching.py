"""What watches the platform: health, readiness, metrics, the request log, and the headers of every answer."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from app import create_app
from app.domain.lifecycle import ReferralStatus
from app.logs import configure
from app.runtime import Runtime, queue_for
from tests.factories import MadePlace, Patient, make_message, make_referral
from tests.integration.api_fhir.gp_system import GpSystem, without_database

TOKEN = {"Authorization": "Bearer metrics-token-of-the-tests"}


def numbers(http: FlaskClient) -> dict[tuple[str, ...], float]:
    """The metrics by name and labels, without the process."""
    answer = http.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    return {
        (
            sample.name,
            *(value for label, value in sorted(sample.labels.items()) if label != "pid"),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


class TestHealth:
    def test_the_process_is_up_even_without_a_database(self, runtime: Runtime) -> None:
        answer = create_app(runtime=without_database(runtime)).test_client().get("/healthz")
        assert (answer.status_code, answer.json) == (200, {"status": "up"})

    def test_it_is_ready_when_all_parts_answer(self, http: FlaskClient) -> None:
        answer = http.get("/readyz")
        assert answer.status_code == 200
        parts = {"database": "up", "migrations": "current", "queue": "up"}
        assert answer.json == {"status": "ready", "parts": parts}

    def test_a_queue_that_is_away_degrades_and_stops_nothing(self, runtime: Runtime) -> None:
        app = create_app(runtime=replace(runtime, queue=queue_for("redis://127.0.0.1:1")))
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 200
        assert (answer.json["status"], answer.json["parts"]["queue"]) == ("degraded", "away")

    def test_a_database_that_is_away_is_named(self, runtime: Runtime) -> None:
        answer = create_app(runtime=without_database(runtime)).test_client().get("/readyz")
        assert answer.status_code == 503
        assert (answer.json["status"], answer.json["parts"]["database"]) == ("not-ready", "away")

    def test_a_database_behind_the_code_is_not_ready(self, http: FlaskClient, admin: Engine) -> None:
        with admin.connect() as connection:
            (newest,) = connection.execute(text("select version_num from alembic_version")).one()
            connection.execute(text("update alembic_version set version_num = 'older'"))
            try:
                answer = http.get("/readyz")
            finally:
                connection.execute(text("update alembic_version set version_num = :v"), {"v": newest})
        assert answer.status_code == 503
        assert answer.json["parts"] == {"database": "up", "migrations": "not-current", "queue": "up"}


class TestMetrics:
    def test_the_four_rates_are_told_apart(
        self, http: FlaskClient, runtime: Runtime, place: MadePlace
    ) -> None:
        for status in ("RECEIVED", "ACTIVE", "COMPLETED", "CLOSED"):
            make_referral(runtime.db, place, ReferralStatus[status])
        found = numbers(http)
        rates = {
            step: found["backstitch_loop_rate", step]
            for step in ("answered", "started", "helped", "fed-back")
        }
        assert rates == {"answered": 0.5, "started": 0.5, "helped": 0.5, "fed-back": 0.25}
        assert found["backstitch_loop_reached", "fed-back"] == 1
        assert found["backstitch_live_referrals",] == 4
        assert found["backstitch_referrals", "active"] == 1
        assert found["backstitch_ended_not_closed",] == 1
        assert found["backstitch_orphaned",] == 0
        assert found["backstitch_failed_messages",] == 0

    def test_the_oldest_unsent_message_has_an_age(
        self, http: FlaskClient, runtime: Runtime, place: MadePlace, admin: Engine
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        with admin.connect() as connection:
            connection.execute(text("update outbox_message set created_at = created_at - interval '1 hour'"))
        assert numbers(http)["backstitch_oldest_unsent_seconds",] >= 3600

    def test_an_empty_house_has_no_rates(self, http: FlaskClient) -> None:
        found = numbers(http)
        assert found["backstitch_live_referrals",] == 0
        assert not [name for name in found if name[0] == "backstitch_loop_rate"]

    def test_requests_are_counted_by_template_and_never_by_path(self, gp: GpSystem) -> None:
        before = numbers(gp.http)
        gp.http.get("/FHIR/R4/Medication/9000000009")
        gp.post(b"{}")
        found = numbers(gp.http)
        count = "backstitch_http_request_seconds_count"
        for asked in (
            (count, "GET", "unmatched", "404"),
            (count, "POST", "/FHIR/R4/$process-message", "400"),
        ):
            assert found[asked] == before.get(asked, 0) + 1
        assert not [name for name in found if any("9000000009" in part for part in name)]

    def test_a_database_that_is_away_is_a_number_too(self, runtime: Runtime) -> None:
        found = numbers(create_app(runtime=without_database(runtime)).test_client())
        assert found["backstitch_database_up",] == 0

    @pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer", "Basic bWV0cmljcw=="])
    def test_they_are_for_those_who_hold_the_token(self, http: FlaskClient, token: str) -> None:
        answer = http.get("/metrics", headers={"Authorization": token} if token else {})
        assert answer.status_code == 401
        assert "backstitch" not in answer.text

    @pytest.mark.parametrize(
        ("address", "status"), [("http://localhost", 200), ("https://backstitch.example", 401)]
    )
    def test_without_a_token_in_the_settings_they_are_open_at_no_address_of_the_open_net(
        self, runtime: Runtime, address: str, status: int
    ) -> None:
        settings = replace(runtime.settings, metrics_token=None, public_url=address)
        app = create_app(runtime=replace(runtime, settings=settings))
        assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == status


class TestTheLog:
    def test_a_message_leaves_its_route_status_and_id_and_nothing_of_the_person(
        self, gp: GpSystem, place: MadePlace, capsys: pytest.CaptureFixture[str]
    ) -> None:
        canary = Patient(
            family="Canaryname", given="Canarygiven", street="1 Canary Row", phone="07700 900999"
        )
        headers = gp.headers()
        message = make_message(place.practices[0], patient=canary, words="Canary words")
        configure()  # to the captured stream
        gp.http.post("/FHIR/R4/$process-message?patient=Canary", data=message, headers=headers)
        gp.http.post("/FHIR/R4/$process-message", data=message[:-9], headers=gp.headers())
        written = capsys.readouterr().err
        lines = [json.loads(line) for line in written.splitlines()]
        (request,) = [each for each in lines if each["event"] == "request" and each["status"] == 200]
        assert request["request_id"] == headers["X-Request-Id"]
        assert (request["method"], request["route"]) == ("POST", "/FHIR/R4/$process-message")
        assert request["duration_ms"] > 0
        (received,) = [each for each in lines if each["event"] == "message received"]
        assert (received["reception"], received["sender"]) == ("taken", gp.client_id)
        for secret in ("anary", canary.nhs_number, "900999", gp.token):
            assert secret not in written

    @pytest.fixture(autouse=True)
    def _log_as_before(self) -> object:
        root = logging.getLogger()
        before = list(root.handlers), root.level
        yield
        root.handlers[:], root.level = before


class TestTheHeadersOfEveryAnswer:
    @pytest.mark.parametrize(
        "path", ["/healthz", "/FHIR/R4/metadata", "/FHIR/nothing", "/oauth2/token", "/api/v1/nothing"]
    )
    def test_they_are_there_whatever_the_answer(self, http: FlaskClient, path: str) -> None:
        headers = http.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers

    def test_https_is_kept_once_it_is_used(self, runtime: Runtime) -> None:
        settings = replace(runtime.settings, public_url="https://backstitch.example")
        app = create_app(runtime=replace(runtime, settings=settings))
        answer = app.test_client().get("/healthz")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")

    def test_what_a_view_says_itself_stands(self, runtime: Runtime) -> None:
        app = create_app(runtime=runtime)
        headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "max-age=60"}
        app.add_url_rule("/own", view_func=lambda: ("", 200, headers))
        answer = app.test_client().get("/own")
        assert {name: answer.headers[name] for name in headers} == headers
