"""The dial, the directory's upkeep and failed e-mail over the JSON API: who may, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.directory import Profile
from app.runtime import Runtime
from app.store import places
from tests.factories import MadePlace
from tests.integration.api_rest.people import SignIn, codes_by_field


def my_services(sign_in: SignIn, username: str) -> list[Any]:
    return sign_in(username).get("/my-services").json["items"]


def test_provider_turns_its_own_dial_and_no_other(sign_in: SignIn, place: MadePlace) -> None:
    ours, theirs = place.services[0].id, place.services[1].id
    provider = sign_in("provider-0")
    assert [one["service"]["id"] for one in my_services(sign_in, "provider-0")] == [str(ours)]
    body = {"capacity": "limited", "weekly_limit": 4}
    assert provider.put(f"/services/{ours}/dial", body).status_code == 204
    (shown,) = my_services(sign_in, "provider-0")
    assert (shown["service"]["weekly_limit"], shown["service"]["places_left"]) == (4, 4)
    assert shown["checked_at"]
    assert provider.put(f"/services/{theirs}/dial", body).status_code == 403
    for username in ("link-worker", "practice-0", "analyst"):
        assert sign_in(username).put(f"/services/{ours}/dial", body).status_code == 403
        assert sign_in(username).get("/my-services").status_code == 403


def test_host_sees_and_turns_the_dials_of_its_groups(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, host_id=place.providers[1].id))
    names = [one["service"]["name"] for one in my_services(sign_in, "provider-1")]
    assert names == [place.services[1].name, place.services[0].name]
    answer = sign_in("provider-1").put(f"/services/{place.services[0].id}/dial", {"capacity": "paused"})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "capacity"),
        ({"capacity": "half"}, "capacity"),
        ({"capacity": "limited"}, "weekly_limit"),
        ({"capacity": "limited", "weekly_limit": 0}, "weekly_limit"),
        ({"capacity": "waiting-list", "wait_weeks": -1}, "wait_weeks"),
        ({"capacity": "full", "full_until": "2020-01-01"}, "full_until"),
        ({"capacity": "full", "full_until": "soon"}, "full_until"),
        ({"capacity": "open", "colour": "red"}, "colour"),
    ],
)
def test_dial_that_cannot_be_is_refused_at_its_field(
    sign_in: SignIn, place: MadePlace, body: dict[str, Any], field: str
) -> None:
    answer = sign_in("provider-0").put(f"/services/{place.services[0].id}/dial", body)
    assert answer.status_code == 422
    assert list(codes_by_field(answer)) == [field]


def test_change_that_a_provider_reports_is_settled_by_the_steward(sign_in: SignIn, place: MadePlace) -> None:
    service = place.services[0].id
    provider, steward = sign_in("provider-0"), sign_in("steward")
    assert provider.post(f"/services/{service}/changes", {"words": "Fridays now."}).status_code == 204
    assert provider.get("/entries-to-check").status_code == 403
    (change,) = steward.get("/entries-to-check").json["changes"]
    assert change["words"] == "Fridays now."
    path = f"/entries-to-check/changes/{change['id']}/settle"
    assert provider.post(path).status_code == 403
    assert steward.post(path).status_code == 204
    assert steward.post(path).status_code == 409
    assert str(service) not in str(steward.get("/entries-to-check").json)


def make_stale(admin: Engine) -> None:
    """Every entry was listed over half a year ago, and nobody has confirmed it since."""
    with admin.begin() as connection:
        connection.execute(text("update service set listed_at = listed_at - interval '200 days'"))


def test_entries_to_ring_go_once_they_are_confirmed(sign_in: SignIn, place: MadePlace, admin: Engine) -> None:
    make_stale(admin)
    steward = sign_in("steward")
    to_ring = steward.get("/entries-to-check").json["to_ring"]
    assert {one["service_id"] for one in to_ring} == {str(each.id) for each in place.services}
    for each in place.services:
        assert steward.post(f"/services/{each.id}/confirm").status_code == 204
    assert steward.get("/entries-to-check").json["to_ring"] == []


def test_link_is_sent_to_the_services_own_address(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    path = f"/services/{place.services[0].id}/dial-link"
    assert sign_in("provider-0").post(path).status_code == 409
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, email="hello@example.org"))
    answer = sign_in("provider-0").post(path)
    assert (answer.status_code, answer.json) == (202, {"email": "hello@example.org"})
    assert sign_in("provider-1").post(path).status_code == 403


def test_failed_mail_is_the_stewards(sign_in: SignIn, http: FlaskClient) -> None:
    assert sign_in("steward").get("/failed-mail").json == {"items": []}
    assert sign_in("provider-0").get("/failed-mail").status_code == 403
    assert http.get("/api/v1/failed-mail").status_code == 401
