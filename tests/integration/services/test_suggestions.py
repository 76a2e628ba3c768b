"""What a link worker is suggested, from real rows; and that the reasons are kept with the decision, sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.directory import Profile, ServiceSession
from app.domain.directory_words import LedBy, ServiceStatus, Weekday
from app.domain.errors import Invalid, NotAllowed
from app.domain.lifecycle import ReferralStatus
from app.domain.place import PlaceRules
from app.domain.routing_values import HardRule, Wishes
from app.domain.vocabulary import Capacity
from app.services.caring import triage
from app.services.caring.suggestions import Match
from app.services.helping import delivery
from app.store import candidates, listings, placements, places, wishes
from app.store.session import Database
from tests.conftest import Clock
from tests.directories import make_safe
from tests.factories import MadePlace, MadeReferral, expire_overdue, make_place, make_referral


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.IN_TRIAGE)


def matches(database: Database, place: MadePlace, made: MadeReferral) -> dict[str, Match]:
    """What is suggested, by the provider's name."""
    found = triage.suggest(database, place.link_worker, made.id)
    return {match.service.provider_name: match for match in found.matches}


def test_suggestions_count_what_is_ruled_out_by_rule(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    with database.transaction(system("set-up")) as tx:
        listings.record_service(tx, replace(place.services[1], status=ServiceStatus.INACTIVE))
        listings.record_service(tx, replace(place.services[2], capacity=Capacity.PAUSED))
    found = triage.suggest(database, place.link_worker, made.id)
    assert (found.suitable, found.ruled_out) == (1, {HardRule.STATUS: 1, HardRule.CAPACITY: 1})
    assert [match.suitable for match in found.matches] == [True, False, False]


def test_what_the_referral_has_been_through_counts(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, services=(0, 1))
    delivery.decline(database, place.actor("provider-0"), made.placement_id, reason="22")
    found = matches(database, place, made)
    assert found["Dalston Befrienders"].explanation.against == ("Has said no to this referral already",)
    assert found["Clapton Advice"].explanation.against == ("Has this referral already",)
    clock.advance(days=30)
    expire_overdue(database)
    now = matches(database, place, made)["Clapton Advice"]
    assert now.suitable
    assert "Did not answer when it was asked about this referral" in now.warnings


def test_wishes_are_sealed_change_the_order_and_are_only_the_teams(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    told = Wishes(days=(Weekday.TUESDAY,), led_by=(LedBy.LGBTQI,), near=True)
    with database.transaction(system("set-up")) as tx:
        places.record_profile(tx, Profile(place.providers[2].id, led_by=(LedBy.LGBTQI,)))
        sessions = [ServiceSession(place.services[2].id, Weekday.TUESDAY, time(10), time(12))]
        places.record_sessions(tx, place.services[2].id, sessions)
    triage.set_wishes(database, place.link_worker, made.id, told)
    assert triage.get_wishes(database, place.link_worker, made.id) == told
    first = triage.suggest(database, place.link_worker, made.id).matches[0]
    assert first.service.id == place.services[2].id
    assert "Run by or for LGBTQI+ people, as the person wishes" in first.reasons
    triage.offer(database, place.link_worker, made.id, [first.service.id, place.services[0].id])
    with admin.connect() as connection:
        kept = [
            bytes(value)
            for query in (
                "select wishes from referral where wishes is not null",
                "select why from placement union all select why from offer_plan",
            )
            for value in connection.scalars(text(query))
        ]
    assert len(kept) == 3
    assert not any(b"lgbtqi" in value.lower() for value in kept)
    with pytest.raises(NotAllowed):
        triage.get_wishes(database, place.actor("provider-2"), made.id)
    triage.set_wishes(database, place.link_worker, made.id, Wishes())
    with database.transaction(place.link_worker) as tx:
        assert wishes.get(tx, made.id, audit="test") == Wishes()


def test_wishes_in_words_that_are_not_of_the_lists_are_refused(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    with pytest.raises(Invalid) as refused:
        triage.set_wishes(database, place.link_worker, made.id, Wishes(("someday",), ("magic",), ("kings",)))
    assert [problem.field for problem in refused.value.problems] == ["days", "kinds", "led_by"]


def test_reasons_are_kept_with_the_decision_and_go_with_the_next_of_the_plan(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [service.id for service in place.services[:2]]
    order = [match.service.id for match in triage.suggest(database, place.link_worker, made.id).matches]
    placement_id = triage.offer(database, place.link_worker, made.id, ids)
    with database.transaction(place.link_worker) as tx:
        why = placements.get(tx, placement_id, audit="test").why
        ((_, next_why),) = placements.list_plan(tx, made.id)
    assert (why.position, why.suitable, why.ruled_out) == (order.index(ids[0]) + 1, 3, 0)
    assert why.reasons[0].points == 40
    delivery.decline(database, place.actor("provider-0"), placement_id, reason="22")
    with database.transaction(place.link_worker) as tx:
        second = placements.list_for_referral(tx, made.id, audit="test")[-1]
    assert second.service_id == ids[1]
    assert second.why == next_why


def test_provider_is_never_told_why_it_was_chosen(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place)
    with database.transaction(place.actor("provider-0")) as tx:
        assert placements.get(tx, made.placement_id, audit="test").why.reasons == ()
    with database.transaction(place.link_worker) as tx:
        assert placements.get(tx, made.placement_id, audit="test").why.reasons


def test_who_is_chosen_against_a_rule_keeps_the_rule_in_the_record(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    with database.transaction(system("set-up")) as tx:
        listings.record_service(tx, replace(place.services[0], capacity=Capacity.FULL))
    chosen = [place.services[0].id]
    placement_id = triage.offer(database, place.link_worker, made.id, chosen, override="provider-agreed")
    with database.transaction(place.link_worker) as tx:
        why = placements.get(tx, placement_id, audit="test").why
    assert why.against == ("Is full",)
    assert why.override == "provider-agreed"
    assert why.position is None


def test_protected_person_is_suggested_to_professional_and_assured_services_only(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    make_safe(database, place, 1)
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    found = matches(database, place, made)
    assert [name for name, match in found.items() if match.suitable] == ["Clapton Advice"]
    assert "E8" not in str(found)


def test_usual_time_to_answer_is_a_fact_from_five_answers_on(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    for number in range(5):
        with database.transaction(place.link_worker) as tx:
            listed = candidates.list_candidates(tx, PlaceRules(), beside=None)
            of = {each.service.id: each for each in listed}[place.services[0].id]
        assert (of.offered_lately, of.answers.offers if of.answers else 0) == (number, number)
        made = make_referral(database, place)
        clock.advance(days=3)
        delivery.accept(database, place.actor("provider-0"), made.placement_id)
    another = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    reasons = matches(database, place, another)["Dalston Befrienders"].reasons
    assert "Usually answers in 3 days (of 5 offers)" in reasons
    clock.advance(days=200)
    with database.transaction(place.link_worker) as tx:
        assert all(each.answers is None for each in candidates.list_candidates(tx, PlaceRules(), beside=None))


def test_unknown_service_is_refused(database: Database, place: MadePlace, made: MadeReferral) -> None:
    with pytest.raises(Invalid):
        triage.offer(database, place.link_worker, made.id, [uuid4()])


def test_a_lapsed_proof_no_longer_counts(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine, clock: Clock
) -> None:
    make_safe(database, place, 0)
    with admin.connect() as connection:
        connection.execute(text("update referral set safeguarding = true"))
        connection.execute(text("update assurance set valid_until = :day"), {"day": clock.today})
    assert matches(database, place, made)["Dalston Befrienders"].suitable
    clock.advance(days=1)
    (against,) = matches(database, place, made)["Dalston Befrienders"].explanation.against
    assert "this organisation has none" in against
