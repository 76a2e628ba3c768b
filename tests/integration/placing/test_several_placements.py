"""Several placements of one referral: asked at once or in turn, each with its own plan, told each for itself."""

from __future__ import annotations

import pytest

from app.domain.errors import Conflict, Invalid
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.services.caring import endings, offering, triage
from app.services.caring.endings import Ending
from app.services.caring.offering import Asking
from app.services.feedback.outcome_report import report_of
from app.services.helping import delivery
from app.services.shown import views
from app.store import directory, referrals
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.practice_post import READER

AT_ONCE = Asking(at_once=True)


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.IN_TRIAGE)


def statuses(database: Database, place: MadePlace, made: MadeReferral) -> list[str]:
    found = views.get_referral(database, place.link_worker, made.id)
    return [each.status for each in found.placements]


def status(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(database, place.link_worker, made.id).referral.status


def test_all_that_are_asked_at_once_have_an_offer_each(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [each.id for each in place.services]
    assert len(offering.ask(database, place.link_worker, made.id, ids, AT_ONCE)) == 3
    assert statuses(database, place, made) == [PlacementStatus.OFFERED] * 3


def test_no_of_one_leaves_the_others_as_they_are(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [each.id for each in place.services[:2]]
    first, second = offering.ask(database, place.link_worker, made.id, ids, AT_ONCE)
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    assert status(database, place, made) == ReferralStatus.ACTIVE
    delivery.decline(database, place.actor("provider-1"), second, reason="22")
    assert status(database, place, made) == ReferralStatus.IN_TRIAGE


def test_further_service_can_be_asked_beside_an_offer_that_waits(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    zero, one, two = (each.id for each in place.services)
    first = triage.offer(database, place.link_worker, made.id, [zero, two])
    with pytest.raises(Conflict, match="still waiting"):
        triage.offer(database, place.link_worker, made.id, [one])
    (second,) = offering.ask(database, place.link_worker, made.id, [one], AT_ONCE)
    delivery.accept(database, place.actor("provider-1"), second)
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    assert statuses(database, place, made) == ["declined", "accepted", "offered"], "its own plan was followed"


def test_plan_goes_on_behind_the_one_that_was_asked_from_it(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    first = triage.offer(database, place.link_worker, made.id, [each.id for each in place.services])
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    second = views.get_referral(database, place.link_worker, made.id).placements[-1].id
    delivery.decline(database, place.actor("provider-1"), second, reason="22")
    assert statuses(database, place, made) == ["declined", "declined", "offered"]


def test_service_that_has_the_referral_is_not_asked_twice(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    zero, one, _ = (each.id for each in place.services)
    triage.offer(database, place.link_worker, made.id, [zero])
    with pytest.raises(Invalid) as refused:
        offering.ask(database, place.link_worker, made.id, [zero, one], AT_ONCE)
    assert [(each.field, each.code) for each in refused.value.problems] == [("service_ids", "business-rule")]
    assert statuses(database, place, made) == [PlacementStatus.OFFERED]


def test_planned_service_that_has_the_referral_by_then_is_passed_over(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    zero, one, _ = (each.id for each in place.services)
    first = triage.offer(database, place.link_worker, made.id, [zero, one])
    offering.ask(database, place.link_worker, made.id, [one], AT_ONCE)
    delivery.decline(database, place.actor("provider-0"), first, reason="22")
    assert statuses(database, place, made) == ["declined", "offered"]


def test_waiting_list_of_one_does_not_hide_that_another_helps(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    ids = [each.id for each in place.services[:2]]
    first, second = offering.ask(database, place.link_worker, made.id, ids, AT_ONCE)
    delivery.accept(database, place.actor("provider-0"), first)
    delivery.waitlist(database, place.actor("provider-1"), second)
    assert status(database, place, made) == ReferralStatus.ACTIVE


def test_somebody_on_a_waiting_list_can_be_offered_elsewhere(database: Database, place: MadePlace) -> None:
    waits = make_referral(database, place, ReferralStatus.WAITING)
    triage.offer(database, place.link_worker, waits.id, [place.services[1].id])
    assert statuses(database, place, waits) == ["waitlisted", "offered"]


def test_referral_ends_with_the_last_placement_and_the_report_tells_each_part(
    database: Database, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    ids = [each.id for each in place.services[:2]]
    asked = offering.ask(database, place.link_worker, made.id, ids, AT_ONCE)
    better = Ending(Outcome(OutcomeState.BETTER, "Goes every week.", ""))
    for number, placement_id in enumerate(asked):
        provider = place.actor(f"provider-{number}")
        delivery.accept(database, provider, placement_id)
        delivery.record_contact(database, provider, placement_id, Contact("phone", True, clock.today, 5, ""))
    endings.complete(database, place.actor("provider-0"), asked[0], better)
    assert status(database, place, made) == ReferralStatus.ACTIVE
    clock.advance(minutes=1)
    no_change = Ending(Outcome(OutcomeState.NO_CHANGE, "Debts are as they were.", ""))
    endings.complete(database, place.actor("provider-1"), asked[1], no_change)
    assert status(database, place, made) == ReferralStatus.COMPLETED
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, made.id, audit="test")
        practice = directory.get_organisation(tx, referral.requester_id)
        summary = report_of(tx, referral, practice, audit="test").summary
    assert "Debts are as they were." in summary
    assert "Dalston Befrienders service (Dalston Befrienders): Things are better for the person" in summary
