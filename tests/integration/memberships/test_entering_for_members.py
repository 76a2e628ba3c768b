"""An anchor enters for its members where they agreed, a link worker for a group on the phone; nobody sees more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.memberships import Agreement
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.caring import endings
from app.services.directory import directory_entries, memberships
from app.services.helping import delivery
from app.services.shown import views
from app.store import placements
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, make_ending, make_referral
from tests.integration.memberships.conftest import Agree
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def anchor_for_member(place: MadePlace) -> Actor:
    """Somebody of the second provider who enters for the first."""
    own = place.actor("provider-1")
    return replace(own, organisation_id=place.providers[0].id, entered_by=own.organisation_id)


def enter(visitor: Visitor, place: MadePlace, member: int = 0) -> int:
    return visitor.send(f"/entering/{place.providers[member].id}", at="/agreements").status_code


def test_anchor_says_yes_for_a_member_and_both_are_written_down(
    sign_in: SignIn, agree: Agree, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    agree("record")
    made = make_referral(runtime.db, place)
    anchor = sign_in("provider-1")
    assert enter(anchor, place) == 303
    page = anchor.get(f"/offers/{made.placement_id}")
    assert "You enter for Dalston Befrienders." in page.text
    assert (
        anchor.send(f"/offers/{made.placement_id}/accept", at=f"/offers/{made.placement_id}").status_code
        == 303
    )
    with admin.connect() as connection:
        step = connection.execute(text("select * from transition where action = 'accept'")).mappings().one()
        query = text("select * from audit_event where act = 'accept' and role = 'provider'")
        line = connection.execute(query).mappings().first()
    assert (step["organisation_id"], step["entered_by_id"]) == (place.providers[0].id, place.providers[1].id)
    assert step["user_id"] == place.accounts["provider-1"].id
    assert line is not None
    assert line["organisation_id"] == place.providers[0].id
    assert line["detail"]["entered_by"] == str(place.providers[1].id)
    told_member = sign_in("provider-0").get(f"/offers/{made.placement_id}").text
    told_team = sign_in("link-worker").get(f"/referrals/{made.id}").text
    told_practice = sign_in("practice-0").get(f"/loops/{made.id}").text
    assert "Clapton Advice for Dalston Befrienders" in told_member
    assert "Clapton Advice for Dalston Befrienders" in told_team
    heard = [step.by for step in views.get_loop(runtime.db, place.actor("practice-0"), made.id).timeline]
    assert "Dalston Befrienders" in heard
    assert "Clapton" not in told_practice + " ".join(heard)


def test_an_agreement_to_look_changes_nothing(
    sign_in: SignIn, agree: Agree, runtime: Runtime, place: MadePlace
) -> None:
    agree("see")
    made = make_referral(runtime.db, place)
    anchor = sign_in("provider-1")
    enter(anchor, place)
    assert "You may look" in anchor.get(f"/offers/{made.placement_id}").text
    answer = anchor.send(f"/offers/{made.placement_id}/accept", at=f"/offers/{made.placement_id}")
    assert answer.status_code == 403
    assert (
        views.get_placement(runtime.db, place.actor("provider-0"), made.placement_id).summary.status
        == "offered"
    )


def test_the_database_itself_lets_nobody_enter_who_may_only_look(
    agree: Agree, runtime: Runtime, place: MadePlace, anchor_for_member: Actor
) -> None:
    agree("see")
    made = make_referral(runtime.db, place)
    with pytest.raises(NotFound):
        delivery.accept(runtime.db, anchor_for_member, made.placement_id)


@pytest.mark.parametrize("kinds", [("directory",), ()])
def test_without_word_on_people_nobody_is_seen(
    kinds: tuple[str, ...],
    sign_in: SignIn,
    agree: Agree,
    runtime: Runtime,
    place: MadePlace,
    anchor_for_member: Actor,
) -> None:
    if kinds:
        agree(*kinds)
    made = make_referral(runtime.db, place)
    assert enter(sign_in("provider-1"), place) == 404
    assert views.list_placements(runtime.db, anchor_for_member).lines == []
    with pytest.raises(NotFound):
        views.get_placement(runtime.db, anchor_for_member, made.placement_id)


def test_the_database_itself_keeps_other_anchors_out(
    agree: Agree, runtime: Runtime, place: MadePlace, anchor_for_member: Actor
) -> None:
    agree("record")
    made = make_referral(runtime.db, place)
    assert views.get_placement(runtime.db, anchor_for_member, made.placement_id).person.name
    other = replace(anchor_for_member, entered_by=place.providers[2].id)
    with pytest.raises(NotFound):
        views.get_placement(runtime.db, other, made.placement_id)
    foreign = replace(anchor_for_member, organisation_id=place.providers[2].id)
    theirs = make_referral(runtime.db, place, services=(2,))
    with pytest.raises(NotFound):
        views.get_placement(runtime.db, foreign, theirs.placement_id)


def test_an_agreement_widens_nothing_of_the_anchors_own(
    agree: Agree, runtime: Runtime, place: MadePlace
) -> None:
    agree("record", "directory")
    made = make_referral(runtime.db, place)
    own = place.actor("provider-1")
    assert views.list_placements(runtime.db, own).lines == []
    its_system = Actor(Role.PROVIDER, own.organisation_id, process="client")
    with runtime.db.transaction(its_system) as tx, pytest.raises(NotFound):
        placements.get(tx, made.placement_id, audit="read over FHIR")


def test_a_members_own_members_stay_its_own(sign_in: SignIn, agree: Agree, place: MadePlace) -> None:
    agree("record")  # 1 enters for 0
    agree("record", anchor=0, member=2)
    anchor = sign_in("provider-1")
    assert enter(anchor, place, member=2) == 404
    enter(anchor, place)
    assert anchor.send(f"/entering/{place.providers[2].id}", at="/offers").status_code == 404


def test_leaving_counts_at_the_next_request(
    sign_in: SignIn, agree: Agree, runtime: Runtime, place: MadePlace
) -> None:
    membership_id = agree("record")
    made = make_referral(runtime.db, place)
    anchor, member = sign_in("provider-1"), sign_in("provider-0")
    enter(anchor, place)
    page = anchor.get(f"/offers/{made.placement_id}")
    member.send(f"/agreements/{membership_id}/end", at="/agreements")
    late = anchor.client.post(f"/offers/{made.placement_id}/accept", data={"csrf_token": page.token})
    assert late.location.endswith("/entering/over")
    assert anchor.send("/entering/stop", at="/entering/over").status_code == 303
    assert "You enter for" not in anchor.get("/offers").text
    assert (
        views.get_placement(runtime.db, place.actor("provider-0"), made.placement_id).summary.status
        == "offered"
    )


def test_an_agreement_runs_out_by_itself(
    runtime: Runtime, place: MadePlace, clock: Clock, anchor_for_member: Actor
) -> None:
    sides = (place.providers[1].id, place.providers[0].id)
    told = Agreement(*sides, ("see",), clock.today, "the chair", "letter", until=clock.today)
    memberships.record(runtime.db, place.actor("steward"), told)
    made = make_referral(runtime.db, place)
    assert views.get_placement(runtime.db, anchor_for_member, made.placement_id).person.name
    clock.advance(days=1)
    with pytest.raises(NotFound):
        views.get_placement(runtime.db, anchor_for_member, made.placement_id)


def test_anchor_keeps_the_directory_entry_where_that_is_agreed(
    agree: Agree, runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    own, service = place.actor("provider-1"), place.services[0].id
    with pytest.raises(NotAllowed):
        directory_entries.confirm_entry(runtime.db, own, service)
    agree("directory")
    directory_entries.confirm_entry(runtime.db, own, service)
    assert "Dalston Befrienders: you enter this for them" in sign_in("provider-1").get("/services").text


def test_seeing_people_is_no_word_on_the_directory(
    agree: Agree, runtime: Runtime, place: MadePlace, anchor_for_member: Actor
) -> None:
    agree("record")
    with pytest.raises(NotAllowed):
        directory_entries.confirm_entry(runtime.db, anchor_for_member, place.services[0].id)


def test_link_worker_enters_for_a_group_that_rang(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place)
    elsewhere = make_referral(runtime.db, place, practice=place.other_practice, at=ReferralStatus.RECEIVED)
    worker = sign_in("link-worker")
    enter = f"/referrals/{made.id}/offers/{made.placement_id}/enter"
    started = worker.send(enter, {"told_by": "Pat Ng"})
    assert started.location.endswith(f"/offers/{made.placement_id}")
    page = f"/offers/{made.placement_id}"
    assert worker.send(f"{page}/accept", at=page).status_code == 303
    day = clock.today
    told = {"channel": "phone", "reached": "yes", "happened_on_day": day.day, "happened_on_month": day.month}
    contact = told | {"happened_on_year": day.year, "note": ""}
    assert worker.send(f"{page}/contact", contact).status_code == 303
    assert worker.send(f"{page}/outcome", {"outcome": "better", "summary": "Came."}).status_code == 303
    assert worker.send("/entering/stop", at=page).status_code == 303
    text_ = worker.get(f"/referrals/{made.id}").text
    assert "Invented link-worker for Dalston Befrienders" in text_
    assert elsewhere.placement_id is None


def test_another_team_cannot_enter_for_the_same_group(runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    worker = place.actor("other-link-worker")
    posing = Actor(
        Role.PROVIDER, place.providers[0].id, user_id=worker.user_id, entered_by=worker.organisation_id
    )
    with pytest.raises(NotFound):
        delivery.accept(runtime.db, posing, made.placement_id)
    assert views.list_placements(runtime.db, posing).lines == []


def test_only_the_steward_writes_an_agreement(runtime: Runtime, place: MadePlace, clock: Clock) -> None:
    sides = (place.providers[1].id, place.providers[0].id)
    told = Agreement(*sides, ("record",), clock.today, "me", "phone")
    with pytest.raises(NotAllowed):
        memberships.record(runtime.db, place.actor("provider-1"), told)
    practice = replace(told, anchor_id=place.practices[0].id)
    with pytest.raises(Invalid):
        memberships.record(runtime.db, place.actor("steward"), practice)
    memberships.record(runtime.db, place.actor("steward"), told)
    with pytest.raises(Conflict):
        memberships.record(runtime.db, place.actor("steward"), told)


def test_nobody_else_ends_or_sees_an_agreement(agree: Agree, runtime: Runtime, place: MadePlace) -> None:
    membership_id = agree("record")
    assert isinstance(membership_id, UUID)
    with pytest.raises(NotFound):
        memberships.end(runtime.db, place.actor("provider-2"), membership_id)
    own = memberships.list_own(runtime.db, place.actor("provider-2"))
    assert (own.as_anchor, own.as_member) == ((), ())


def test_anchor_writes_contact_and_outcome_by_the_same_rules(
    agree: Agree, runtime: Runtime, place: MadePlace, clock: Clock, anchor_for_member: Actor
) -> None:
    agree("record")
    made = make_referral(runtime.db, place)
    with pytest.raises(Conflict):
        endings.complete(runtime.db, anchor_for_member, made.placement_id, make_ending(clock.today))
    delivery.accept(runtime.db, anchor_for_member, made.placement_id)
    contact = Contact("session", True, clock.today, 60, "")
    delivery.record_contact(runtime.db, anchor_for_member, made.placement_id, contact)
    endings.complete(runtime.db, anchor_for_member, made.placement_id, make_ending(clock.today))
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.COMPLETED


def test_steward_writes_and_ends_an_agreement_on_the_page(
    sign_in: SignIn, place: MadePlace, clock: Clock, runtime: Runtime
) -> None:
    steward, day = sign_in("steward"), clock.today
    assert "appears here" in steward.get("/memberships").text
    refused = steward.send("/memberships", {"agreed_on_day": "40"})
    assert refused.status_code == 400
    told = {"anchor": place.providers[1].id, "member": place.providers[0].id, "kinds": ["see", "record"]}
    word = {"agreed_by": "the treasurer", "agreed_how": "phone"}
    when = {"agreed_on_day": day.day, "agreed_on_month": day.month, "agreed_on_year": day.year}
    assert steward.send("/memberships", told | word | when).status_code == 303
    assert "the treasurer, on the telephone" in steward.get("/memberships").text
    (line,) = memberships.list_all(runtime.db, place.actor("steward"))
    assert steward.send(f"/memberships/{line.id}/end", at="/memberships").status_code == 303
    assert "by the steward" in steward.get("/memberships").text
