"""Requests worked as one press as the one of them that presses most, ask one question once, and share one word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Referral
from app.services.caring import endings, triage
from app.services.helping import delivery, waiting
from app.services.incoming import duplicates
from app.services.rights import consent
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.services.watching import chasers
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    make_change,
    make_nhs_number,
    make_place,
    make_referral,
    send,
    sender_for,
)


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def patient() -> Patient:
    return Patient(nhs_number=make_nhs_number())


@pytest.fixture
def routine(database: Database, place: MadePlace, patient: Patient) -> MadeReferral:
    """A routine request with an offer that waits for its answer."""
    return make_referral(database, place, ReferralStatus.ACTIVE, patient=patient)


@pytest.fixture
def urgent(
    database: Database, place: MadePlace, patient: Patient, clock: Clock, admin: Engine
) -> MadeReferral:
    """An urgent request of another practice for the same person, with a safeguarding concern."""
    made = another(database, place, patient, clock)
    with admin.begin() as connection:
        query = "update referral set priority = 'urgent', safeguarding = true where id = :id"
        connection.execute(text(query), {"id": made.id})
    return made


def another(database: Database, place: MadePlace, patient: Patient, clock: Clock) -> MadeReferral:
    clock.advance(minutes=1)
    return make_referral(
        database, place, ReferralStatus.RECEIVED, patient=patient, practice=place.practices[1]
    )


def seen(db: Database, place: MadePlace, made: MadeReferral) -> ReferralDetail:
    return views.get_referral(db, place.link_worker, made.id)


def pressing(found: Referral) -> tuple[str, bool]:
    return found.priority, found.safeguarding


def asked(db: Database, place: MadePlace, made: MadeReferral) -> list[str]:
    return [task.kind for task in seen(db, place, made).tasks]


def test_both_press_as_the_one_that_presses_more_and_their_requesters_read_their_own(
    database: Database, place: MadePlace, routine: MadeReferral, urgent: MadeReferral
) -> None:
    usual = seen(database, place, routine).placements[0].respond_by
    assert duplicates.work_as_one(database, place.link_worker, urgent.id, routine.id) == routine.id
    for made in (routine, urgent):
        assert pressing(seen(database, place, made).referral) == ("urgent", True)
    (placement,) = seen(database, place, routine).placements
    assert placement.respond_by < usual
    shown = views.list_placements(database, place.actor("provider-0")).lines
    assert [(line.urgent, line.respond_by) for line in shown] == [(True, placement.respond_by)]
    dates = {seen(database, place, made).referral.next_action_on for made in (routine, urgent)}
    assert dates == {min(dates)}
    assert next(iter(dates)) <= placement.respond_by
    until = database.clock().date() + timedelta(days=20)
    with pytest.raises(Conflict):
        chasers.put_off(database, place.link_worker, routine.id, until=until, reason="person-away")
    told = [step.action for step in seen(database, place, routine).timeline]
    assert "work-as-one" in told
    loop = views.get_loop(database, place.actor("practice-0"), routine.id)
    assert "work-as-one" not in [step.action for step in loop.timeline]


def test_parted_again_each_has_its_own_back(
    database: Database, place: MadePlace, routine: MadeReferral, urgent: MadeReferral
) -> None:
    usual = seen(database, place, routine).placements[0].respond_by
    duplicates.work_as_one(database, place.link_worker, urgent.id, routine.id)
    assert seen(database, place, routine).placements[0].respond_by < usual
    duplicates.undo(database, place.link_worker, routine.id, urgent.id)
    assert pressing(seen(database, place, routine).referral) == ("routine", False)
    assert pressing(seen(database, place, urgent).referral) == ("urgent", True)
    assert seen(database, place, routine).placements[0].respond_by == usual


def test_urgent_request_that_is_taken_back_takes_its_urgency_with_it(
    database: Database, place: MadePlace, routine: MadeReferral, urgent: MadeReferral
) -> None:
    usual = seen(database, place, routine).placements[0].respond_by
    duplicates.work_as_one(database, place.link_worker, urgent.id, routine.id)
    assert pressing(seen(database, place, routine).referral) == ("urgent", True)
    endings.withdraw(database, place.actor("practice-1"), urgent.id, reason="requester-cancelled")
    found = seen(database, place, routine)
    assert pressing(found.referral) == ("routine", False)
    assert found.placements[0].respond_by == usual


def test_update_of_one_requester_changes_its_own_and_the_pair_presses_as_before(
    database: Database, place: MadePlace, routine: MadeReferral, urgent: MadeReferral, clock: Clock
) -> None:
    duplicates.work_as_one(database, place.link_worker, urgent.id, routine.id)
    clock.advance(minutes=1)
    send(database, make_change(routine.message, "active"), sender_for(routine.practice))
    assert pressing(seen(database, place, routine).referral) == ("urgent", True)
    duplicates.undo(database, place.link_worker, routine.id, urgent.id)
    assert pressing(seen(database, place, routine).referral) == ("routine", False)


def test_urgent_pair_stands_first_on_a_waiting_list(
    database: Database, place: MadePlace, routine: MadeReferral, urgent: MadeReferral, clock: Clock
) -> None:
    provider = place.actor("provider-0")
    first = make_referral(database, place, ReferralStatus.ACTIVE)
    for made in (first, routine):
        assert made.placement_id is not None
        delivery.waitlist(database, provider, made.placement_id)
        clock.advance(minutes=1)
    duplicates.work_as_one(database, place.link_worker, urgent.id, routine.id)
    order = [one.referral_id for one in waiting.list_waiting(database, provider)]
    assert order == [routine.id, first.id]


def test_question_is_gone_where_nothing_is_left_to_decide(
    database: Database, place: MadePlace, routine: MadeReferral, patient: Patient, clock: Clock
) -> None:
    others = [another(database, place, patient, clock) for _ in range(4)]
    for made in others:
        duplicates.work_as_one(database, place.link_worker, made.id, routine.id)
    for made in (routine, *others):
        assert "same-person-open" not in asked(database, place, made)


def test_question_ends_with_the_referral_it_was_about(
    database: Database, place: MadePlace, routine: MadeReferral, patient: Patient, clock: Clock
) -> None:
    second, third = (another(database, place, patient, clock) for _ in range(2))
    endings.withdraw(database, place.actor("practice-1"), second.id, reason="requester-cancelled")
    assert "same-person-open" not in asked(database, place, second)
    assert "same-person-open" in asked(database, place, third)
    endings.withdraw(database, place.actor("practice-0"), routine.id, reason="requester-cancelled")
    assert "same-person-open" not in asked(database, place, third)


def test_what_follows_the_one_that_does_not_lead_comes_along(
    database: Database, place: MadePlace, routine: MadeReferral, patient: Patient, clock: Clock
) -> None:
    second, third = (another(database, place, patient, clock) for _ in range(2))
    assert duplicates.work_as_one(database, place.link_worker, third.id, second.id) == second.id
    assert duplicates.work_as_one(database, place.link_worker, second.id, routine.id) == routine.id
    found = duplicates.find_others(database, place.link_worker, routine.id)
    assert {each.id for each in found.followers} == {second.id, third.id}
    assert {each.status for each in found.followers} == {ReferralStatus.ACTIVE}


def test_newest_word_on_sharing_is_one_word_for_both(
    database: Database, place: MadePlace, routine: MadeReferral, patient: Patient, clock: Clock
) -> None:
    second = another(database, place, patient, clock)
    duplicates.work_as_one(database, place.link_worker, second.id, routine.id)
    for made, given in ((second, False), (routine, True), (second, False)):
        clock.advance(minutes=1)
        consent.record(database, place.link_worker, made.id, given=given)
        for one in (routine, second):
            assert seen(database, place, one).consent_to_share is given
        if given:
            triage.offer(database, place.link_worker, routine.id, [place.services[1].id])
    assert {each.status for each in seen(database, place, routine).placements} == {"withdrawn"}
