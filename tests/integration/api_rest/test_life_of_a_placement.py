"""A referral goes from the practice to a provider and back, every step through the JSON API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.store import referrals, tasks
from app.store.session import LONDON
from tests.factories import MadePlace, make_message, make_referral, send, sender_for
from tests.integration.api_rest.people import Person, SignIn, codes_by_field, completion, path_of

TODAY = datetime.now(LONDON).date().isoformat()
CONTACT = {"channel": "phone", "reached": True, "happened_on": TODAY, "minutes": 20}


def _received(runtime: Runtime, place: MadePlace) -> str:
    return str(make_referral(runtime.db, place, ReferralStatus.RECEIVED).id)


def _offered(runtime: Runtime, place: MadePlace, *services: int) -> tuple[str, str]:
    made = make_referral(runtime.db, place, services=services or (0,))
    return str(made.id), str(made.placement_id)


def test_a_referral_goes_all_the_way_round_the_loop(
    runtime: Runtime, place: MadePlace, link_worker: Person, provider: Person, sign_in: SignIn
) -> None:
    referral_id = _received(runtime, place)
    assert link_worker.post(path_of("referrals", referral_id, "triage")).status_code == 204
    needs = {"needs": ["social-connection"], "access": []}
    assert link_worker.put(path_of("referrals", referral_id, "needs"), needs).status_code == 204
    suggested = link_worker.get(path_of("referrals", referral_id, "suggestions")).json["items"]
    befrienders = next(each for each in suggested if each["provider_name"] == "Dalston Befrienders")
    assert befrienders["suitable"]
    assert befrienders["reasons"]
    offer = {"service_ids": [befrienders["service_id"]]}
    offered = link_worker.post(path_of("referrals", referral_id, "offers"), offer)
    assert offered.status_code == 201
    placement_id = offered.json["placement_id"]

    for action, body in (
        ("open", None),
        ("accept", None),
        ("contacts", CONTACT),
        ("complete", completion(goal="Company", goal_before=2, goal_after=7)),
    ):
        assert provider.post(path_of("placements", placement_id, action), body).status_code == 204, action

    seen = link_worker.get(path_of("referrals", referral_id)).json
    assert seen["status"] == "completed"
    assert seen["outcome"]["state"] == "better"
    assert [each["status"] for each in seen["placements"]] == ["completed"]
    assert [each["status"] for each in seen["feedback"]] == ["composed"]
    assert len(seen["measures"]) == 2

    practice = sign_in("practice-0")
    loop = practice.get("/loops").json["items"][0]
    assert loop["stage"] == "ended"
    assert loop["can_acknowledge"]
    assert practice.post(path_of("loops", referral_id, "acknowledge")).status_code == 204
    closed = practice.get(path_of("loops", referral_id)).json
    assert closed["line"]["status"] == "closed"
    assert closed["line"]["stage"] == "acknowledged"
    assert closed["outcome"]["goal_after"] == 7


def test_a_no_falls_through_to_the_next_service_and_then_to_the_link_worker(
    runtime: Runtime, place: MadePlace, link_worker: Person, provider: Person, sign_in: SignIn
) -> None:
    referral_id, placement_id = _offered(runtime, place, 0, 1)
    assert provider.post(path_of("placements", placement_id, "decline"), {"reason": "22"}).status_code == 204
    second = sign_in("provider-1")
    (waiting,) = second.get("/placements").json["items"]
    assert waiting["status"] == "offered"
    assert second.post(path_of("placements", waiting["id"], "decline"), {"reason": "40"}).status_code == 204
    seen = link_worker.get(path_of("referrals", referral_id)).json
    assert seen["status"] == "in-triage"
    assert [each["reason"] for each in seen["placements"]] == ["22", "40"]
    assert link_worker.post(path_of("referrals", referral_id, "unmet-need")).json == {"needs_recorded": 1}


def test_the_same_step_twice_is_a_conflict_told_in_a_sentence(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    _, placement_id = _offered(runtime, place)
    accept = path_of("placements", placement_id, "accept")
    assert provider.post(accept).status_code == 204
    again = provider.post(accept)
    assert again.status_code == 409
    assert "accepted" in again.json["error"]["sentence"]


def test_provider_cannot_complete_what_it_has_not_accepted(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    _, placement_id = _offered(runtime, place)
    assert provider.post(path_of("placements", placement_id, "complete"), completion()).status_code == 409


def test_there_is_no_end_without_an_outcome(runtime: Runtime, place: MadePlace, provider: Person) -> None:
    _, placement_id = _offered(runtime, place)
    provider.post(path_of("placements", placement_id, "accept"))
    provider.post(path_of("placements", placement_id, "start"))
    refused = provider.post(path_of("placements", placement_id, "complete"), {"measures": []})
    assert refused.status_code == 422
    assert codes_by_field(refused) == {"outcome": "required"}
    assert provider.get(path_of("placements", placement_id)).json["status"] == "started"


def test_an_early_end_returns_the_person_to_the_link_worker(
    runtime: Runtime, place: MadePlace, link_worker: Person, provider: Person
) -> None:
    referral_id, placement_id = _offered(runtime, place)
    provider.post(path_of("placements", placement_id, "waitlist"))
    assert link_worker.get(path_of("referrals", referral_id)).json["status"] == "waiting"
    body = {"outcome": {"state": "did-not-engage"}, "reason": "could-not-contact"}
    assert provider.post(path_of("placements", placement_id, "end-early"), body).status_code == 204
    assert link_worker.get(path_of("referrals", referral_id)).json["status"] == "in-triage"


def test_a_pause_has_a_coded_reason_and_help_begins_after_it(
    runtime: Runtime, place: MadePlace, link_worker: Person, provider: Person
) -> None:
    referral_id, placement_id = _offered(runtime, place)
    pause, one = path_of("placements", placement_id, "pause"), path_of("placements", placement_id)
    assert provider.post(pause, {"reason": "other"}).status_code == 409
    provider.post(path_of("placements", placement_id, "accept"))
    assert codes_by_field(provider.post(pause, {})) == {"reason": "required"}
    assert provider.post(pause, {"reason": "no-capacity"}).status_code == 204
    paused = provider.get(one).json
    assert (paused["status"], paused["reason"]) == ("paused", "no-capacity")
    assert sorted(paused["actions"]) == ["end-early", "resume"]
    assert provider.get("/vocabulary").json["pause_reasons"][0] == {
        "code": "waiting-for-person",
        "text": "Waiting for the person",
    }
    assert provider.post(path_of("placements", placement_id, "contacts"), CONTACT).status_code == 204
    assert provider.get(one).json["status"] == "paused"
    assert provider.post(path_of("placements", placement_id, "resume")).status_code == 204
    begun = provider.get(one).json
    assert (begun["status"], begun["reason"]) == ("started", None)
    assert link_worker.get(path_of("referrals", referral_id)).json["placements"][0]["started_at"]


def test_link_worker_ends_reopens_and_withdraws(
    runtime: Runtime, place: MadePlace, link_worker: Person
) -> None:
    referral_id, placement_id = _offered(runtime, place)
    steps = [
        (path_of("placements", placement_id, "withdraw"), {"reason": "other"}, "in-triage"),
        (path_of("referrals", referral_id, "complete"), completion(), "completed"),
        (path_of("referrals", referral_id, "reopen"), {"reason": "new-need"}, "in-triage"),
        (
            path_of("referrals", referral_id, "end-early"),
            {"outcome": {"state": "not-known"}, "reason": "moved-away"},
            "ended-early",
        ),
        (path_of("referrals", referral_id, "reopen"), {"reason": "ended-by-mistake"}, "in-triage"),
        (path_of("referrals", referral_id, "withdraw"), {"reason": "consent-withdrawn"}, "withdrawn"),
    ]
    for path, body, status in steps:
        assert link_worker.post(path, body).status_code == 204, path
        assert link_worker.get(path_of("referrals", referral_id)).json["status"] == status


def test_looking_at_an_offer_does_not_open_it(runtime: Runtime, place: MadePlace, provider: Person) -> None:
    _, placement_id = _offered(runtime, place)
    for _ in range(2):
        assert provider.get(path_of("placements", placement_id)).json["status"] == "offered"
    provider.post(path_of("placements", placement_id, "open"))
    assert provider.get(path_of("placements", placement_id)).json["status"] == "opened"


def test_a_task_is_ticked_off_once(runtime: Runtime, place: MadePlace, link_worker: Person) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    with runtime.db.transaction(system("test")) as tx:
        tasks.add_task(tx, "late-change", organisation_id=place.team.id, referral_id=made.id)
    (task,) = link_worker.get("/tasks").json["items"]
    assert link_worker.get(path_of("referrals", made.id)).json["tasks"] == [task]
    done = path_of("tasks", task["id"], "done")
    assert link_worker.post(done).status_code == 204
    assert link_worker.post(done).status_code == 409
    assert link_worker.get("/tasks").json["items"] == []


def test_lists_have_pages_with_a_total_and_the_next_page(
    runtime: Runtime, place: MadePlace, link_worker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referrals, "PAGE", 2)
    for _ in range(3):
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    first = link_worker.get("/referrals?open=true").json
    assert (first["total"], first["page"], first["pages"], len(first["items"])) == (3, 1, 2, 2)
    last = link_worker.get(first["next"].removeprefix("/api/v1")).json
    assert last["next"] is None
    ids = {line["id"] for line in first["items"] + last["items"]}
    assert len(ids) == 3


def test_steward_sends_failed_news_again(
    runtime: Runtime, place: MadePlace, sign_in: SignIn, link_worker: Person
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    (outbox_id,) = carrying.due(runtime.db)
    carrying.deliver(runtime.db, outbox_id, lambda _: Attempt(Result.NEVER, error="no-mailbox"))
    steward = sign_in("steward")
    (failed,) = steward.get("/attention").json["failed_news"]
    assert failed["failure"] == "no-mailbox"
    retry = path_of("feedback", failed["feedback_id"], "retry")
    assert steward.post(retry).status_code == 204
    assert steward.post(retry).status_code == 409
    assert steward.get("/attention").json["failed_news"] == []
    feedback = link_worker.get(path_of("referrals", made.id)).json["feedback"]
    assert [each["status"] for each in feedback] == ["composed"]


def test_steward_sees_that_a_message_waits_and_not_what_it_says(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    stranger = replace(place.practices[0], ods="Z99999")
    send(runtime.db, make_message(stranger), sender_for(stranger))
    (parked,) = sign_in("steward").get("/parked").json["items"]
    assert parked["reason"] == "unknown-practice"
    assert set(parked) == {"id", "sender", "reason", "received_at"}
