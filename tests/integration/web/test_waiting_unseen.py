"""On the pages nothing waits unseen: whose it is, what is due, what was put off, and what is not as it must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.helping import delivery
from app.services.shown import views
from app.services.watching import chasers, escalating, invariants
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


def make_urgent(admin: Engine, made: MadeReferral) -> None:
    with admin.connect() as connection:
        connection.execute(text("update referral set priority = 'urgent' where id = :id"), {"id": made.id})


def day_form(runtime: Runtime, days: int, reason: str = "person-away") -> dict[str, object]:
    day = runtime.db.clock().date() + timedelta(days=days)
    return {"until_day": day.day, "until_month": day.month, "until_year": day.year, "reason": reason}


def test_list_says_whose_each_referral_is_and_what_is_due_today(
    sign_in: SignIn, made: MadeReferral, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    look_on = views.get_referral(runtime.db, place.link_worker, made.id).referral.next_action_on
    assert look_on is not None
    clock.set(look_on)  # nobody is due on a day on which nobody works
    page = sign_in("second-link-worker").get("/referrals")
    assert "1 Next look today" in page.text
    assert "Invented link-worker" in page.text


def test_referral_is_taken_over_handed_over_and_given_to_the_duty(
    sign_in: SignIn, made: MadeReferral, place: MadePlace
) -> None:
    path = f"/referrals/{made.id}"
    second = sign_in("second-link-worker")
    assert "Looked after by: Invented link-worker" in second.get(path).text
    assert second.send(f"{path}/take-over", at=path).status_code == 303
    page = second.get(path)
    assert "Looked after by: Invented second-link-worker" in page.text
    assert f"{path}/take-over" not in page.posts
    asked = second.get(f"{path}/hand-over")
    assert "Invented link-worker, looks after 0" in asked.text
    assert "Invented other-link-worker" not in asked.text
    assert second.send(f"{path}/hand-over", {"owner": "duty"}).status_code == 303
    assert "Looked after by: Duty" in second.get(path).text


@pytest.mark.parametrize("chosen", ["", "nobody", "other-link-worker"])
def test_a_hand_over_to_nobody_is_refused_beside_its_field(
    sign_in: SignIn, made: MadeReferral, place: MadePlace, chosen: str
) -> None:
    whom = place.actor(chosen).user_id if chosen == "other-link-worker" else chosen
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/hand-over", {"owner": whom})
    assert answer.status_code == 400
    assert 'href="#owner"' in answer.text


def test_routine_referral_is_put_off_with_a_reason_and_taken_up_again(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral
) -> None:
    path = f"/referrals/{made.id}"
    worker = sign_in("link-worker")
    assert worker.send(f"{path}/look-again", day_form(runtime, 14)).status_code == 303
    assert "Put off: the person is away or ill." in worker.get(path).text
    assert worker.send(f"{path}/look-today", at=path).status_code == 303
    assert "Put off" not in worker.get(path).text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Enter the day as numbers"),
        ({"until_day": 31, "until_month": 2, "until_year": 2027, "reason": "person-away"}, "Enter the day"),
        ({"until_day": 1, "until_month": 2, "until_year": 2020, "reason": "person-away"}, "after today"),
        ({"until_day": 1, "until_month": 2, "until_year": 2020}, "Choose why it can wait"),
    ],
)
def test_what_is_wrong_with_a_day_is_said_beside_it(
    sign_in: SignIn, made: MadeReferral, form: dict[str, object], says: str
) -> None:
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/look-again", form)
    assert answer.status_code == 400
    assert says in answer.text


def test_urgent_referral_offers_no_putting_off_and_refuses_it(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral, admin: Engine
) -> None:
    make_urgent(admin, made)
    path = f"/referrals/{made.id}"
    worker = sign_in("link-worker")
    assert f"{path}/look-again" not in worker.get(path).links
    answer = worker.send(f"{path}/look-again", day_form(runtime, 14))
    assert answer.status_code == 409
    assert answer.text.count("its reminders cannot be put off") == 2


def test_overdue_referral_says_on_the_list_who_was_told(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral, clock: Clock
) -> None:
    clock.advance(days=20)
    escalating.raise_due(runtime.db)
    worker = sign_in("link-worker").get("/referrals")
    assert "1 Overdue" in worker.text
    assert "Told: the team and the steward." in worker.text
    assert "its owner has not looked at it" in worker.text


def test_steward_sees_the_team_to_ring_by_the_reference_alone(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    reference = views.get_referral(runtime.db, place.link_worker, made.id).referral.reference
    clock.advance(days=20)
    escalating.raise_due(runtime.db)
    page = sign_in("steward").get("/attention")
    assert "Teams to ring" in page.text
    assert reference in page.text
    assert place.team.name in page.text
    assert "Okonkwo" not in page.text


def test_breach_stands_on_the_stewards_page_and_one_press_mends_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    with admin.connect() as connection:
        connection.execute(text("update placement set status = 'withdrawn', ended_at = now()"))
    invariants.watch(runtime.db)
    steward = sign_in("steward")
    path = f"/attention/breaches/nothing-going-on/{made.id}/mend"
    assert path in steward.get("/attention").posts
    assert steward.send(path, at="/attention").location == "/attention"
    page = steward.get("/attention")
    assert "It is mended." in page.text
    assert "every open referral has an owner and a next date" in page.text
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    steward.send(path, at="/attention")
    assert "nothing is left to mend" in steward.get("/attention").text


def test_page_says_when_nobody_proves_anything(sign_in: SignIn, place: MadePlace) -> None:
    assert "is it running?" in sign_in("steward").get("/attention").text


def test_breaches_are_mended_by_the_steward_alone_and_by_their_names(
    sign_in: SignIn, made: MadeReferral
) -> None:
    path = f"/attention/breaches/no-owner/{made.id}/mend"
    assert sign_in("link-worker").send(path, at="/referrals").status_code == 403


def test_provider_is_asked_how_it_is_going_and_answers_with_one_press(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    provider = place.actor("provider-0")
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.start(runtime.db, provider, made.placement_id)
    clock.advance(days=35)
    escalating.raise_due(runtime.db)
    visitor = sign_in("provider-0")
    page = visitor.get("/offers")
    path = f"/offers/{made.placement_id}/going-on"
    assert "How is it going?" in page.text
    assert path in page.posts
    assert visitor.send(path, at="/offers").location == "/offers"
    assert path not in visitor.get("/offers").posts
    assert chasers.list_for_provider(runtime.db, provider) == []


def test_practice_reads_that_nobody_picked_its_urgent_referral_up_and_whom_to_ring(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    make_urgent(admin, made)
    with admin.connect() as connection:
        words = "insert into organisation_profile (organisation_id, phone) values (:id, '020 7946 0101')"
        connection.execute(text(words), {"id": place.team.id})
    practice = sign_in("practice-0")
    assert "Nobody has picked this up" not in practice.get("/loops").text
    clock.advance(days=5)
    escalating.raise_due(runtime.db)
    practice = sign_in("practice-0")
    page = practice.get("/loops")
    assert "Nobody has picked this up yet" in page.text
    assert "020 7946 0101" in page.text
