"""Waiting lists and questions through the JSON API, by a provider's system, a link worker and a practice."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.api_rest.people import Person, SignIn, codes_by_field, path_of


@pytest.fixture
def waits(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.WAITING)


@pytest.fixture
def offered(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def test_later_may_say_for_how_long(provider: Person, offered: MadeReferral) -> None:
    path = path_of("placements", offered.placement_id, "waitlist")
    assert codes_by_field(provider.post(path, {"wait_weeks": 105})) == {"wait_weeks": "value"}
    assert provider.post(path, {"wait_weeks": 6}).status_code == 204
    (line,) = provider.get("/waiting").json["items"]
    assert (line["position"], line["length"], line["wait_weeks"], line["is_own_wait"]) == (1, 1, 6, True)
    assert line["person_name"] == "Adaeze Okonkwo"
    assert (
        provider.put(path_of("placements", offered.placement_id, "wait"), {"wait_weeks": 2}).status_code
        == 204
    )
    assert provider.get("/waiting").json["items"][0]["wait_weeks"] == 2


def test_each_audience_sees_its_part_of_a_place_on_the_list(
    link_worker: Person, sign_in: SignIn, waits: MadeReferral
) -> None:
    (seen,) = link_worker.get(path_of("referrals", waits.id, "waiting")).json["items"]
    assert (seen["position"], seen["person_name"]) == (1, None)
    (told,) = sign_in("practice-0").get(path_of("loops", waits.id, "waiting")).json["items"]
    assert set(told) == {
        *("service_name", "provider_name", "position", "length", "priority", "joined_on"),
        *("wait_weeks", "expected_on", "expected"),
    }
    assert sign_in("practice-1").get(path_of("loops", waits.id, "waiting")).status_code == 404
    assert link_worker.get("/waiting").status_code == 403


def test_contact_words_and_letter_for_who_waits(
    link_worker: Person, provider: Person, waits: MadeReferral, clock: Clock
) -> None:
    contact = {"channel": "phone", "reached": True, "happened_on": clock.today.isoformat()}
    path = path_of("placements", waits.placement_id, "team-contacts")
    assert link_worker.post(path, contact).status_code == 204
    assert provider.post(path, contact).status_code == 403
    (seen,) = provider.get("/waiting").json["items"]
    assert seen["last_contact"] == clock.today.isoformat()
    words = link_worker.get(path_of("placements", waits.placement_id, "words-for-person")).json
    assert words["barred"] is None
    assert "You are on the waiting list" in words["text"]
    letter = link_worker.get(path_of("placements", waits.placement_id, "waiting-letter.pdf"))
    assert (letter.mimetype, letter.data[:4]) == ("application/pdf", b"%PDF")


def test_place_is_taken_after_the_person_was_asked_again(
    provider: Person, waits: MadeReferral, sign_in: SignIn, clock: Clock
) -> None:
    clock.advance(days=200)
    provider = sign_in("provider-0")
    path = path_of("placements", waits.placement_id, "accept")
    assert codes_by_field(provider.post(path)) == {"asked_again": "required"}
    assert provider.post(path, {"asked_again": True}).status_code == 204


def test_list_is_left_with_a_reason(provider: Person, waits: MadeReferral) -> None:
    path = path_of("placements", waits.placement_id, "leave-list")
    assert codes_by_field(provider.post(path)) == {"reason": "required"}
    assert codes_by_field(provider.post(path, {"reason": "did-not-engage"})) == {"reason": "value"}
    assert provider.post(path, {"reason": "person-declined"}).status_code == 204
    assert provider.post(path, {"reason": "person-declined"}).status_code == 409


def test_question_and_answer(provider: Person, link_worker: Person, offered: MadeReferral) -> None:
    path = path_of("placements", offered.placement_id, "questions")
    assert codes_by_field(provider.post(path, {"question": " "})) == {"question": "required"}
    asked = provider.post(path, {"question": "Can they climb stairs?"})
    assert asked.status_code == 201
    assert link_worker.post(path, {"question": "?"}).status_code == 403
    (one,) = link_worker.get(path_of("referrals", offered.id, "questions")).json["items"]
    assert (one["id"], one["is_open"]) == (asked.json["question_id"], True)
    answer = path_of("placements", offered.placement_id, "answer")
    told = link_worker.post(answer, {"answer": "Yes."})
    assert told.status_code == 200
    (one,) = provider.get(path).json["items"]
    assert (one["answer"], one["is_open"]) == ("Yes.", False)
    seen = provider.get(path_of("placements", offered.placement_id)).json
    assert (seen["status"], seen["respond_by"]) == ("opened", told.json["respond_by"])
    assert link_worker.post(answer, {"answer": "Yes."}).status_code == 409
