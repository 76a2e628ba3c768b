"""Who leads a group sees who of elsewhere may act for it, and ends it; nobody else does, and no other group's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app import create_app
from app.runtime import Runtime
from app.services.signing_in import seats
from app.store import accounts
from tests.factories import PASSWORD, MadePlace
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def seat_id(runtime: Runtime, place: MadePlace) -> UUID:
    """A link worker acts for the first group too, which its helper leads."""
    holder, steward = place.accounts["link-worker"].id, place.actor("steward")
    seats.add(runtime.db, steward, holder, place.providers[0].id)
    (seat,) = seats.list_of(runtime.db, steward, holder)
    return seat.id


def running(admin: Engine) -> int:
    with admin.connect() as connection:
        return connection.scalar(text("select count(*) from seat where ended_at is null")) or 0


def test_leader_sees_them_ends_it_and_they_are_out_with_their_next_page(
    seat_id: UUID, sign_in: SignIn, place: MadePlace, admin: Engine
) -> None:
    holder = sign_in("link-worker")
    page = holder.get("/acting")
    holder.client.post(
        f"/acting/{place.providers[0].id}",
        data={"csrf_token": page.token, "acting_for": str(place.team.id)},
        headers={"Referer": "http://localhost/acting"},
    )
    assert holder.client.get("/offers").status_code == 200
    leader, path = sign_in("provider-0"), f"/people/seats/{seat_id}/end"
    shown = leader.get("/people")
    assert f"Invented link-worker, {place.team.name}" in shown.text
    assert path in shown.posts
    assert leader.send(path, at="/people").location == "/people"
    told = leader.get("/people").text
    assert "It has ended" in told
    assert "Invented link-worker" not in told
    assert leader.send(path, at="/people").status_code == 404
    assert holder.client.get("/offers").status_code == 303
    assert running(admin) == 0
    with admin.connect() as connection:
        by = connection.scalar(text("select ended_by from seat"))
        acts = connection.scalar(text("select count(*) from audit_event where act = 'end seat'"))
    assert (by, acts) == (place.accounts["provider-0"].id, 1)


def test_another_groups_seat_is_absent(seat_id: UUID, sign_in: SignIn, admin: Engine) -> None:
    other = sign_in("provider-1")
    page = other.get("/people").text
    assert "Invented link-worker" not in page
    assert "Others who may act for your group Nobody." in page
    for each in (seat_id, uuid4()):
        assert other.send(f"/people/seats/{each}/end", at="/people").status_code == 404
    assert running(admin) == 1


@pytest.mark.parametrize("username", ["provider-0", "link-worker", "steward"])
def test_who_leads_no_group_ends_nothing(
    username: str, seat_id: UUID, sign_in: SignIn, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(text("update user_account set manages = false"))
    answer = sign_in(username).send(f"/people/seats/{seat_id}/end", at="/privacy")
    assert answer.status_code in (303, 403)
    assert running(admin) == 1


def test_demonstration_says_who_acts_for_two(runtime: Runtime, place: MadePlace, seat_id: UUID) -> None:
    told = {"demo_sign_ins": ("link-worker", "steward"), "demo_password": PASSWORD}
    house = create_app(runtime=replace(runtime, settings=replace(runtime.settings, **told)))
    page = Visitor(house.test_client()).get("/sign-in").text
    assert f"{place.team.name}; acts for {place.providers[0].name} too" in page
    assert page.count("acts for") == 1


def test_account_that_has_ended_stands_there_no_more(
    seat_id: UUID, runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    with runtime.db.transaction(accounts.SESSIONS) as tx:
        held = {"id": place.accounts["link-worker"].id}
        tx.session.execute(text("update user_account set active = false where id = :id"), held)
    assert "Invented link-worker" not in sign_in("provider-0").get("/people").text
