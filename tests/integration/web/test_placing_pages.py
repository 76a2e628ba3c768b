"""Registers, passing on and several offers at once, as people do them on pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import onward
from app.services.caring.onward import Passing
from app.services.helping import delivery
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.practice_post import some

SignIn = Callable[[str], Visitor]


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), some(made.placement_id))
    return made


def test_provider_keeps_the_register_of_a_group_and_prints_it(
    sign_in: SignIn, place: MadePlace, helped: MadeReferral, clock: Clock
) -> None:
    provider = sign_in("provider-0")
    provider.get("/register")
    path = f"/register/{place.services[0].id}/{clock.today.isoformat()}"
    assert "Adaeze Okonkwo" in provider.get(f"{path}/paper").text
    refused = provider.send(path, {})
    assert refused.status_code == 400
    assert "at least one person" in refused.text
    form = {f"answer-{helped.placement_id}": "came", f"note-{helped.placement_id}": "early"}
    assert provider.send(path, form).status_code == 303
    assert "1 of 1 session" in provider.get(path).text
    assert "ame to 1 of 1 session" in provider.get(f"/offers/{helped.placement_id}").text
    assert "ame to 1 of 1 session" in sign_in("link-worker").get(f"/referrals/{helped.id}").text


def test_day_of_a_register_can_be_typed(sign_in: SignIn, place: MadePlace, clock: Clock) -> None:
    provider, service = sign_in("provider-0"), place.services[0].id
    day = clock.today
    typed = provider.client.get(f"/register/{service}?day={day.day}&month={day.month}&year={day.year}")
    assert typed.headers["Location"].endswith(f"/register/{service}/{day.isoformat()}")
    assert "Enter the day" in provider.get(f"/register/{service}?day=31&month=2&year=2026", 400).text
    provider.get(f"/register/{service}/yesterday", 404)
    sign_in("provider-1").get(f"/register/{service}/{day.isoformat()}", 404)


def test_somebody_is_passed_on_from_page_to_page(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    provider, worker = sign_in("provider-0"), sign_in("link-worker")
    path = f"/offers/{helped.placement_id}/onward"
    refused = provider.send(path, {"kind": "referred"})
    assert refused.status_code == 400
    assert "Ask the person first" in refused.text
    wish = {"kind": "referred", "reason": "Would rather walk.", "agreed": "yes"}
    assert provider.send(path, wish).status_code == 303
    journey = onward.find_journey(runtime.db, place.link_worker, helped.id)
    assert "Would rather walk." in worker.get(f"/referrals/{helped.id}").text
    worker.get(f"/referrals/{helped.id}/onward/{journey.waiting[0].id}")
    at = f"/referrals/{helped.id}/offer?onward={journey.waiting[0].id}&also={place.services[2].id}"
    form = {
        "service_ids": str(place.services[2].id),
        "how": "in-turn",
        "onward": str(journey.waiting[0].id),
        "tell_origin": "yes",
        "brief": "",
    }
    sent = worker.send(f"/referrals/{helped.id}/offer", form, at=at)
    assert sent.status_code == 303, sent.text[:3000]
    assert "→" in worker.get(f"/referrals/{helped.id}").text
    made = views.get_referral(runtime.db, place.link_worker, helped.id).placements[-1]
    assert "Helped before by Dalston Befrienders" in sign_in("provider-2").get(f"/offers/{made.id}").text
    assert "asked somebody else" in provider.get(f"/offers/{helped.placement_id}").text


def test_link_worker_turns_down_and_points_elsewhere(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    wish = onward.propose(
        runtime.db, place.actor("provider-0"), some(helped.placement_id), Passing("Walks.", agreed=True)
    )
    worker = sign_in("link-worker")
    path = f"/referrals/{helped.id}"
    assert worker.send(f"{path}/onward/{wish}").status_code == 303
    worker.get(f"{path}/onward/{wish}", 404)
    assert worker.send(f"{path}/signpost", {}).status_code == 400
    assert worker.send(f"{path}/signpost", {"service_id": str(place.services[1].id)}).status_code == 303
    assert "told the person of Clapton Advice service" in worker.get(path).text


def test_several_services_are_asked_at_once_and_another_beside_them(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}/offer"
    chosen = [str(each.id) for each in place.services[:2]]
    assert worker.send(path, {"service_ids": chosen, "how": "at-once"}).status_code == 303
    assert "An offer still waits" in worker.get(path).text
    twice = worker.send(path, {"service_ids": chosen[:1], "how": "at-once"})
    assert twice.status_code == 400
    assert "has this referral already" in twice.text
    third = {"service_ids": [str(place.services[2].id)], "how": "at-once"}
    assert worker.send(path, third).status_code == 303
    assert len(views.get_referral(runtime.db, place.link_worker, made.id).placements) == 3


def test_steward_sees_how_many_are_sent_round(sign_in: SignIn, helped: MadeReferral) -> None:
    assert "sent from one provider to the next" in sign_in("steward").get("/attention").text
