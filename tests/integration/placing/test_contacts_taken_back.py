"""A provider takes a contact back that was written down by mistake: it counts no more, and stays in the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.contacts import PERSON, SPOKE, TeamContact
from app.domain.lifecycle import PlacementStatus
from app.runtime import Runtime
from app.services.caring import contacts, triage
from app.services.helping import delivery
from app.services.shown import views
from app.store import completeness, directory, outcomes, payments
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral, make_service
from tests.integration.web.conftest import Visitor, sign_in

__all__ = ["sign_in"]
SignIn = Callable[[str], Visitor]
NOTE = "Rang somebody else of the same name."


@pytest.fixture
def helping(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    return made


@pytest.fixture
def wrong(runtime: Runtime, place: MadePlace, helping: MadeReferral, clock: Clock) -> UUID:
    """A contact at a session, which started the help, and that never was."""
    contact = Contact("session", True, clock.today, 20, NOTE, id=uuid4())
    delivery.record_contact(runtime.db, place.actor("provider-0"), helping.placement_id, contact)
    assert contact.id is not None
    return contact.id


def press(visitor: Visitor, made: MadeReferral, contact_id: UUID) -> int:
    page = f"/offers/{made.placement_id}"
    return visitor.send(f"{page}/contacts/{contact_id}/take-back", at=page).status_code


def test_contact_counts_no_more_and_both_sides_read_that_it_was_taken_back(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, wrong: UUID
) -> None:
    provider, page = sign_in("provider-0"), f"/offers/{helping.placement_id}"
    assert f"{wrong}/take-back" in provider.get(page).html
    assert press(provider, helping, wrong) == 303
    seen = provider.get(page)
    assert "Taken back on" in seen.text
    assert NOTE in seen.text
    assert f"{wrong}/take-back" not in seen.html
    of_team = sign_in("link-worker").get(f"/referrals/{helping.id}").text
    assert "Taken back on" in of_team
    with runtime.db.transaction(place.link_worker) as tx:
        assert outcomes.count_contacts(tx, helping.id) == 0
    found = views.get_placement(runtime.db, place.actor("provider-0"), helping.placement_id)
    assert (found.contacts, found.summary.status) == ((), PlacementStatus.STARTED)


def test_taking_it_back_again_is_refused_and_it_says_who_did_it_in_the_audit(
    sign_in: SignIn, place: MadePlace, helping: MadeReferral, wrong: UUID, admin: Engine
) -> None:
    provider = sign_in("provider-0")
    assert [press(provider, helping, wrong) for _ in range(2)] == [303, 409]
    with admin.connect() as connection:
        by = connection.execute(text("select taken_back_by from contact")).scalar_one()
        acts = "select person_id from audit_event where act = 'take contact back' and subject = 'contact'"
        assert connection.execute(text(acts)).scalars().all() == [helping.person_id]
    assert by == place.accounts["provider-0"].id


def test_nobody_takes_back_what_is_another_groups_or_the_teams(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, wrong: UUID, clock: Clock
) -> None:
    stranger = sign_in("provider-1")
    form = {"csrf_token": stranger.get("/offers").token}
    path = f"/offers/{helping.placement_id}/contacts/{wrong}/take-back"
    assert stranger.client.post(path, data=form).status_code == 404
    own = make_referral(runtime.db, place, services=(0,))
    provider = sign_in("provider-0")
    assert press(provider, own, wrong) == 404  # of another of its placements
    assert press(provider, own, uuid4()) == 404
    worker, page = sign_in("link-worker"), f"/referrals/{helping.id}"
    assert worker.send(f"{page}/contacts/{wrong}/take-back", at=page).status_code == 404
    with runtime.db.transaction(place.link_worker) as tx:
        assert outcomes.count_contacts(tx, helping.id) == 1


def test_a_group_takes_back_no_contact_of_the_team_about_the_same_person(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, clock: Clock
) -> None:
    rang = TeamContact(uuid4(), "phone", PERSON, SPOKE, clock.today)
    contacts.record(runtime.db, place.link_worker, helping.id, rang)
    assert press(sign_in("provider-0"), helping, rang.id) == 404
    with runtime.db.transaction(place.link_worker) as tx:
        assert outcomes.count_contacts(tx, helping.id) == 1


def test_a_group_takes_back_by_one_offer_no_contact_of_another_for_the_same_person(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, wrong: UUID
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        another = make_service(place.providers[0])
        directory.add_service(tx, another)
    again = triage.offer(runtime.db, place.link_worker, helping.id, [another.id])
    assert press(sign_in("provider-0"), replace(helping, placement_id=again), wrong) == 404
    with runtime.db.transaction(place.link_worker) as tx:
        assert outcomes.count_contacts(tx, helping.id) == 1


def test_the_owner_looks_again_when_they_would_have_without_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, wrong: UUID, clock: Clock
) -> None:
    def looks_on() -> date | None:
        return views.get_referral(runtime.db, place.link_worker, helping.id).referral.next_action_on

    before = looks_on()
    clock.advance(days=10)
    later = Contact("session", True, clock.today, 20, NOTE, id=uuid4())
    delivery.record_contact(runtime.db, place.actor("provider-0"), helping.placement_id, later)
    assert before is not None
    assert (looks_on() or before) > before, "they were heard of meanwhile"
    assert later.id is not None
    press(sign_in("provider-0"), helping, later.id)
    assert looks_on() == before


def test_it_is_no_session_that_is_paid_and_no_contact_that_the_record_holds(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helping: MadeReferral, wrong: UUID
) -> None:
    def came_on() -> int:
        with runtime.db.transaction(system("test")) as tx:
            return len(payments._came_on(tx, [helping.placement_id])[helping.placement_id])

    def lacks() -> frozenset[str]:
        with runtime.db.transaction(place.actor("provider-0")) as tx:
            (case,) = completeness.list_placements(tx, since=datetime.min.replace(tzinfo=UTC), audit="test")
        return case.lacks

    assert (came_on(), "contacts" in lacks()) == (1, False)
    press(sign_in("provider-0"), helping, wrong)
    assert (came_on(), "contacts" in lacks()) == (0, True)
