"""What a provider's own system answers about a placement is applied as if said on the provider's page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery
from app.services.shown import views
from fhir.systems import OUR_ORGANISATION_ID, OUR_OUTCOMES, OUR_REFERRAL_ID
from tests.factories import MadePlace, MadeReferral, make_message, make_referral
from tests.integration.api_fhir.gp_system import GpSystem, issues, register

Counted = Callable[[str], int]
Json = dict[str, Any]
REJECTED = "https://fhir.nhs.uk/CodeSystem/rejected-reasons-bars"
DOS_REJECTED = "https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars"


@pytest.fixture
def partner(gp: GpSystem, place: MadePlace, runtime: Runtime) -> GpSystem:
    """The system of the provider that is asked first."""
    client_id = register(runtime.db, place.providers[0].id, gp.key, practices=())
    return GpSystem(gp.http, client_id, gp.key)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that is offered to that provider."""
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE)


def _answer(
    place: MadePlace,
    *,
    answers: object = None,
    encounter: str | None = None,
    task: str | None = None,
    reason: tuple[str, str] | None = None,
    outcome: str | None = None,
    note: str | None = None,
    about: object = None,
    sender: str | None = None,
    code: str = "ok",
) -> bytes:
    """A servicerequest-response in the BaRS pattern; the parts that are not given are left out."""
    body = json.loads(make_message(place.practices[0]))
    parts = {entry["resource"]["resourceType"]: entry["resource"] for entry in reversed(body["entry"])}
    header, request = parts["MessageHeader"], parts["ServiceRequest"]
    header["id"] = str(uuid4())
    header["eventCoding"]["code"] = "servicerequest-response"
    header["response"] = {"identifier": str(answers or uuid4()), "code": code}
    header.pop("definition", None)
    header["sender"] = {
        "identifier": {"system": OUR_ORGANISATION_ID, "value": sender or str(place.providers[0].id)}
    }
    if about is not None:
        request["identifier"] = [{"system": OUR_REFERRAL_ID, "value": str(about)}]
    concept = {"coding": [{"system": reason[0], "code": reason[1]}]} if reason else None
    kept = [entry for entry in body["entry"] if entry["resource"]["resourceType"] not in ("Task", "CarePlan")]
    request.pop("basedOn", None)
    if encounter:
        parts["Encounter"]["status"] = encounter
        if concept:
            parts["Encounter"]["reasonCode"] = [concept]
    if task:
        told: Json = {"resourceType": "Task", "status": task, "intent": "order"}
        if concept:
            told["statusReason"] = concept
        if outcome:
            coding = {"system": OUR_OUTCOMES, "code": outcome}
            told["output"] = [{"type": {"text": "outcome"}, "valueCodeableConcept": {"coding": [coding]}}]
        if note:
            told["note"] = [{"text": note}]
        kept.append({"fullUrl": f"urn:uuid:{uuid4()}", "resource": told})
    return json.dumps(body | {"id": str(uuid4()), "entry": kept}).encode()


def _status(admin: Engine, placement_id: UUID | None) -> tuple[str, str | None]:
    with admin.connect() as connection:
        found = connection.exec_driver_sql(
            "select status, reason from placement where id = %s", (placement_id,)
        ).one()
        return found[0], found[1]


def test_why_is_kept_in_the_partners_own_words(
    partner: GpSystem, place: MadePlace, made: MadeReferral, runtime: Runtime, admin: Engine
) -> None:
    body = json.loads(
        _answer(place, answers=made.placement_id, encounter="cancelled", reason=(REJECTED, "OTH"))
    )
    (encounter,) = (
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == "Encounter"
    )
    encounter["reasonCode"][0]["text"] = "The hall is shut until May."
    answer = partner.post(json.dumps(body).encode())
    assert answer.status_code == 200, answer.text
    assert _status(admin, made.placement_id) == ("declined", "99")
    (placement,) = views.get_referral(runtime.db, place.link_worker, made.id).placements
    assert placement.said == "The hall is shut until May."


@pytest.mark.parametrize("how", ["placement", "referral", "identifier"])
def test_an_acceptance_is_applied_whichever_of_our_ids_it_names(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, how: str
) -> None:
    named: Json = {
        "placement": {"answers": made.placement_id},
        "referral": {"answers": made.id},
        "identifier": {"about": made.id},
    }[how]
    answer = partner.post(_answer(place, encounter="planned", **named))
    assert answer.status_code == 200, answer.text
    assert _status(admin, made.placement_id)[0] == "accepted"


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ((DOS_REJECTED, "42"), "42"),
        ((REJECTED, "RRNA"), "22"),
        ((REJECTED, "FC"), "27"),
        ((REJECTED, "OTH"), "99"),
        (None, "99"),
    ],
)
def test_a_decline_keeps_its_reason_and_the_next_service_is_asked(
    partner: GpSystem,
    place: MadePlace,
    runtime: Runtime,
    admin: Engine,
    reason: tuple[str, str] | None,
    kept: str,
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE, services=(0, 1))
    with admin.connect() as connection:
        query = "select id from placement where provider_id = %s"
        offered = connection.exec_driver_sql(query, (place.providers[0].id,)).scalar_one()
    answer = partner.post(_answer(place, answers=made.id, encounter="cancelled", reason=reason))
    assert answer.status_code == 200, answer.text
    assert _status(admin, offered) == ("declined", kept)
    with admin.connect() as connection:
        query = "select status from placement where provider_id = %s"
        assert connection.exec_driver_sql(query, (place.providers[1].id,)).scalar_one() == "offered"


def test_in_progress_then_completed_with_an_outcome_ends_the_referral_and_tells_the_practice(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted
) -> None:
    assert partner.post(_answer(place, answers=made.placement_id, task="in-progress")).status_code == 200
    assert _status(admin, made.placement_id)[0] == "started"
    done = _answer(place, answers=made.placement_id, task="completed", outcome="better", note="Six sessions.")
    assert partner.post(done).status_code == 200
    assert _status(admin, made.placement_id)[0] == "completed"
    assert counted("outcome where state = 'better'") == 1
    assert counted("referral where status = 'completed'") == 1


def test_an_earlier_word_that_comes_late_changes_nothing(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted
) -> None:
    for task in ("in-progress", "accepted"):
        assert partner.post(_answer(place, answers=made.placement_id, task=task)).status_code == 200
    assert _status(admin, made.placement_id)[0] == "started"
    assert counted("task where kind = 'partner-answer'") == 0


def test_on_hold_is_a_waiting_list_before_a_yes_and_a_pause_after_it(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted
) -> None:
    steps = (
        ("on-hold", "waitlisted"),
        ("accepted", "accepted"),
        ("on-hold", "paused"),
        ("on-hold", "paused"),
        ("accepted", "paused"),
        ("in-progress", "started"),
        ("on-hold", "paused"),
    )
    for task, status in steps:
        assert partner.post(_answer(place, answers=made.placement_id, task=task)).status_code == 200
        assert _status(admin, made.placement_id)[0] == status
    done = _answer(place, answers=made.placement_id, task="completed", outcome="better", note="Six sessions.")
    assert partner.post(done).status_code == 200
    assert _status(admin, made.placement_id) == ("completed", None)
    assert counted("task where kind = 'partner-answer'") == 0


def test_a_no_after_a_yes_ends_early_with_an_honest_outcome(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted
) -> None:
    partner.post(_answer(place, answers=made.placement_id, task="accepted"))
    failed = _answer(place, answers=made.placement_id, task="failed", reason=(REJECTED, "FC"))
    assert partner.post(failed).status_code == 200
    assert _status(admin, made.placement_id) == ("ended-early", "could-not-contact")
    assert counted("outcome where state = 'not-known'") == 1
    assert counted("referral where status = 'in-triage'") == 1


@pytest.mark.parametrize(
    "said",
    [{"task": "completed"}, {"encounter": "unknown"}, {"encounter": "planned", "code": "fatal-error"}],
    ids=["an end without an outcome", "no word", "could not be processed"],
)
def test_what_cannot_be_applied_is_a_task_for_the_team_and_never_lost(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted, said: Json
) -> None:
    answer = partner.post(_answer(place, answers=made.placement_id, **said))
    assert answer.status_code == 202, answer.text
    assert _status(admin, made.placement_id)[0] == "offered"
    assert counted(f"task where kind = 'partner-answer' and organisation_id = '{place.team.id}'") == 1
    assert counted(f"inbox_message where referral_id = '{made.id}' and sender = '{partner.client_id}'") == 1


def test_a_yes_after_the_offer_was_taken_back_is_a_task(
    partner: GpSystem, place: MadePlace, made: MadeReferral, runtime: Runtime, admin: Engine, counted: Counted
) -> None:
    assert made.placement_id is not None
    delivery.decline(runtime.db, place.provider_of(place.services[0].id), made.placement_id, reason="22")
    assert partner.post(_answer(place, answers=made.placement_id, task="accepted")).status_code == 202
    assert _status(admin, made.placement_id) == ("declined", "22")
    assert counted("task where kind = 'partner-answer'") == 1


def test_the_same_answer_again_is_a_duplicate_and_changes_nothing(
    partner: GpSystem, place: MadePlace, made: MadeReferral, counted: Counted
) -> None:
    body, request_id = _answer(place, answers=made.placement_id, task="accepted"), str(uuid4())
    assert partner.post(body, X_Request_Id=request_id).status_code == 200
    assert partner.post(body, X_Request_Id=request_id).status_code == 409
    assert counted("transition where action = 'accept'") == 1


def test_another_providers_placement_is_as_absent_as_none_and_the_answer_waits_for_the_steward(
    partner: GpSystem, place: MadePlace, runtime: Runtime, admin: Engine, counted: Counted
) -> None:
    foreign = make_referral(runtime.db, place, ReferralStatus.ACTIVE, services=(1,))
    for named in (foreign.placement_id, foreign.id, uuid4(), "no-uuid"):
        assert partner.post(_answer(place, answers=named, encounter="planned")).status_code == 202
    assert _status(admin, foreign.placement_id)[0] == "offered"
    assert counted("inbox_message where parked_reason = 'answer-to-unknown-placement'") == 4


def test_a_system_speaks_for_its_own_organisation_only(
    partner: GpSystem, place: MadePlace, made: MadeReferral, admin: Engine, counted: Counted
) -> None:
    body = _answer(place, answers=made.placement_id, encounter="planned", sender=str(place.providers[1].id))
    answer = partner.post(body)
    assert answer.status_code == 403
    assert issues(answer) == [("security", "REC_FORBIDDEN", "Bundle.entry[0].resource.sender")]
    assert _status(admin, made.placement_id)[0] == "offered"
    assert counted(f"inbox_message where sender = '{partner.client_id}'") == 0
