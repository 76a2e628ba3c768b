"""The sandbox: a place where a system can try everything, which is emptied on demand and touches nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain.access import system
from app.domain.errors import Invalid, NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.services.shown import views
from app.services.systems import sandbox
from app.services.watching.health import find_loop_health
from app.store import directory, extracts, referrals
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    acknowledge,
    make_message,
    make_nhs_number,
    make_referral,
)
from tests.integration.api_fhir.gp_system import GpSystem, issues

Counted = Callable[[str], int]
Json = dict[str, Any]
BASE = "/FHIR/R4"


@dataclass
class Integrator:
    """Somebody with nothing but the token and the ODS code that the command printed."""

    http: FlaskClient
    token: str
    practice: Any

    def headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **more}

    def send(self, message: bytes) -> TestResponse:
        ids = {"X-Request-Id": str(uuid4()), "X-Correlation-Id": str(uuid4())}
        told = self.headers(**ids, **{"Content-Type": "application/fhir+json"})
        return self.http.post(f"{BASE}/$process-message", data=message, headers=told)

    def post(self, path: str) -> TestResponse:
        return self.http.post(f"{BASE}/{path}", headers=self.headers())

    def get(self, path: str) -> Json:
        answer = self.http.get(f"{BASE}/{path}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        found: Json = answer.get_json(force=True)
        return found

    def only_referral(self) -> Json:
        (entry,) = self.get("ServiceRequest")["entry"]
        found: Json = entry["resource"]
        return found


@pytest.fixture
def integrator(runtime: Runtime, place: MadePlace, http: FlaskClient, key: RSAKey) -> Integrator:
    client_id = sandbox.open_sandbox(runtime.db, "SANDBOX", KeySet([key]).as_dict(private=False))
    token = sandbox.give_token(runtime.db, client_id)
    with runtime.db.transaction(place.link_worker) as tx:
        practice = directory.find_organisation_by_ods(tx, "SANDBOX")
    return Integrator(http, token, practice)


def test_the_ready_token_takes_a_referral_at_once(integrator: Integrator) -> None:
    assert integrator.send(make_message(integrator.practice)).status_code == 200
    assert integrator.only_referral()["status"] == "active"


def test_the_token_lasts_a_working_day_and_no_longer(
    integrator: Integrator, clock: Clock, http: FlaskClient
) -> None:
    clock.advance(hours=11)
    assert integrator.get("ServiceRequest")["total"] == 0
    clock.advance(hours=2)
    assert http.get(f"{BASE}/ServiceRequest", headers=integrator.headers()).status_code == 401


def test_steps_bring_a_referral_to_its_outcome_without_a_person(integrator: Integrator) -> None:
    integrator.send(make_message(integrator.practice))
    made = integrator.only_referral()["id"]
    told = [integrator.post(f"ServiceRequest/{made}/$sandbox-step") for _ in range(5)]
    assert [answer.status_code for answer in told] == [200] * 5
    sentences = [answer.get_json(force=True)["issue"][0]["diagnostics"] for answer in told]
    assert "outcome is on its way" in sentences[-1]
    assert integrator.only_referral()["status"] == "completed"
    assert integrator.get("Communication")["total"] == 1
    again = integrator.post(f"ServiceRequest/{made}/$sandbox-step")
    assert (again.status_code, issues(again)[0][0]) == (409, "conflict")


def test_several_steps_may_be_asked_for_at_once(integrator: Integrator) -> None:
    integrator.send(make_message(integrator.practice))
    made = integrator.only_referral()["id"]
    answer = integrator.post(f"ServiceRequest/{made}/$sandbox-step?steps=10")
    assert len(answer.get_json(force=True)["issue"]) == 5
    assert integrator.only_referral()["status"] == "completed"


@pytest.mark.parametrize("steps", ["0", "11", "-1", "x", "", "1e3", "²"])
def test_a_number_of_steps_that_is_none_is_refused(integrator: Integrator, steps: str) -> None:
    integrator.send(make_message(integrator.practice))
    made = integrator.only_referral()["id"]
    assert integrator.post(f"ServiceRequest/{made}/$sandbox-step?steps={steps}").status_code == 400
    assert integrator.only_referral()["status"] == "active"


def test_the_sandbox_takes_no_number_that_may_be_a_real_persons(integrator: Integrator) -> None:
    real = make_message(integrator.practice, patient=Patient(nhs_number="4010232137"))
    assert integrator.send(real).status_code == 422
    assert integrator.get("ServiceRequest")["total"] == 0


class TestReset:
    def test_it_leaves_an_empty_place_and_the_same_token_and_code(
        self, integrator: Integrator, counted: Counted
    ) -> None:
        patient = Patient(make_nhs_number())
        first = make_message(integrator.practice, patient=patient)
        assert integrator.send(first).status_code == 200
        made = integrator.only_referral()["id"]
        assert integrator.post("$sandbox-reset").status_code == 200
        for kind in ("ServiceRequest", "Task", "Patient", "Communication", "AuditEvent", "Provenance"):
            assert integrator.get(kind)["total"] == 0
        assert (
            integrator.http.get(f"{BASE}/ServiceRequest/{made}", headers=integrator.headers()).status_code
            == 404
        )
        assert counted("person where names is not null") == 0
        # The very same message, and the same number under another name, are new to it.
        assert integrator.send(first).status_code == 200
        integrator.post("$sandbox-reset")
        other = Patient(patient.nhs_number, family="Another", birth_date="1990-01-01")
        assert integrator.send(make_message(integrator.practice, patient=other)).status_code == 200
        assert counted("task where done_at is null") == 0
        assert integrator.get("ServiceRequest")["total"] == 1

    def test_it_touches_nothing_of_a_live_place(
        self, integrator: Integrator, runtime: Runtime, place: MadePlace, admin: Engine
    ) -> None:
        live = [
            make_referral(runtime.db, place, status, practice=practice)
            for status, practice in (
                (ReferralStatus.RECEIVED, place.practices[0]),
                (ReferralStatus.ACTIVE, place.practices[0]),
                (ReferralStatus.COMPLETED, place.practices[1]),
                (ReferralStatus.CLOSED, place.practices[0]),
            )
        ]
        integrator.send(make_message(integrator.practice))
        before = _rows_of(admin, live)
        integrator.post(f"ServiceRequest/{integrator.only_referral()['id']}/$sandbox-step?steps=3")
        assert integrator.post("$sandbox-reset").status_code == 200
        assert _rows_of(admin, live) == before

    def test_what_was_still_to_be_sent_is_not_sent(
        self, runtime: Runtime, http: FlaskClient, key: RSAKey, counted: Counted
    ) -> None:
        keys = KeySet([key]).as_dict(private=False)
        client_id = sandbox.open_sandbox(runtime.db, "SBX02", keys, tell="http://127.0.0.1:1/hook")
        with runtime.db.transaction(system("test")) as tx:
            practice = directory.find_organisation_by_ods(tx, "SBX02")
        integrator = Integrator(http, sandbox.give_token(runtime.db, client_id), practice)
        integrator.send(make_message(practice))
        integrator.post(f"ServiceRequest/{integrator.only_referral()['id']}/$sandbox-step?steps=5")
        assert counted("outbox_message where status = 'waiting'") > 0
        integrator.post("$sandbox-reset")
        assert counted("outbox_message where status = 'waiting'") == 0
        with runtime.db.transaction(system("test")) as tx:
            anew = directory.find_organisation_by_ods(tx, "SBX02")
        assert (anew.feedback_address, anew.id != practice.id) == ("http://127.0.0.1:1/hook", True)

    def test_the_audit_still_tells_all_that_was_done(self, integrator: Integrator, counted: Counted) -> None:
        integrator.send(make_message(integrator.practice))
        lines, steps = counted("audit_event"), counted("transition")
        integrator.post("$sandbox-reset")
        assert counted("audit_event") > lines
        assert counted("transition") > steps
        assert counted("audit_event where act = 'reset sandbox'") == 1

    def test_one_sandbox_leaves_another_as_it_is(
        self, integrator: Integrator, runtime: Runtime, http: FlaskClient, key: RSAKey
    ) -> None:
        keys = KeySet([key]).as_dict(private=False)
        other_id = sandbox.open_sandbox(runtime.db, "SBX02", keys)
        with runtime.db.transaction(system("test")) as tx:
            practice = directory.find_organisation_by_ods(tx, "SBX02")
        other = Integrator(http, sandbox.give_token(runtime.db, other_id), practice)
        patient = Patient(make_nhs_number())
        for each in (integrator, other):
            assert each.send(make_message(each.practice, patient=patient)).status_code == 200
        integrator.post("$sandbox-reset")
        assert (integrator.get("Patient")["total"], other.get("Patient")["total"]) == (0, 1)
        assert other.get("Patient")["entry"][0]["resource"]["name"][0]["family"] == patient.family


class TestTheFence:
    @pytest.mark.parametrize("path", ["$sandbox-reset", "ServiceRequest/{id}/$sandbox-step"])
    def test_no_other_system_resets_or_steps_not_even_of_a_practice_under_test(
        self, gp: GpSystem, runtime: Runtime, place: MadePlace, path: str
    ) -> None:
        made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        assert place.practices[0].environment == Environment.SANDBOX
        address = f"{BASE}/{path.format(id=made.id)}"
        answer = gp.http.post(address, headers={"Authorization": f"Bearer {gp.token}"})
        assert answer.status_code == 403
        with runtime.db.transaction(place.link_worker) as tx:
            assert referrals.get(tx, made.id, audit="test").status == ReferralStatus.RECEIVED

    def test_another_practices_referral_cannot_be_stepped(
        self, integrator: Integrator, runtime: Runtime, place: MadePlace
    ) -> None:
        made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        assert integrator.post(f"ServiceRequest/{made.id}/$sandbox-step").status_code == 404
        assert integrator.post("ServiceRequest/nonsense/$sandbox-step").status_code == 404

    def test_live_people_never_see_the_sandboxs_service_nor_the_sandbox_theirs(
        self, integrator: Integrator, runtime: Runtime, place: MadePlace
    ) -> None:
        seen = {each.name for each in views.list_services(runtime.db, place.link_worker)}
        assert seen == {each.name for each in place.services}
        integrator.send(make_message(integrator.practice))
        made = integrator.only_referral()["id"]
        integrator.post(f"ServiceRequest/{made}/$sandbox-step?steps=2")
        names = {
            each["resource"]["name"]
            for each in integrator.get("HealthcareService?_count=100").get("entry", [])
        }
        assert sandbox.SERVICE in names

    def test_each_sandboxs_provider_is_offered_its_own_people_alone(
        self, integrator: Integrator, runtime: Runtime, http: FlaskClient, key: RSAKey
    ) -> None:
        sandbox.open_sandbox(runtime.db, "AAA00", KeySet([key]).as_dict(private=False))
        integrator.send(make_message(integrator.practice))
        made = integrator.only_referral()["id"]
        integrator.post(f"ServiceRequest/{made}/$sandbox-step?steps=2")
        seen = {}
        for code in ("AAA00", "SANDBOX"):
            token = sandbox.give_token(runtime.db, sandbox.provider_client_of(code))
            seen[code] = Integrator(http, token, None).get("Task")["total"]
        assert seen == {"AAA00": 0, "SANDBOX": 1}

    def test_a_live_code_is_never_made_a_sandbox(
        self, runtime: Runtime, place: MadePlace, key: RSAKey
    ) -> None:
        keys = KeySet([key]).as_dict(private=False)
        for practice in (place.practices[0], place.live_practice):
            with pytest.raises(Invalid):
                sandbox.open_sandbox(runtime.db, practice.ods or "", keys)

    def test_no_token_is_given_for_another_client(self, gp: GpSystem, runtime: Runtime) -> None:
        with pytest.raises(NotAllowed):
            sandbox.give_token(runtime.db, gp.client_id)

    def test_nothing_of_it_reaches_the_dataset_or_the_loops_figures(
        self, integrator: Integrator, runtime: Runtime, place: MadePlace, admin: Engine
    ) -> None:
        live = make_referral(runtime.db, place, ReferralStatus.CLOSED)
        integrator.send(make_message(integrator.practice))
        referral = integrator.only_referral()
        integrator.post(f"ServiceRequest/{referral['id']}/$sandbox-step?steps=5")
        with admin.begin() as connection:
            made = connection.execute(
                text("select id, person_id from referral where requester_id = :id"),
                {"id": integrator.practice.id},
            ).one()
        acknowledge(runtime.db, MadeReferral(made.id, made.person_id, integrator.practice, b""))
        from_extracts = _candidates(runtime)
        assert from_extracts == {live.id}
        health = find_loop_health(runtime.db)
        assert health is not None
        assert (health.referrals, health.by_status) == (1, {"closed": 1})


def _candidates(runtime: Runtime) -> set[Any]:
    with runtime.db.transaction(system("test")) as tx:
        return {each.referral_id for each in extracts.list_candidates(tx, audit="test")}


def _rows_of(admin: Engine, made: list[MadeReferral]) -> str:
    """Everything that is kept of some referrals, as text."""
    ids = [each.id for each in made]
    people = [each.person_id for each in made]
    queries = {
        "referral": "select * from referral where id = any(:ids) order by id",
        "person": "select * from person where id = any(:people) order by id",
        "placement": "select * from placement where referral_id = any(:ids) order by id",
        "outbox": "select o.* from outbox_message o join feedback f on f.id = o.feedback_id"
        " where f.referral_id = any(:ids) order by o.id",
        "inbox": "select id, sender, status from inbox_message where referral_id = any(:ids) order by id",
        "task": "select * from task where referral_id = any(:ids) order by id",
    }
    with admin.connect() as connection:
        values = {"ids": ids, "people": people}
        return json.dumps(
            {
                name: [list(map(str, row)) for row in connection.execute(text(query), values)]
                for name, query in queries.items()
            }
        )
