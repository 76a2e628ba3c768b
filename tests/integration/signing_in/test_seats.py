"""One person for several organisations: given and ended by the steward, chosen by them, said on every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import ownership
from app.services.signing_in import seats
from app.store import accounts, referrals
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
WORDS = "The last bus goes at four, and half of them come by bus."


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


@pytest.fixture
def team_id(place: MadePlace) -> UUID:
    return place.accounts["link-worker"].organisation_id


@pytest.fixture
def seated(runtime: Runtime, place: MadePlace, team_id: UUID) -> UUID:
    """A link worker of the other team acts for the first one too; the seat's id."""
    user_id, steward = place.accounts["other-link-worker"].id, place.actor("steward")
    seats.add(runtime.db, steward, user_id, team_id)
    (seat,) = seats.list_of(runtime.db, steward, user_id)
    return seat.id


def act_for(visitor: Visitor, organisation_id: UUID) -> TestResponse:
    return send(visitor, f"/acting/{organisation_id}", at="/acting")


def send(visitor: Visitor, path: str, form: Mapping[str, object] | None = None, *, at: str) -> TestResponse:
    """Send a form as the browser does, with for whom its page was begun."""
    page = visitor.get(at)
    hidden = {"csrf_token": page.token, "acting_for": acting_for(page.html)}
    return visitor.client.post(
        path, data={**(form or {}), **hidden}, headers={"Referer": f"http://localhost{at}"}
    )


def acting_for(html: str) -> str:
    return html.split('name="acting_for" value="')[1].split('"')[0] if 'name="acting_for"' in html else ""


def test_they_see_for_whom_they_act_and_only_what_is_that_ones(
    seated: UUID, made: MadeReferral, sign_in: SignIn, place: MadePlace, team_id: UUID
) -> None:
    visitor, path = sign_in("other-link-worker"), f"/referrals/{made.id}"
    home = place.accounts["other-link-worker"].organisation_id
    assert visitor.client.get(path).status_code == 404
    assert act_for(visitor, team_id).location == "/referrals"
    page = visitor.get(path)
    assert "You act for: " in page.text
    assert 'href="/acting"' in page.html
    act_for(visitor, home)
    assert visitor.client.get(path).status_code == 404


def test_another_role_comes_with_another_kind_of_organisation(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    provider_id = place.accounts["provider-0"].organisation_id
    seats.add(runtime.db, place.actor("steward"), place.accounts["link-worker"].id, provider_id)
    visitor = sign_in("link-worker")
    assert visitor.client.get("/offers").status_code == 403
    assert act_for(visitor, provider_id).location == "/offers"
    assert visitor.client.get("/offers").status_code == 200
    assert visitor.client.get("/referrals").status_code == 403
    assert visitor.client.get("/people").status_code == 403  # its own leader looks after its accounts


def test_what_they_do_is_written_down_for_the_chosen_one(
    seated: UUID, made: MadeReferral, sign_in: SignIn, place: MadePlace, team_id: UUID, admin: Engine
) -> None:
    visitor, user_id = sign_in("other-link-worker"), place.accounts["other-link-worker"].id
    act_for(visitor, team_id)
    answer = send(visitor, f"/referrals/{made.id}/contact/no-answer", {}, at=f"/referrals/{made.id}")
    assert answer.status_code == 303
    query = "select distinct organisation_id from audit_event where actor = :who and subject = 'referral'"
    with admin.connect() as connection:
        found = connection.execute(text(query), {"who": f"user:{user_id}"}).scalars().all()
    assert found == [team_id]


def test_nobody_acts_for_one_that_is_not_theirs(
    seated: UUID, sign_in: SignIn, place: MadePlace, team_id: UUID
) -> None:
    other = place.accounts["provider-0"].organisation_id
    assert act_for(sign_in("other-link-worker"), other).status_code == 404
    alone = sign_in("second-link-worker")
    assert act_for(alone, place.accounts["other-link-worker"].organisation_id).status_code == 404
    assert "You act for one organisation" in alone.get("/acting").text
    assert 'href="/acting"' not in alone.get("/referrals").html


def test_a_form_begun_for_another_is_refused_and_nothing_is_lost(
    seated: UUID,
    sign_in: SignIn,
    place: MadePlace,
    team_id: UUID,
    counted: Callable[[str], int],
) -> None:
    visitor = sign_in("other-link-worker")
    act_for(visitor, team_id)
    page = visitor.get("/blockages/new")  # it stands open in one window
    home = place.accounts["other-link-worker"].organisation_id
    act_for(visitor, home)  # and in another one they change for whom they act
    form = {"theme": "transport", "words": WORDS, "csrf_token": page.token, "acting_for": str(team_id)}
    referrer = {"Referer": "http://localhost/blockages/new"}
    answer = visitor.client.post("/blockages/new", data=form, headers=referrer)
    assert (answer.status_code, counted("blockage")) == (303, 0)
    asked = visitor.get(answer.location)
    assert "You began this form for" in asked.text
    assert WORDS not in visitor.get("/blockages/new").html  # it is the other organisation's
    assert send(visitor, f"/acting/{team_id}", {"next": "/blockages/new"}, at=answer.location).location == (
        "/blockages/new"
    )
    assert WORDS in visitor.get("/blockages/new").html


def test_a_page_older_than_the_second_organisation_counts_as_begun_for_ones_own(
    runtime: Runtime, sign_in: SignIn, place: MadePlace, team_id: UUID
) -> None:
    visitor = sign_in("other-link-worker")
    old = visitor.get("/blockages/new")
    seats.add(runtime.db, place.actor("steward"), place.accounts["other-link-worker"].id, team_id)
    form = {"theme": "nonsense", "csrf_token": old.token}
    assert visitor.client.post("/blockages/new", data=form).status_code == 400
    act_for(visitor, team_id)
    assert visitor.client.post("/blockages/new", data=form).status_code == 303


def test_an_end_counts_at_the_next_request(
    seated: UUID, made: MadeReferral, sign_in: SignIn, place: MadePlace, team_id: UUID, runtime: Runtime
) -> None:
    visitor, steward = sign_in("other-link-worker"), sign_in("steward")
    user_id = place.accounts["other-link-worker"].id
    act_for(visitor, team_id)
    with runtime.db.transaction(place.link_worker) as tx:
        referrals.record_owner(tx, made.id, user_id, audit="test")
    assert ownership.return_leavers(runtime.db) == 0  # they work there
    answer = steward.send(f"/people/{user_id}/seats/{seated}/end", at=f"/people/{user_id}")
    assert answer.status_code == 303
    assert visitor.client.get(f"/referrals/{made.id}").location == "/entering/over"
    assert "no longer act" in visitor.get("/entering/over").text
    visitor.send("/entering/stop", at="/entering/over")
    assert visitor.client.get(f"/referrals/{made.id}").status_code == 404
    found = ownership.ask_hand_over(runtime.db, place.link_worker, made.id)
    assert found.owner.user_id is None


def test_colleagues_by_a_seat_can_be_handed_a_referral(
    seated: UUID, made: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    user_id = place.accounts["other-link-worker"].id
    found = ownership.ask_hand_over(runtime.db, place.link_worker, made.id)
    assert user_id in {each.user_id for each in found.colleagues}
    ownership.hand_over(runtime.db, place.link_worker, made.id, user_id)


def test_the_steward_adds_and_ends_on_the_page_of_the_account(
    sign_in: SignIn, place: MadePlace, team_id: UUID, admin: Engine
) -> None:
    steward, user_id = sign_in("steward"), place.accounts["other-link-worker"].id
    path = f"/people/{user_id}"
    wrong = steward.send(f"{path}/seats", {"organisation_id": ""}, at=path)
    assert (wrong.status_code, "Choose an organisation." in wrong.text) == (400, True)
    assert steward.send(f"{path}/seats", {"organisation_id": team_id}, at=path).status_code == 303
    assert steward.send(f"{path}/seats", {"organisation_id": team_id}, at=path).status_code == 400
    (end,) = {each for each in steward.get(path).posts if "/seats/" in each}
    assert steward.send(end, at=path).status_code == 303
    assert steward.send(end, at=path).status_code == 404
    with admin.connect() as connection:
        acts = connection.execute(text("select act from audit_event where subject = 'seat' order by seq"))
        assert acts.scalars().all() == ["begin seat", "end seat"]


def test_only_organisations_that_work_with_referrals_are_offered(runtime: Runtime, place: MadePlace) -> None:
    steward, user_id = place.actor("steward"), place.accounts["other-link-worker"].id
    offered = {organisation_id for organisation_id, _ in seats.list_places(runtime.db, steward, user_id)}
    assert place.accounts["link-worker"].organisation_id in offered
    assert {each.id for each in (*place.providers, *place.practices)} <= offered
    assert place.place.id not in offered
    assert place.accounts["other-link-worker"].organisation_id not in offered


@pytest.mark.parametrize("username", ["steward", "analyst", "resident"])
def test_whoever_sees_everything_or_the_dataset_gets_no_second_organisation(
    username: str, sign_in: SignIn, place: MadePlace, team_id: UUID, counted: Callable[[str], int]
) -> None:
    steward, user_id = sign_in("steward"), place.accounts[username].id
    answer = steward.send(f"/people/{user_id}/seats", {"organisation_id": team_id}, at="/people/invite")
    assert answer.status_code == 400
    assert counted("seat") == 0


def test_only_the_steward_says_who_acts_for_whom(
    sign_in: SignIn, place: MadePlace, team_id: UUID, runtime: Runtime
) -> None:
    leader, user_id = sign_in("provider-0"), place.accounts["provider-0"].id
    answer = leader.send(f"/people/{user_id}/seats", {"organisation_id": team_id}, at="/account")
    assert answer.status_code == 403
    with runtime.db.transaction(accounts.SESSIONS) as tx:
        assert accounts.find_account_by_id(tx, user_id) is not None
