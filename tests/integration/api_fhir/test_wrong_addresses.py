"""Messages for or by somebody else, or of a use case that nobody set up, are refused at their place, or kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from app.domain.access import system
from app.domain.referral import Organisation
from app.runtime import Runtime
from app.services.incoming import parked
from app.store import directory
from fhir.systems import ODS_ORGANISATION, OUR_ORGANISATION_ID
from tests.factories import MadePlace, Patient, make_message, make_nhs_number
from tests.integration.api_fhir.case_messages import Case
from tests.integration.api_fhir.gp_system import GpSystem, issues
from tests.statements import statements

Counted = Callable[[str], int]
MakeGp = Callable[..., GpSystem]
PARKED = "inbox_message where status = 'parked' and parked_reason = 'unknown-use-case'"


def _sent_to(body: bytes, *, receiver: str | None = None, endpoint: str | None = None) -> bytes:
    message = json.loads(body)
    destination = message["entry"][0]["resource"]["destination"][0]
    if receiver is not None:
        destination["receiver"] = {"identifier": {"system": ODS_ORGANISATION, "value": receiver}}
    if endpoint is not None:
        destination["endpoint"] = endpoint
    return json.dumps(message).encode()


@pytest.fixture
def parking(runtime: Runtime, place: MadePlace) -> Organisation:
    """A practice whose unknown use cases wait for the steward."""
    made = replace(place.practices[0], id=uuid4(), ods="A81055", parks_unknown_use_cases=True)
    with runtime.db.transaction(system("test")) as tx:
        directory.add_organisation(tx, made)
    return made


class TestTheDestination:
    @pytest.mark.parametrize("named", ["A81002", "A81004"])
    def test_another_practice_that_is_known_here_is_refused_with_its_place(
        self, gp: GpSystem, place: MadePlace, counted: Counted, named: str
    ) -> None:
        answer = gp.post(_sent_to(make_message(place.practices[0]), receiver=named))
        assert answer.status_code == 400
        assert issues(answer) == [("value", "REC_BAD_REQUEST", "Bundle.entry[0].resource.destination")]
        assert counted("inbox_message") == counted("referral") == 0

    def test_another_team_named_by_its_endpoint_is_refused(self, gp: GpSystem, place: MadePlace) -> None:
        endpoint = f"{OUR_ORGANISATION_ID}|{place.other_team.id}"
        assert gp.post(_sent_to(make_message(place.practices[0]), endpoint=endpoint)).status_code == 400

    def test_our_team_the_practice_itself_and_strangers_are_taken(
        self, gp: GpSystem, place: MadePlace
    ) -> None:
        ours = [f"{OUR_ORGANISATION_ID}|{each}" for each in (place.team.id, place.place.id)]
        for endpoint in (*ours, f"{OUR_ORGANISATION_ID}|no-uuid", "https://house.example/FHIR/R4"):
            body = _sent_to(make_message(place.practices[0]), endpoint=endpoint)
            assert gp.post(body).status_code == 200, endpoint
        for receiver in ("A81001", "RYE", "ZZZZZ"):
            body = _sent_to(make_message(place.practices[0]), receiver=receiver)
            assert gp.post(body).status_code == 200, receiver

    def test_a_change_for_somebody_else_is_refused_too(self, gp: GpSystem, place: MadePlace) -> None:
        case = Case.of(place.practices[0])
        assert gp.post(case.first).status_code == 200
        assert gp.post(_sent_to(case.cancel(1), receiver="A81002")).status_code == 400

    @pytest.mark.parametrize("names", [frozenset[str](), frozenset({"https://house.example"})])
    def test_however_many_are_named_they_are_looked_up_at_once(
        self, gp: GpSystem, place: MadePlace, runtime: Runtime, app_engine: Engine, names: frozenset[str]
    ) -> None:
        runtime.db.names = names
        assert gp.token
        costs = []
        for number in (1, 300):
            message = json.loads(make_message(place.practices[0]))
            others = [f"{ODS_ORGANISATION}|Z{each:05}" for each in range(number)]
            message["entry"][0]["resource"]["destination"] += [
                {"endpoint": "https://house.example/FHIR/R4"},
                *({"endpoint": each} for each in others),
            ]
            with statements(app_engine) as sent:
                assert gp.post(json.dumps(message).encode()).status_code == 200
            costs.append(len(sent))
        assert costs[1] <= costs[0]


class TestAnUnknownUseCase:
    def test_is_refused_as_usual_and_the_diagnostics_name_the_element(
        self, gp: GpSystem, place: MadePlace, counted: Counted
    ) -> None:
        answer = gp.post(make_message(place.practices[0], use_case="zz9"))
        assert answer.status_code == 422
        ((issue, code, path),) = issues(answer)
        assert (issue, code) == ("not-supported", "REC_UNPROCESSABLE_ENTITY")
        assert path.endswith(".category")
        assert "ServiceRequest.category" in answer.json["issue"][0]["diagnostics"]
        assert counted("inbox_message") == 0

    def test_waits_for_the_steward_where_the_practice_is_set_up_so(
        self, make_gp: MakeGp, parking: Organisation, counted: Counted
    ) -> None:
        answer = make_gp(parking).post(make_message(parking, use_case="zz9"))
        assert answer.status_code == 202
        assert counted(PARKED) == 1
        assert counted("task where kind = 'parked-message' and organisation_id is null") == 1
        assert counted("referral") == 0

    def test_beside_another_fault_is_refused_there_too(
        self, make_gp: MakeGp, parking: Organisation, counted: Counted
    ) -> None:
        patient = Patient(birth_date="1801-01-01", nhs_number=make_nhs_number())
        answer = make_gp(parking).post(make_message(parking, use_case="zz9", patient=patient))
        assert answer.status_code == 422
        assert len(issues(answer)) == 2
        assert counted(PARKED) == 0

    def test_is_taken_when_the_steward_has_set_it_up(
        self,
        make_gp: MakeGp,
        parking: Organisation,
        place: MadePlace,
        runtime: Runtime,
        counted: Counted,
        admin: Any,
    ) -> None:
        make_gp(parking).post(make_message(parking, use_case="zz9"))
        with admin.connect() as connection:
            connection.exec_driver_sql("update organisation set use_cases = '{sp1,zz9}' where ods = 'A81055'")
            inbox_id = connection.exec_driver_sql(f"select id from {PARKED}").scalar_one()  # noqa: S608
        parked.try_again(runtime.db, place.actor("steward"), inbox_id)
        assert counted("referral where use_case = 'zz9'") == 1
        assert counted(PARKED) == 0


def test_who_may_not_speak_for_the_requester_is_told_where_it_is_named(
    make_gp: MakeGp, place: MadePlace
) -> None:
    answer = make_gp(place.practices[0]).post(make_message(place.practices[1]))
    assert answer.status_code == 403
    ((issue, code, path),) = issues(answer)
    assert (issue, code) == ("security", "REC_FORBIDDEN")
    assert path.endswith((".requester", ".sender"))


def test_a_requester_by_ods_identifier_alone_is_taken(
    gp: GpSystem, place: MadePlace, counted: Counted
) -> None:
    body = json.loads(make_message(place.practices[0]))
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] == "ServiceRequest":
            entry["resource"]["requester"] = {"identifier": {"system": ODS_ORGANISATION, "value": "A81002"}}
    assert gp.post(json.dumps(body).encode()).status_code == 200
    asked_by = place.practices[1].id
    assert counted(f"referral where requester_id = '{asked_by}'") == 1


def test_a_name_without_end_is_refused_at_its_place(gp: GpSystem, place: MadePlace) -> None:
    answer = gp.post(make_message(place.practices[0], patient=Patient(family="N" * 201)))
    assert answer.status_code == 400
    ((issue, code, path),) = issues(answer)
    assert (issue, code, path.rsplit(".", 1)[-1]) == ("value", "REC_BAD_REQUEST", "family")
