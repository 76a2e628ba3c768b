"""How the person would like it, and the reasons of suggestions and decisions, through the JSON API."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.integration.api_rest.people import Person, path_of


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> str:
    """The id of a referral that a link worker has taken on."""
    return str(make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE).id)


def test_wishes_are_taken_and_wrong_words_refused(
    triaged: str, link_worker: Person, provider: Person
) -> None:
    path = path_of("referrals", triaged, "wishes")
    assert link_worker.put(path, {"days": ["tuesday"], "near": True}).status_code == 204
    assert link_worker.put(path, {"days": ["someday"]}).status_code == 422
    assert link_worker.put(path, {"near": "yes"}).status_code == 422
    assert provider.put(path, {}).status_code == 403


def test_suggestions_come_with_weighed_reasons_and_counts(triaged: str, link_worker: Person) -> None:
    found = link_worker.get(path_of("referrals", triaged, "suggestions")).json
    assert (found["suitable"], found["ruled_out"]) == (3, {})
    first = found["items"][0]
    weighed = first["explanation"]["reasons"]
    assert [each["sentence"] for each in weighed] == first["reasons"]
    cautions = first["explanation"]["cautions"]
    assert sum(each["points"] for each in (*weighed, *cautions)) == first["points"]


def test_reasons_are_kept_with_the_placement_and_hidden_from_its_provider(
    place: MadePlace, triaged: str, link_worker: Person, provider: Person
) -> None:
    body = {"service_ids": [str(place.services[0].id), str(place.services[1].id)]}
    made = link_worker.post(path_of("referrals", triaged, "offers"), body).json["placement_id"]
    seen = link_worker.get(path_of("referrals", triaged)).json
    (placement,), (following,) = seen["placements"], seen["plan"]
    assert placement["explanation"]["suitable"] == following["explanation"]["suitable"] == 3
    assert placement["why"] == [each["sentence"] for each in placement["explanation"]["reasons"]]
    told = provider.get(path_of("placements", made)).json
    assert not {"why", "explanation"} & set(told)
