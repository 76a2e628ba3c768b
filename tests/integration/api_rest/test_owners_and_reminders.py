"""The JSON door for owners, next looks, reminders and the proof: the same rules as on the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery
from app.services.watching import escalating, invariants
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.api_rest.people import Person, SignIn


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


def test_owner_is_read_and_handed_over(
    link_worker: Person, sign_in: SignIn, place: MadePlace, made: MadeReferral
) -> None:
    path = f"/referrals/{made.id}/owner"
    told = link_worker.get(path).json
    assert told["name"] == "Invented link-worker"
    second = next(each for each in told["colleagues"] if each["user_id"] != told["user_id"])
    assert link_worker.put(path, {"user_id": second["user_id"]}).status_code == 204
    (line,) = link_worker.get("/referrals").json["items"]
    assert line["owner_name"] == "Invented second-link-worker"
    assert link_worker.put(path, {"user_id": None}).status_code == 204
    assert link_worker.get(f"/referrals/{made.id}").json["owner_name"] == ""
    stranger = str(place.actor("provider-0").user_id)
    assert link_worker.put(path, {"user_id": stranger}).status_code == 422
    assert sign_in("other-link-worker").put(path, {"user_id": None}).status_code == 404
    assert sign_in("provider-0").put(path, {"user_id": None}).status_code == 403


def test_routine_referral_is_put_off_and_an_urgent_one_refused(
    link_worker: Person, runtime: Runtime, made: MadeReferral, clock: Clock, admin: Engine
) -> None:
    path, until = f"/referrals/{made.id}/next-look", clock.today + timedelta(days=9)
    told = {"until": until.isoformat(), "reason": "person-away"}
    assert link_worker.put(path, told).status_code == 204
    assert link_worker.get(f"/referrals/{made.id}").json["next_action_on"] == until.isoformat()
    assert link_worker.put(path, {"until": "2020-01-01", "reason": "busy"}).status_code == 422
    with admin.connect() as connection:
        connection.execute(text("update referral set priority = 'stat'"))
    refused = link_worker.put(path, told)
    assert refused.status_code == 409
    assert "cannot be put off" in refused.text


def test_provider_reads_its_reminders_and_says_that_it_goes_on(
    provider: Person, sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
    assert provider.post(f"/placements/{made.placement_id}/going-on").status_code == 409
    clock.advance(days=35)
    escalating.raise_due(runtime.db)
    fresh = sign_in("provider-0")
    (line,) = fresh.get("/reminders").json["items"]
    assert (line["placement_id"], line["matter"]) == (str(made.placement_id), "review")
    assert sign_in("provider-1").post(f"/placements/{made.placement_id}/going-on").status_code == 404
    assert fresh.post(f"/placements/{made.placement_id}/going-on").status_code == 204
    assert fresh.get("/reminders").json["items"] == []


def test_steward_reads_the_proof_and_mends_a_breach(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    steward = sign_in("steward")
    assert steward.get("/proof").json["is_silent"] is True
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    with admin.connect() as connection:
        connection.execute(text("update placement set status = 'withdrawn', ended_at = now()"))
    invariants.prove(runtime.db)
    told = steward.get("/proof").json
    breach = {"invariant": "nothing-going-on", "subject_id": str(made.id)}
    assert (told["is_silent"], told["breaches"]) == (False, [breach])
    path = f"/proof/nothing-going-on/{made.id}/mend"
    assert sign_in("link-worker").post(path).status_code == 403
    assert steward.post(path).status_code == 204
    assert steward.get("/proof").json["breaches"] == []
    assert steward.post(path).status_code == 409
    assert steward.post(f"/proof/no-such-thing/{made.id}/mend").status_code == 404
