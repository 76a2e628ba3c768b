"""Capacity is looked at just before anybody is asked: full needs a reason that is kept, paused is left in peace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.capacity import Dial
from app.domain.errors import Invalid
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Capacity
from app.services.caring import triage
from app.services.directory import directory_entries
from app.services.helping import delivery
from app.services.shown import views
from app.store import placements
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_place, make_referral


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.IN_TRIAGE)


def turn(database: Database, place: MadePlace, number: int, dial: Dial, left: int | None = None) -> None:
    service = place.services[number]
    directory_entries.turn_dial(
        database, place.actor(f"provider-{number}"), service.id, dial, places_left=left
    )


def status_of(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(database, place.link_worker, made.id).referral.status


FULL, NONE_LEFT = Dial(Capacity.FULL), Dial(Capacity.LIMITED, weekly_limit=2)


@pytest.mark.parametrize(
    ("dial", "left", "said"), [(FULL, None, "is full"), (NONE_LEFT, 0, "no places left")]
)
def test_service_without_room_is_not_asked_unless_somebody_says_why(
    database: Database, place: MadePlace, made: MadeReferral, dial: Dial, left: int | None, said: str
) -> None:
    turn(database, place, 0, dial, left)
    chosen = [place.services[0].id]
    with pytest.raises(Invalid) as told:
        triage.offer(database, place.link_worker, made.id, chosen)
    assert said in told.value.sentence
    assert "say why you ask it all the same" in told.value.sentence
    assert status_of(database, place, made) == "in-triage"
    triage.offer(database, place.link_worker, made.id, chosen, override="provider-agreed")
    assert status_of(database, place, made) == "active"


def test_paused_service_is_not_asked_whatever_is_said(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    turn(database, place, 0, Dial(Capacity.PAUSED))
    for override in (None, "provider-agreed"):
        with pytest.raises(Invalid) as told:
            triage.offer(database, place.link_worker, made.id, [place.services[0].id], override=override)
        assert "has paused new referrals, so it was not asked. Choose another." in told.value.sentence


def test_every_service_without_room_is_told_at_once_and_nothing_is_written(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    turn(database, place, 0, FULL)
    turn(database, place, 1, Dial(Capacity.PAUSED))
    ids = [service.id for service in place.services]
    with pytest.raises(Invalid) as told:
        triage.offer(database, place.link_worker, made.id, ids, brief="Company.")
    assert [service.name in told.value.sentence for service in place.services] == [True, True, False]
    with pytest.raises(Invalid) as told:
        triage.offer(database, place.link_worker, made.id, ids, override="no such reason")
    assert {problem.field for problem in told.value.problems} == {"override", "service_ids"}
    assert views.get_referral(database, place.link_worker, made.id).brief in (None, "")


@pytest.mark.parametrize(
    "dial",
    [Dial(Capacity.WAITING_LIST, wait_weeks=6), Dial(Capacity.LIMITED, weekly_limit=1), Dial(Capacity.OPEN)],
)
def test_waiting_list_and_places_left_warn_and_do_not_bar(
    database: Database, place: MadePlace, made: MadeReferral, dial: Dial
) -> None:
    turn(database, place, 0, dial)
    triage.offer(database, place.link_worker, made.id, [place.services[0].id])
    assert status_of(database, place, made) == "active"


def test_full_service_may_be_asked_once_its_day_has_passed(
    database: Database, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    turn(database, place, 0, Dial(Capacity.FULL, full_until=clock.today + timedelta(days=3)))
    clock.advance(days=4)
    triage.offer(database, place.link_worker, made.id, [place.services[0].id])
    assert status_of(database, place, made) == "active"


def test_reason_is_kept_with_the_decision_and_audited_without_words(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    turn(database, place, 0, FULL)
    ids = [place.services[0].id, place.services[1].id]
    placement_id = triage.offer(database, place.link_worker, made.id, ids, override="person-waits")
    with database.transaction(place.link_worker) as tx:
        assert placements.get(tx, placement_id, audit="test").why.override == "person-waits"
        ((_, planned),) = placements.list_plan(tx, made.id)
        assert planned.override is None
    with admin.connect() as connection:
        query = "select subject_id, detail from audit_event where act = 'offer although full'"
        ((about, detail),) = connection.execute(text(query)).all()
    assert about == str(made.id)
    assert detail == {"service": str(place.services[0].id), "reason": "person-waits"}


def test_next_choice_that_became_full_or_paused_is_passed_over(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [service.id for service in place.services]
    first = triage.offer(database, place.link_worker, made.id, ids)
    turn(database, place, 1, FULL)
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    asked = [each.service_id for each in views.get_referral(database, place.link_worker, made.id).placements]
    assert set(asked) == {ids[0], ids[2]}


def test_next_choice_that_was_agreed_although_full_is_asked_and_a_paused_one_never(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    turn(database, place, 1, FULL)
    turn(database, place, 2, FULL)
    ids = [service.id for service in place.services]
    first = triage.offer(database, place.link_worker, made.id, ids, override="provider-agreed")
    turn(database, place, 1, Dial(Capacity.PAUSED))
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    asked = [each.service_id for each in views.get_referral(database, place.link_worker, made.id).placements]
    assert set(asked) == {ids[0], ids[2]}


def test_when_nobody_of_the_plan_has_room_the_referral_comes_back(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [service.id for service in place.services[:2]]
    first = triage.offer(database, place.link_worker, made.id, ids)
    turn(database, place, 1, Dial(Capacity.PAUSED))
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    assert status_of(database, place, made) == "in-triage"
