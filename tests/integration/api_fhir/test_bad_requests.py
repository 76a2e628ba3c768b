"""Requests that no rule ever sees: each gets an OperationOutcome that says what is wrong, and nothing is kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.referral import Organisation
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import MESSAGES, GpSystem, issues, without_database

MEGABYTE = 1024 * 1024


@pytest.fixture
def good(place: MadePlace) -> bytes:
    return make_message(place.practices[0])


@pytest.fixture(autouse=True)
def _nothing_is_kept(counted: Callable[[str], int]) -> object:
    yield
    assert [counted(table) for table in ("inbox_message", "referral", "person")] == [0, 0, 0]


def _part(body: dict, resource_type: str) -> dict:
    return next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == resource_type
    )


class TestTheBody:
    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda body: body[: len(body) // 2], id="truncated"),
            pytest.param(lambda _body: b"", id="empty"),
            pytest.param(lambda _body: b"[]", id="a list"),
            pytest.param(lambda _body: b"\xff\xfe\x00", id="not UTF-8"),
            pytest.param(lambda body: body.replace(b"{", b'{"id": "1", "id": "2", ', 1), id="a key twice"),
            pytest.param(lambda body: body.replace(b"Okonkwo", b"Oko\\u0000nkwo"), id="a NUL character"),
            pytest.param(lambda _body: b'{"a":' * 5000 + b"1" + b"}" * 5000, id="deep nesting"),
            pytest.param(lambda body: body.replace(b'"1951-03-04"', b"NaN"), id="NaN"),
        ],
    )
    def test_what_is_no_sound_json_is_a_bad_request(
        self, gp: GpSystem, good: bytes, spoil: Callable[[bytes], bytes]
    ) -> None:
        answer = gp.post(spoil(good))
        assert answer.status_code == 400
        assert issues(answer)[0][:2] == ("invalid", "REC_BAD_REQUEST")

    def test_an_unknown_code_in_a_required_binding_is_named_with_its_place(
        self, gp: GpSystem, good: bytes
    ) -> None:
        body = json.loads(good)
        _part(body, "ServiceRequest")["intent"] = "banana"
        _part(body, "Patient")["gender"] = "aubergine"
        answer = gp.post(json.dumps(body).encode())
        assert answer.status_code == 400
        last = {path.rsplit(".", 1)[-1] for _, _, path in issues(answer)}
        assert {"intent", "gender"} <= last

    def test_five_megabytes_are_too_much(self, gp: GpSystem, good: bytes) -> None:
        answer = gp.post(good[:-1] + b" " * (5 * MEGABYTE) + b"}")
        assert answer.status_code == 413
        assert issues(answer) == [("too-costly", "REC_UNPROCESSABLE_ENTITY", "")]

    def test_ten_thousand_entries_are_too_many(self, gp: GpSystem, good: bytes) -> None:
        body = json.loads(good)
        body["entry"] += [{"resource": {"resourceType": "Flag"}}] * 10_000
        answer = gp.post(json.dumps(body, separators=(",", ":")).encode())
        assert answer.status_code == 413
        assert issues(answer) == [("too-costly", "REC_UNPROCESSABLE_ENTITY", "Bundle.entry")]

    def test_what_the_rules_see_is_told_together_with_faults_of_form(self, gp: GpSystem, good: bytes) -> None:
        body = json.loads(good)
        _part(body, "ServiceRequest")["status"] = "banana"
        _part(body, "Patient")["birthDate"] = "2999-01-01"
        _part(body, "Patient")["deceasedBoolean"] = True
        answer = gp.post(json.dumps(body).encode())
        assert answer.status_code == 400
        places = [path.rsplit(".", 1)[-1] for _, _, path in issues(answer)]
        assert {"status", "birthDate", "deceasedBoolean"} <= set(places)

    def test_no_answer_repeats_what_was_sent(self, gp: GpSystem, good: bytes) -> None:
        body = json.loads(good)
        _part(body, "Patient")["birthDate"] = "Wednesday Canary"
        _part(body, "Patient")["Canary"] = "Canary"
        assert "anary" not in gp.post(json.dumps(body).encode()).text


class TestTheHeaders:
    @pytest.mark.parametrize("media", ["text/plain", "text/json", "application/octet-stream", None])
    def test_another_content_type_is_not_read(self, gp: GpSystem, good: bytes, media: str | None) -> None:
        answer = gp.post(good, Content_Type=media)
        assert answer.status_code == 415
        assert issues(answer) == [("not-supported", "REC_BAD_REQUEST", "")]

    def test_a_packed_body_is_refused_with_how_to_mend_it(self, gp: GpSystem, good: bytes) -> None:
        answer = gp.post(gzip.compress(good), Content_Encoding="gzip")
        assert answer.status_code == 415
        assert "without Content-Encoding" in answer.json["issue"][0]["diagnostics"]

    @pytest.mark.parametrize(
        "accept",
        [
            "text/html",
            "application/fhir+json; version=2.0.0",
            "application/fhir+json; fhirVersion=5.0",
            "application/fhir+json;q=0",
        ],
    )
    def test_an_answer_that_we_do_not_give_cannot_be_asked_for(
        self, gp: GpSystem, good: bytes, accept: str
    ) -> None:
        answer = gp.post(good, Accept=accept)
        assert answer.status_code == 406
        assert issues(answer) == [("processing", "REC_NOT_ACCEPTABLE", "")]

    def test_each_missing_or_wrong_id_is_named(self, gp: GpSystem, good: bytes) -> None:
        neither = gp.post(good, X_Request_Id=None, X_Correlation_Id=None)
        assert neither.status_code == 400
        assert [issue for issue, _, _ in issues(neither)] == ["required", "required"]
        assert "X-Request-Id" in neither.text
        assert "X-Correlation-Id" in neither.text
        wrong = gp.post(good, X_Request_Id="17", X_Correlation_Id=None)
        assert [issue for issue, _, _ in issues(wrong)] == ["invalid", "required"]
        assert {code for _, code, _ in issues(wrong)} == {"REC_BAD_REQUEST"}

    def test_an_id_that_is_no_uuid_is_not_mirrored(self, gp: GpSystem, good: bytes) -> None:
        answer = gp.post(good, X_Request_Id="<script>")
        assert "X-Request-Id" not in answer.headers
        assert "X-Correlation-Id" in answer.headers

    @pytest.mark.parametrize("token", [None, "Bearer", "Bearer unknown", "Basic Z3A6Z3A=", "Bearer \x7f\xe9"])
    def test_without_a_token_nothing_else_is_looked_at(
        self, gp: GpSystem, good: bytes, token: str | None
    ) -> None:
        answer = gp.post(good[:10], Authorization=token, X_Request_Id=None, Content_Type="text/plain")
        assert answer.status_code == 401
        assert issues(answer) == [("security", "REC_UNAUTHORIZED", "")]
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_a_token_without_the_scope_is_forbidden(
        self, make_gp: Callable[..., GpSystem], good: bytes
    ) -> None:
        answer = make_gp(scopes=("referral.read",)).post(good)
        assert answer.status_code == 403
        assert issues(answer) == [("security", "REC_FORBIDDEN", "")]

    def test_a_client_that_was_switched_off_loses_its_token_at_once(
        self, gp: GpSystem, good: bytes, admin: Engine
    ) -> None:
        token = gp.token
        with admin.connect() as connection:
            connection.execute(text("update api_client set active = false"))
        assert gp.post(good, Authorization=f"Bearer {token}").status_code == 401

    def test_a_token_ends_after_ten_minutes(self, gp: GpSystem, clock: Clock) -> None:
        token = gp.token
        clock.advance(minutes=9, seconds=59)
        assert gp.post(b"", Authorization=f"Bearer {token}").status_code == 400
        clock.advance(seconds=1)
        assert gp.post(b"", Authorization=f"Bearer {token}").status_code == 401


class TestTheAddress:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/FHIR", 404, "REC_NOT_FOUND"),
            ("GET", "/FHIR/R4/Medication/1", 404, "REC_NOT_FOUND"),
            ("POST", "/FHIR/STU3/$process-message", 404, "REC_NOT_FOUND"),
            ("GET", "/FHIR/R4//metadata", 404, "REC_NOT_FOUND"),
            ("GET", MESSAGES, 405, "REC_METHOD_NOT_ALLOWED"),
            ("PUT", MESSAGES, 405, "REC_METHOD_NOT_ALLOWED"),
            ("OPTIONS", MESSAGES, 405, "REC_METHOD_NOT_ALLOWED"),
            ("DELETE", "/FHIR/R4/metadata", 405, "REC_METHOD_NOT_ALLOWED"),
        ],
    )
    def test_what_is_not_there_is_said_in_fhir(
        self, http: FlaskClient, method: str, path: str, status: int, code: str
    ) -> None:
        ids = {"X-Request-Id": str(uuid4()), "X-Correlation-Id": str(uuid4())}
        answer = http.open(path, method=method, headers=ids)
        assert answer.status_code == status
        assert issues(answer)[0][1] == code
        assert {name: answer.headers[name] for name in ids} == ids
        assert ("Allow" in answer.headers) == (status == 405)


class TestWhenWeFail:
    def test_a_database_that_is_away_means_try_again(
        self, app: Flask, gp: GpSystem, good: bytes, runtime: Runtime
    ) -> None:
        headers = gp.headers()
        app.extensions["backstitch"] = without_database(runtime)
        answer = gp.http.post(MESSAGES, data=good, headers=headers)
        assert answer.status_code == 503
        assert issues(answer) == [("transient", "REC_SERVICE_UNAVAILABLE", "")]
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["X-Request-Id"] == headers["X-Request-Id"]

    def test_an_unforeseen_fault_is_an_incident_without_a_trace(
        self, gp: GpSystem, good: bytes, admin: Engine, place: MadePlace
    ) -> None:
        practice: Organisation = place.practices[0]
        headers = gp.headers()
        with admin.connect() as connection:  # a broken installation: the column that intake needs is gone
            connection.execute(text("alter table organisation rename column feedback_address to gone"))
            try:
                answer = gp.http.post(MESSAGES, data=good, headers=headers)
            finally:
                connection.execute(text("alter table organisation rename column gone to feedback_address"))
        assert answer.status_code == 500
        assert issues(answer) == [("exception", "REC_SERVER_ERROR", "")]
        assert answer.headers["X-Request-Id"] == headers["X-Request-Id"]
        assert "incident" in answer.text
        for secret in ("Traceback", "psycopg", "feedback_address", practice.name):
            assert secret not in answer.text
