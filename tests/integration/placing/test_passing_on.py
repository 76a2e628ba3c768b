"""Passing somebody on: proposed with the person's yes, decided by the link worker, the chain kept, the bounce seen."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.services.caring import offering, onward, triage
from app.services.caring.offering import Asking
from app.services.caring.onward import Passing
from app.services.helping import delivery
from app.services.shown import views
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.practice_post import open_tasks, some

WHY = "Would like to walk rather than sit."


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def helped(database: Database, place: MadePlace) -> MadeReferral:
    made = make_referral(database, place)
    delivery.accept(database, place.actor("provider-0"), some(made.placement_id))
    return made


@pytest.fixture
def wish(database: Database, place: MadePlace, helped: MadeReferral) -> UUID:
    told = Passing(WHY, agreed=True, service_id=place.services[2].id)
    return onward.propose(database, place.actor("provider-0"), some(helped.placement_id), told)


def take_up(
    database: Database, place: MadePlace, made: MadeReferral, wish: UUID, *, tell: bool = False
) -> UUID:
    asking = Asking(at_once=True, onward_id=wish, tell_origin=tell)
    return offering.ask(database, place.link_worker, made.id, [place.services[2].id], asking)[0]


def test_link_worker_decides_what_a_provider_proposes(
    database: Database, place: MadePlace, helped: MadeReferral, wish: UUID
) -> None:
    assert open_tasks(database) == ["onward-proposed"]
    journey = onward.find_journey(database, place.link_worker, helped.id)
    assert [(each.id, each.reason) for each in journey.waiting] == [(wish, WHY)]
    take_up(database, place, helped, wish)
    journey = onward.find_journey(database, place.link_worker, helped.id)
    assert journey.waiting == []
    assert [each.hops for each in journey.chains] == [1]
    assert journey.chains[0].names[0].startswith("Dalston Befrienders")
    assert open_tasks(database) == []


def test_nobody_is_passed_on_without_their_yes_and_a_reason(
    database: Database, place: MadePlace, helped: MadeReferral
) -> None:
    with pytest.raises(Invalid) as refused:
        onward.propose(
            database, place.actor("provider-0"), some(helped.placement_id), Passing(" ", agreed=False)
        )
    assert sorted(each.field for each in refused.value.problems) == ["agreed", "reason"]


def test_provider_that_was_only_asked_cannot_pass_on(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place)
    with pytest.raises(Conflict, match="Say yes first"):
        onward.propose(
            database, place.actor("provider-0"), some(made.placement_id), Passing(WHY, agreed=True)
        )


def test_next_provider_is_told_who_helped_before_only_where_the_link_worker_says_so(
    database: Database, place: MadePlace, helped: MadeReferral, wish: UUID
) -> None:
    untold = take_up(database, place, helped, wish)
    assert onward.find_origin(database, place.actor("provider-2"), untold) is None
    triage.withdraw_offer(database, place.link_worker, untold, reason="other")
    told = Passing(WHY, agreed=True)
    again = onward.propose(database, place.actor("provider-0"), some(helped.placement_id), told)
    placement_id = take_up(database, place, helped, again, tell=True)
    origin = onward.find_origin(database, place.actor("provider-2"), placement_id)
    assert origin == "Dalston Befrienders service (Dalston Befrienders)"
    assert onward.list_for_placement(database, place.actor("provider-2"), placement_id) == []


def test_what_is_turned_down_stays_with_its_provider_and_is_decided_once(
    database: Database, place: MadePlace, helped: MadeReferral, wish: UUID
) -> None:
    onward.turn_down(database, place.link_worker, helped.id, wish)
    (seen,) = onward.list_for_placement(database, place.actor("provider-0"), some(helped.placement_id))
    assert seen.state == "not-taken-up"
    with pytest.raises(Conflict, match="decided already"):
        take_up(database, place, helped, wish)


def test_foreign_people_neither_see_nor_decide(
    database: Database, place: MadePlace, helped: MadeReferral, wish: UUID
) -> None:
    with pytest.raises(NotFound):
        onward.turn_down(database, place.actor("other-link-worker"), helped.id, wish)
    with pytest.raises(NotFound):
        onward.find_journey(database, place.actor("other-link-worker"), helped.id)
    with pytest.raises(NotAllowed):
        onward.turn_down(database, place.actor("provider-0"), helped.id, wish)


def test_reason_is_sealed(database: Database, wish: UUID, admin: Engine) -> None:
    with admin.connect() as connection:
        (kept,) = connection.execute(text("select reason from onward")).scalars()
    assert b"walk" not in bytes(kept)


def test_signpost_is_no_referral(database: Database, place: MadePlace, helped: MadeReferral) -> None:
    provider = place.actor("provider-0")
    onward.signpost(database, provider, some(helped.placement_id), place.services[1].id)
    onward.signpost_by_team(database, place.link_worker, helped.id, place.services[2].id, "Saturdays.")
    journey = onward.find_journey(database, place.link_worker, helped.id)
    assert [each.kind for each in journey.onwards] == ["signposted", "signposted"]
    assert len(views.get_referral(database, place.link_worker, helped.id).placements) == 1
    assert open_tasks(database) == []
    with pytest.raises(Invalid, match="Choose the service"):
        onward.signpost_by_team(database, place.link_worker, helped.id, None)


def test_three_noes_in_a_row_are_flagged_to_the_team_and_counted_for_the_steward(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    for number, service in enumerate(place.services):
        assert onward.list_bounced(database, place.link_worker) == {}
        placement_id = triage.offer(database, place.link_worker, made.id, [service.id])
        delivery.decline(database, place.actor(f"provider-{number}"), placement_id, reason="22")
    assert list(onward.list_bounced(database, place.link_worker)) == [made.id]
    assert onward.count_bounced(database, place.actor("steward")) == 1
    assert onward.list_bounced(database, place.actor("other-link-worker")) == {}
