"""Where a provider has nothing to reach the person by, the team makes the first contact, and both sides are told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.contacts import TeamContact
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import contacts
from app.services.helping import delivery
from app.services.rights import consent
from app.services.shown import views
from app.services.watching import escalating
from app.store import people
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
KIND = "make-first-contact"
FRIDAY = date(2026, 11, 27)
MONDAY = date(2026, 11, 30)
PHONE = "020 7946 0999"


@pytest.fixture
def unreachable(runtime: Runtime, place: MadePlace, clock: Clock) -> MadeReferral:
    """On a Friday somebody without a telephone is offered to a provider."""
    clock.set(FRIDAY, hour=10)
    made = make_referral(runtime.db, place)
    with runtime.db.transaction(system("test")) as tx:
        details = replace(people.get(tx, made.person_id, audit="test").details, phones=(), email=None)
        people.record_details(tx, made.person_id, details, audit="test")
        row = {"id": place.team.id, "phone": PHONE}
        tx.session.execute(
            text("insert into organisation_profile (organisation_id, phone) values (:id, :phone)"), row
        )
    return made


def accept(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)


def days_due(runtime: Runtime, place: MadePlace) -> list[date]:
    found = views.list_tasks(runtime.db, place.link_worker).lines
    return [task.due_on for task in found if task.kind == KIND]


def spoke(runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock, **other: str) -> None:
    told = {"how": "visit", "with_whom": "person", "came_of": "spoke"} | other
    contact = TeamContact(uuid4(), happened_on=clock.today, **told)
    contacts.record(runtime.db, place.link_worker, made.id, contact)


def test_yes_on_the_page_gives_the_team_its_task_and_tells_the_provider_to_wait(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, unreachable: MadeReferral
) -> None:
    provider, path = sign_in("provider-0"), f"/offers/{unreachable.placement_id}"
    assert f"telephone {PHONE}" in provider.get(path).text
    provider.send(f"{path}/accept", at=path)
    page = provider.get(path).text
    assert "Next: wait. Hackney team make the first contact. They will tell you when." in page
    assert f"Their telephone: {PHONE}." in page
    assert "get in touch with the person" not in page
    assert days_due(runtime, place) == [MONDAY]
    worker = sign_in("link-worker")
    today = worker.get("/referrals").text
    assert "make the first contact for it" in today
    assert "For Dalston Befrienders." in today
    assert "by 30 November 2026" in today
    shown = worker.get(f"/referrals/{unreachable.id}").text
    assert "There is 1 thing to do for you" in shown
    assert "For Dalston Befrienders, by 30 November 2026." in shown
    assert "Nothing for you now" not in shown
    found = views.get_referral(runtime.db, place.link_worker, unreachable.id)
    assert found.referral.next_action_on == MONDAY


def test_urgent_first_contact_is_due_on_the_same_day(
    runtime: Runtime, place: MadePlace, unreachable: MadeReferral, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(text("update referral set priority = 'urgent'"))
    accept(runtime, place, unreachable)
    assert days_due(runtime, place) == [FRIDAY]


def test_person_with_a_telephone_is_the_providers_to_reach(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    provider, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    provider.send(f"{path}/accept", at=path)
    page = provider.get(path).text
    assert "Next: get in touch with the person and write it down here." in page
    assert "make the first contact" not in page
    assert days_due(runtime, place) == []
    shown = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "Nothing for you now: it is the provider's turn." in shown


@pytest.mark.parametrize("with_whom", ["person", "carer"])
def test_contact_that_is_written_down_does_the_task_and_the_provider_reads_it(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    unreachable: MadeReferral,
    clock: Clock,
    with_whom: str,
) -> None:
    accept(runtime, place, unreachable)
    spoke(runtime, place, unreachable, clock, came_of="no-answer")
    spoke(runtime, place, unreachable, clock, with_whom="provider")
    assert len(days_due(runtime, place)) == 1
    spoke(runtime, place, unreachable, clock, with_whom=with_whom)
    assert days_due(runtime, place) == []
    page = sign_in("provider-0").get(f"/offers/{unreachable.placement_id}").text
    assert "Hackney team have made the first contact." in page
    assert "They will tell you when" not in page


def test_task_is_done_by_its_button_or_when_the_help_begins_and_stays_through_a_pause(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, unreachable: MadeReferral
) -> None:
    accept(runtime, place, unreachable)
    provider = place.actor("provider-0")
    delivery.pause(runtime.db, provider, unreachable.placement_id, reason="person-away-or-ill")
    (task,) = views.list_tasks(runtime.db, place.link_worker).lines
    delivery.resume(runtime.db, provider, unreachable.placement_id)
    assert days_due(runtime, place) == []
    visitor = sign_in("link-worker")
    assert visitor.send(f"/tasks/{task.id}/done", at="/referrals").status_code == 409


def test_yes_from_a_waiting_list_gives_the_same_task(
    runtime: Runtime, place: MadePlace, unreachable: MadeReferral
) -> None:
    provider = place.actor("provider-0")
    delivery.waitlist(runtime.db, provider, unreachable.placement_id)
    delivery.accept(runtime.db, provider, unreachable.placement_id, asked_again=True)
    assert days_due(runtime, place) == [MONDAY]


def test_provider_is_not_reminded_while_the_team_has_not_made_the_contact(
    runtime: Runtime, place: MadePlace, unreachable: MadeReferral, clock: Clock, admin: Engine
) -> None:
    accept(runtime, place, unreachable)
    clock.advance(days=11)
    escalating.raise_due(runtime.db)
    with admin.connect() as connection:
        raised = connection.execute(text("select matter, told from escalation")).all()
    assert ("first-contact", "provider") not in raised
    assert ("next-action", "owner") in raised


def test_person_who_said_no_is_not_looked_for_a_service(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}"
    assert "Find help" in worker.get(path).text
    consent.record(runtime.db, place.link_worker, made.id, given=False)
    page = worker.get(path).text
    assert "The person said no to a service being told about them" in page
    assert "They agree now: write it down" in page
    assert "Find help" not in page
    assert "choose who to ask" not in page


def test_no_answer_brings_back_what_was_far_off_and_two_calls_of_one_hour_are_one(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    clock.set(FRIDAY, hour=10)
    made = make_referral(runtime.db, place)
    before = views.get_referral(runtime.db, place.link_worker, made.id).referral.next_action_on
    assert before is not None
    assert before > MONDAY
    worker, path = sign_in("link-worker"), f"/referrals/{made.id}"
    for said in ("nobody answered. It comes back", "Calls within one hour count as one attempt."):
        worker.send(f"{path}/contact/no-answer", {"once": str(uuid4())}, at=path)
        assert said in worker.get(path).text
    assert views.get_referral(runtime.db, place.link_worker, made.id).referral.next_action_on == MONDAY


def test_without_a_telephone_no_button_says_that_nobody_answered(
    sign_in: SignIn, unreachable: MadeReferral
) -> None:
    worker, path = sign_in("link-worker"), f"/referrals/{unreachable.id}"
    assert f"{path}/contact/no-answer" not in worker.get(path).html
    refused = worker.send(f"{path}/contact/no-answer", {"once": str(uuid4())}, at=path)
    assert refused.status_code == 409


def test_line_names_attempts_in_vain_before_the_providers_turn(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    clock.set(FRIDAY, hour=9)
    made = make_referral(runtime.db, place)
    for _ in range(3):
        contacts.no_answer(runtime.db, place.link_worker, made.id, uuid4())
        clock.advance(hours=1)
    page = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "No answer, 3 times in a row: choose another way below." in page
    assert "Nothing for you now" not in page
