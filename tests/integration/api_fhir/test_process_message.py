"""Messages that are taken, repeated, parked or refused by the rules, through the HTTP door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Organisation
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.store import feedback, referrals
from fhir.messages import AnswerToSend, OrganisationToTell
from fhir.outbound import acknowledgement_message, to_bytes
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_message, make_referral
from tests.integration.api_fhir.gp_system import GpSystem, issues
from tests.unit.fhir.bars import raw_example

Counted = Callable[[str], int]
MakeGp = Callable[..., GpSystem]


class TestATakenMessage:
    def test_a_referral_is_answered_after_everything_was_written(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        answer = gp.post(make_message(place.practices[0]))
        assert answer.status_code == 200, answer.text
        assert answer.get_json(force=True)["resourceType"] == "Bundle"
        assert answer.mimetype == "application/fhir+json"
        written = ("referral", "person", "inbox_message", "transition")
        assert [counted(table) for table in written] == [1, 1, 1, 1]
        assert counted("audit_event where act = 'receive referral'") > 0

    def test_the_answer_names_the_referral_and_mirrors_both_ids(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        ids = {"X_Request_Id": str(uuid4()).upper(), "X_Correlation_Id": str(uuid4())}
        answer = gp.post(make_message(place.practices[0]), **ids)
        assert answer.headers["X-Request-Id"] == ids["X_Request_Id"]
        assert answer.headers["X-Correlation-Id"] == ids["X_Correlation_Id"]
        focus = answer.get_json(force=True)["entry"][0]["resource"]["focus"][0]["reference"]
        assert counted(f"referral where id::text = '{focus.rsplit('/', 1)[-1]}'") == 1

    @pytest.mark.parametrize("name", ["REFREQ01", "REFREQ02", "REFREQ03"])
    def test_nhs_englands_examples_are_taken_in_a_sandbox_with_a_task_for_the_number(
        self,
        make_gp: MakeGp,
        make_rnd: Callable[[Environment], Organisation],
        counted: Counted,
        name: str,
    ) -> None:
        answer = make_gp(make_rnd(Environment.SANDBOX)).post(raw_example(name))
        assert answer.status_code == 200, answer.text
        assert "check" in answer.text  # the warning about the number is told to the sender
        assert counted("task where kind = 'correct-nhs-number'") == 1

    @pytest.mark.parametrize("name", ["REFREQ01", "REFREQ02", "REFREQ03"])
    def test_nhs_englands_examples_are_refused_by_a_live_organisation(
        self,
        make_gp: MakeGp,
        make_rnd: Callable[[Environment], Organisation],
        counted: Counted,
        name: str,
    ) -> None:
        answer = make_gp(make_rnd(Environment.LIVE)).post(raw_example(name))
        assert answer.status_code == 422
        ((_, code, path),) = issues(answer)
        assert code == "REC_UNPROCESSABLE_ENTITY"
        assert path.endswith(".identifier[0].value")
        assert counted("referral") == 0

    def test_an_acknowledgement_closes_the_referral(
        self, gp: GpSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        answer = gp.post(_acknowledgement(runtime, made))
        assert answer.status_code == 200, answer.text
        assert issues(answer) == [("informational", "", "")]
        with runtime.db.transaction(system("test")) as tx:
            assert referrals.get(tx, made.id, audit="test").status == ReferralStatus.CLOSED

    def test_an_acknowledgement_that_answers_nothing_of_ours_is_not_found(
        self, gp: GpSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        answer = gp.post(_acknowledgement(runtime, made, answers=str(uuid4())))
        assert answer.status_code == 404
        assert issues(answer) == [("not-found", "REC_NOT_FOUND", "")]


class TestARepeatedMessage:
    def test_the_same_request_is_a_duplicate_for_bars(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        body, request_id = make_message(place.practices[0]), str(uuid4())
        assert gp.post(body, X_Request_Id=request_id).status_code == 200
        again = gp.post(body, X_Request_Id=request_id)
        assert again.status_code == 409
        assert issues(again) == [("duplicate", "REC_CONFLICT", "")]
        assert counted("referral") == 1

    def test_the_same_request_gets_the_first_answer_in_plain_fhir(
        self, make_gp: MakeGp, place: MadePlace, counted: Counted
    ) -> None:
        gp, body, request_id = make_gp(dialect="fhir"), make_message(place.practices[0]), str(uuid4())
        first = gp.post(body, X_Request_Id=request_id)
        again = gp.post(body, X_Request_Id=request_id)
        assert (again.status_code, again.data) == (200, first.data)
        assert counted("referral") == 1

    def test_the_same_request_in_capitals_is_the_same_request(self, gp: GpSystem, place: MadePlace) -> None:
        body, request_id = make_message(place.practices[0]), str(uuid4())
        assert gp.post(body, X_Request_Id=request_id).status_code == 200
        assert gp.post(body, X_Request_Id=request_id.upper()).status_code == 409

    @pytest.mark.parametrize("dialect", ["bars", "fhir"])
    def test_the_same_message_under_a_new_request_id_gets_the_first_answer(
        self, make_gp: MakeGp, place: MadePlace, counted: Counted, dialect: str
    ) -> None:
        gp, body = make_gp(dialect=dialect), make_message(place.practices[0])
        first, again = gp.post(body), gp.post(body)
        assert (again.status_code, again.data) == (200, first.data)
        assert counted("referral") == 1

    @pytest.mark.parametrize("dialect", ["bars", "fhir"])
    @pytest.mark.parametrize("same_request", [True, False])
    def test_an_id_used_before_with_another_body_is_refused(
        self, make_gp: MakeGp, place: MadePlace, counted: Counted, dialect: str, same_request: bool
    ) -> None:
        gp, body, request_id = make_gp(dialect=dialect), make_message(place.practices[0]), str(uuid4())
        assert gp.post(body, X_Request_Id=request_id).status_code == 200
        other_id = request_id if same_request else str(uuid4())
        changed = gp.post(body + b"\n", X_Request_Id=other_id)
        assert changed.status_code == 422
        assert issues(changed) == [("business-rule", "REC_UNPROCESSABLE_ENTITY", "")]
        assert counted("referral") == 1

    def test_two_senders_may_use_the_same_ids(
        self, make_gp: MakeGp, place: MadePlace, counted: Counted
    ) -> None:
        request_id = str(uuid4())
        for practice in place.practices:
            message = make_message(practice, bundle_id="11111111-1111-4111-8111-111111111111")
            assert make_gp(practice).post(message, X_Request_Id=request_id).status_code == 200
        assert counted("referral") == 2


class TestAMessageThatTheRulesRefuse:
    def test_a_practice_that_nobody_knows_is_parked_for_the_steward(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        message = make_message(place.practices[0]).replace(b'"A81001"', b'"Z99999"')
        answer = gp.post(message)
        assert answer.status_code == 202
        assert issues(answer) == [("informational", "", "")]
        assert counted("inbox_message where status = 'parked'") == 1
        assert counted("task where kind = 'parked-message' and organisation_id is null") == 1
        assert counted("referral") == 0

    def test_a_system_cannot_speak_for_another_practice(
        self, make_gp: MakeGp, place: MadePlace, counted: Counted
    ) -> None:
        answer = make_gp(place.practices[0]).post(make_message(place.practices[1]))
        assert answer.status_code == 403
        ((issue, code, path),) = issues(answer)
        assert (issue, code, path[:12]) == ("security", "REC_FORBIDDEN", "Bundle.entry")
        assert counted("inbox_message") == 0

    def test_a_wrong_check_digit_is_refused_in_live_with_its_place(
        self, make_gp: MakeGp, place: MadePlace
    ) -> None:
        message = make_message(place.live_practice, patient=Patient(nhs_number="9434765910"))
        answer = make_gp(place.live_practice).post(message)
        assert answer.status_code == 422
        ((_, code, path),) = issues(answer)
        assert code == "REC_UNPROCESSABLE_ENTITY"
        assert path.endswith(".identifier[0].value")

    def test_a_birth_date_in_the_future_is_refused_with_its_place(
        self, gp: GpSystem, place: MadePlace, counted: Counted, clock: Clock
    ) -> None:
        tomorrow = (clock.today + timedelta(days=1)).isoformat()
        answer = gp.post(make_message(place.practices[0], patient=Patient(birth_date=tomorrow)))
        assert answer.status_code == 422
        ((issue, _, path),) = issues(answer)
        assert (issue, path.rsplit(".", 1)[-1]) == ("value", "birthDate")
        assert counted("person") == 0

    def test_a_dead_patient_is_refused(self, gp: GpSystem, place: MadePlace) -> None:
        body = json.loads(make_message(place.practices[0]))
        _part(body, "Patient")["deceasedBoolean"] = True
        answer = gp.post(json.dumps(body).encode())
        assert answer.status_code == 422
        ((issue, _, path),) = issues(answer)
        assert (issue, path.rsplit(".", 1)[-1]) == ("business-rule", "deceasedBoolean")

    def test_every_problem_is_told_at_once(self, gp: GpSystem, place: MadePlace) -> None:
        patient = Patient(birth_date="1801-01-01", nhs_number="4010232137")  # of the range that is issued
        answer = gp.post(make_message(place.practices[0], patient=patient, use_case="zz9"))
        assert answer.status_code == 422
        assert {path.rsplit(".", 1)[-1] for _, _, path in issues(answer)} == {
            "category",
            "birthDate",
            "value",
        }

    def test_a_requester_without_ods_code_is_refused(self, gp: GpSystem, place: MadePlace) -> None:
        body = json.loads(make_message(place.practices[0]))
        for entry in body["entry"]:
            if entry["resource"]["resourceType"] == "Organization":
                entry["resource"].pop("identifier", None)
        answer = gp.post(json.dumps(body).encode())
        assert answer.status_code == 422
        assert issues(answer)[0][0] == "required"

    def test_a_missing_requester_is_refused_with_its_place(self, gp: GpSystem, place: MadePlace) -> None:
        body = json.loads(make_message(place.practices[0]))
        _part(body, "ServiceRequest").pop("requester")
        answer = gp.post(json.dumps(body).encode())
        assert answer.status_code == 400
        assert any(path.endswith(".requester") for _, _, path in issues(answer))


def test_the_capability_statement_is_public_and_names_its_own_address(http: FlaskClient) -> None:
    answer = http.get("/FHIR/R4/metadata")
    assert answer.status_code == 200
    assert answer.mimetype == "application/fhir+json"
    statement = answer.get_json(force=True)
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["implementation"]["url"] == "http://localhost/FHIR/R4"


def _part(body: dict, resource_type: str) -> dict:
    return next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == resource_type
    )


def _acknowledgement(runtime: Runtime, made: MadeReferral, answers: str | None = None) -> bytes:
    with runtime.db.transaction(system("test")) as tx:
        told = feedback.list_for_referral(tx, made.id, audit="test")[-1]
    return to_bytes(
        acknowledgement_message(
            AnswerToSend(
                message_id=str(uuid4()),
                header_id=str(uuid4()),
                sent_at=runtime.db.clock(),
                version="1.0.0",
                answers=answers or told.message_id,
                from_endpoint="urn:practice",
                to_endpoint="urn:team",
                sender=OrganisationToTell(str(made.practice.id), made.practice.name, made.practice.ods),
                receiver=OrganisationToTell(str(uuid4()), "Team"),
            )
        )
    )
