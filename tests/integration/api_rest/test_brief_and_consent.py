"""What providers are told, and the person's word on being told of at all, through the JSON API."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.api_rest.people import Person, SignIn, codes_by_field, path_of

CANARY = "Sertraline 50 mg since the marmalade episode."
BRIEF = "Would like company at lunch."


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> str:
    """The id of a referral with clinical words in it that a link worker has taken on."""
    return str(make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, words=CANARY).id)


def offer(link_worker: Person, place: MadePlace, referral_id: str, **body: Any) -> str:
    told = {"service_ids": [str(place.services[0].id)]} | body
    answer = link_worker.post(path_of("referrals", referral_id, "offers"), told)
    assert answer.status_code == 201, answer.json
    return str(answer.json["placement_id"])


def take_back(link_worker: Person, placement_id: str) -> None:
    link_worker.post(path_of("placements", placement_id, "withdraw"), {"reason": "other"})


def test_provider_is_told_the_brief_and_never_the_referrers_words(
    place: MadePlace, triaged: str, link_worker: Person, provider: Person
) -> None:
    placement_id = offer(link_worker, place, triaged, brief=BRIEF)
    for action in (None, "open", "accept", "start"):
        if action:
            assert provider.post(path_of("placements", placement_id, action)).status_code == 204
        seen = provider.get(path_of("placements", placement_id))
        assert seen.json["person"]["wants"] == BRIEF
        assert "marmalade" not in seen.text
    assert "marmalade" not in provider.get("/placements").text
    for_team = link_worker.get(path_of("referrals", triaged)).json
    assert for_team["brief"] == BRIEF
    assert CANARY in for_team["reason"]


def test_without_a_brief_there_are_only_needs(
    place: MadePlace, triaged: str, link_worker: Person, provider: Person
) -> None:
    seen = provider.get(path_of("placements", offer(link_worker, place, triaged)))
    assert seen.json["person"]["wants"] is None
    assert seen.json["person"]["needs"] == ["social-connection"]
    assert "marmalade" not in seen.text


@pytest.mark.parametrize(
    ("second", "then"),
    [({}, BRIEF), ({"brief": None}, BRIEF), ({"brief": ""}, ""), ({"brief": " New words. "}, "New words.")],
)
def test_brief_left_out_stays_as_it_was_written(
    place: MadePlace, triaged: str, link_worker: Person, second: dict[str, Any], then: str
) -> None:
    take_back(link_worker, offer(link_worker, place, triaged, brief=BRIEF))
    offer(link_worker, place, triaged, **second)
    assert link_worker.get(path_of("referrals", triaged)).json["brief"] == then


def test_writing_a_brief_is_audited_without_its_words(
    place: MadePlace, triaged: str, link_worker: Person, admin: Engine
) -> None:
    offer(link_worker, place, triaged, brief=BRIEF)
    noted = text("select detail::text from audit_event where act = 'offer' and subject_id = :id")
    with admin.connect() as connection:
        details = connection.scalars(noted, {"id": triaged}).all()
    assert [each for each in details if "brief" in each] == ['{"brief": "written"}']
    assert "company" not in str(details)


@pytest.mark.parametrize("brief", ["x" * 1001, "a\x00b", 7])
def test_brief_that_cannot_be_taken_is_refused_and_nobody_is_asked(
    place: MadePlace, triaged: str, link_worker: Person, brief: object
) -> None:
    body = {"service_ids": [str(place.services[0].id)], "brief": brief}
    refused = link_worker.post(path_of("referrals", triaged, "offers"), body)
    assert refused.status_code == 422
    assert list(codes_by_field(refused)) == ["brief"]
    seen = link_worker.get(path_of("referrals", triaged)).json
    assert (seen["brief"], seen["placements"]) == ("", [])


def test_no_to_sharing_ends_what_the_provider_sees_and_refuses_offers(
    place: MadePlace, triaged: str, link_worker: Person, provider: Person, clock: Clock
) -> None:
    placement_id = offer(link_worker, place, triaged, brief=BRIEF)
    clock.advance(minutes=5)
    consent = path_of("referrals", triaged, "consent")
    assert link_worker.post(consent, {"given": False}).status_code == 204
    seen = provider.get(path_of("placements", placement_id))
    assert seen.json["status"] == "withdrawn"
    for hidden in ("Okonkwo", "07700 900461", BRIEF, "social-connection", "75-84"):
        assert hidden not in seen.text + provider.get("/placements").text
    refused = link_worker.post(
        path_of("referrals", triaged, "offers"), {"service_ids": [str(place.services[0].id)]}
    )
    assert refused.status_code == 409
    assert "does not agree" in refused.json["error"]["sentence"]
    told = link_worker.get(path_of("referrals", triaged)).json
    assert (told["status"], told["consent_to_share"]) == ("in-triage", False)


@pytest.mark.parametrize("body", [{}, {"given": "no"}, {"given": None}, {"given": True, "kind": "research"}])
def test_consent_is_a_plain_yes_or_no(triaged: str, link_worker: Person, body: dict[str, Any]) -> None:
    assert link_worker.post(path_of("referrals", triaged, "consent"), body).status_code == 422


def test_only_the_persons_own_team_writes_consent(triaged: str, sign_in: SignIn) -> None:
    for username, status in (("other-link-worker", 404), ("provider-0", 403), ("practice-0", 403)):
        answer = sign_in(username).post(path_of("referrals", triaged, "consent"), {"given": False})
        assert answer.status_code == status, username
