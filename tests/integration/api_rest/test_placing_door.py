"""Registers, passing on and several offers through the JSON API."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.api_rest.people import Person, codes_by_field, path_of
from tests.practice_post import some


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), some(made.placement_id))
    return made


def test_providers_system_keeps_a_register(
    provider: Person, link_worker: Person, place: MadePlace, helped: MadeReferral, clock: Clock
) -> None:
    path = f"/services/{place.services[0].id}/register/{clock.today.isoformat()}"
    line = {"placement_id": str(helped.placement_id), "answer": "came", "note": "early"}
    assert provider.put(path, {"lines": [line]}).json == {"changed": 1}
    assert provider.put(path, {"lines": [line]}).json == {"changed": 0}
    assert codes_by_field(provider.put(path, {"lines": [line | {"answer": "perhaps"}]})) == {
        "lines.0.answer": "value"
    }
    (seen,) = provider.get(path).json["lines"]
    assert (seen["answer"], seen["person_name"]) == ("came", "Adaeze Okonkwo")
    told = link_worker.get(path_of("placements", helped.placement_id, "attendance")).json
    assert told["attended"] == {"came": 1, "sessions": 1, "missed_in_a_row": 0}
    assert link_worker.put(path, {"lines": [line]}).status_code == 403
    assert (
        provider.get(f"/services/{place.services[1].id}/register/{clock.today.isoformat()}").status_code
        == 404
    )


def test_wish_to_pass_on_is_taken_up_by_an_offer(
    provider: Person, link_worker: Person, place: MadePlace, helped: MadeReferral
) -> None:
    path = path_of("placements", helped.placement_id, "onward")
    assert codes_by_field(provider.post(path, {"reason": "Walks.", "agreed": False})) == {
        "agreed": "required"
    }
    wish = provider.post(path, {"reason": "Walks.", "agreed": True}).json["onward_id"]
    offer = {"service_ids": [str(place.services[2].id)], "at_once": True, "onward_id": wish}
    made = link_worker.post(path_of("referrals", helped.id, "offers"), offer)
    assert made.status_code == 201, made.json
    journey = link_worker.get(path_of("referrals", helped.id, "journey")).json
    assert (journey["hops"], journey["is_bounced"]) == (1, False)
    assert [each["state"] for each in journey["items"]] == ["taken-up"]
    assert provider.get(path).json["items"][0]["state"] == "taken-up"


def test_several_are_asked_at_once(link_worker: Person, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    offer = {"service_ids": [str(each.id) for each in place.services], "at_once": True}
    answer = link_worker.post(path_of("referrals", made.id, "offers"), offer)
    assert len(answer.json["placement_ids"]) == 3
    again = {"service_ids": offer["service_ids"][:1], "at_once": True}
    refused = link_worker.post(path_of("referrals", made.id, "offers"), again)
    assert codes_by_field(refused) == {"service_ids": "business-rule"}
