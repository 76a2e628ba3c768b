"""Nothing waits unseen: each rung once and in order, whatever the clock does, until somebody has acted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.domain.errors import Conflict, Invalid
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery
from app.services.shown import views
from app.services.watching import chasers, escalating
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_message, make_referral, send, sender_for
from tests.integration.watching.conftest import MONDAY


def raised(admin: Engine, made: MadeReferral) -> list[tuple[str, str]]:
    """What was told to whom, in the order in which it was raised."""
    query = "select matter, told from escalation where referral_id = :id order by raised_at, due_at, rung"
    with admin.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"id": made.id})]


def open_rungs(admin: Engine, made: MadeReferral) -> int:
    query = "select count(*) from escalation where referral_id = :id and settled_at is null"
    with admin.connect() as connection:
        return connection.scalar(text(query), {"id": made.id}) or 0


def make_urgent(admin: Engine, made: MadeReferral, **flags: object) -> None:
    values = {"priority": "urgent", "safeguarding": False} | flags
    with admin.connect() as connection:
        query = "update referral set priority = :priority, safeguarding = :safeguarding where id = :id"
        connection.execute(text(query), {**values, "id": made.id})


def mails(admin: Engine) -> list[tuple[str, str]]:
    with admin.connect() as connection:
        query = "select to_address, subject from mail_message order by due_at, subject"
        return [tuple(row) for row in connection.execute(text(query))]


def give_addresses(admin: Engine, place: MadePlace) -> None:
    """The team, the first provider, the practices and the place have an e-mail address."""
    with admin.connect() as connection:
        for number, one in enumerate((place.team, place.providers[0], place.place, *place.practices)):
            connection.execute(
                text("insert into organisation_profile (organisation_id, email) values (:id, :email)"),
                {"id": one.id, "email": f"hello{number}@example.org"},
            )


def test_a_month_later_each_rung_was_raised_once_and_in_order(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    assert escalating.raise_due(database) == 0
    clock.advance(days=31)
    assert escalating.raise_due(database) == 3
    assert escalating.raise_due(database) == 0
    clock.advance(days=31)
    assert escalating.raise_due(database) == 0
    assert raised(admin, made) == [("next-action", told) for told in ("owner", "team", "steward")]


def test_an_urgent_referral_that_nobody_picks_up_reaches_its_practice_the_next_day(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    give_addresses(admin, place)
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    make_urgent(admin, made)
    told = []
    for hours in (0, 2, 2, 2, 20):
        clock.advance(hours=hours)
        escalating.raise_due(database)
        told.append([who for _, who in raised(admin, made)])
    assert [len(each) for each in told] == [0, 1, 2, 3, 4]
    assert told[-1] == ["owner", "team", "steward", "practice"]
    (line,) = escalating.list_for_practice(database, place.actor("practice-0"))
    assert line.referral_id == made.id
    assert escalating.list_for_practice(database, place.actor("practice-1")) == []
    subjects = dict(mails(admin))
    assert set(subjects) == {"hello0@example.org", "hello2@example.org", "hello3@example.org"}
    assert "not picked up" in subjects["hello3@example.org"]


def test_who_takes_it_on_settles_the_ladder_and_its_task(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    clock.advance(days=4)
    escalating.raise_due(database)
    assert [task.kind for task in views.list_tasks(database, place.link_worker).lines] == ["overdue"]
    triage.start(database, place.link_worker, made.id)
    escalating.raise_due(database)
    assert open_rungs(admin, made) == 0
    assert views.list_tasks(database, place.link_worker).lines == []


def test_the_same_referral_overdue_again_climbs_again(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    clock.advance(days=31)
    escalating.raise_due(database)
    triage.start(database, place.link_worker, made.id)
    escalating.raise_due(database)
    clock.advance(days=31)
    assert escalating.raise_due(database) == 3
    assert len(raised(admin, made)) == 6


def test_a_provider_is_recalled_half_way_and_a_day_before_and_then_somebody_else_is_asked(
    runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    give_addresses(admin, place)
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE, services=(0, 1))
    provider = place.provider_of(place.services[0].id)
    seen = []
    for day in range(9):
        clock.set(MONDAY + timedelta(days=day), hour=17)
        jobs.sweep(runtime)
        seen.append(len(chasers.list_for_provider(runtime.db, provider)))
    assert raised(admin, made)[:2] == [("answer", "provider")] * 2
    assert seen == [0, 0, 0, 1, 1, 1, 1, 1, 0]
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert [placement.status for placement in found.placements] == ["expired", "offered"]
    addressed = [to for to, subject in mails(admin) if "please answer" in subject]
    assert addressed == ["hello1@example.org"] * 2


def test_an_urgent_offer_runs_out_the_next_working_day_and_the_next_choice_is_asked(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    make_urgent(admin, made)
    services = [service.id for service in place.services[:2]]
    triage.offer(database, place.link_worker, made.id, services)
    (first,) = views.get_referral(database, place.link_worker, made.id).placements
    assert first.respond_by == MONDAY + timedelta(days=1)
    clock.set(MONDAY + timedelta(days=2), hour=8)
    for placement_id in delivery.overdue(database):
        delivery.expire(database, placement_id)
    _, second = views.get_referral(database, place.link_worker, made.id).placements
    assert second.respond_by == MONDAY + timedelta(days=3)


def accepted(database: Database, place: MadePlace) -> MadeReferral:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    delivery.accept(database, place.actor("provider-0"), made.placement_id)
    return made


def test_a_yes_without_first_contact_asks_the_provider_and_then_the_link_worker(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = accepted(database, place)
    clock.set(MONDAY + timedelta(days=8), hour=10)  # five working days have passed
    escalating.raise_due(database)
    assert raised(admin, made) == [("first-contact", "provider")]
    assert views.list_tasks(database, place.link_worker).lines == []
    clock.set(MONDAY + timedelta(days=10), hour=10)
    escalating.raise_due(database)
    assert ("first-contact", "owner") in raised(admin, made)
    assert [task.kind for task in views.list_tasks(database, place.link_worker).lines] == ["no-first-contact"]
    reached = Contact("phone", True, clock.today, 10, "")
    delivery.record_contact(database, place.actor("provider-0"), made.placement_id, reached)
    escalating.raise_due(database)
    assert open_rungs(admin, made) == 0
    assert views.list_tasks(database, place.link_worker).lines == []


def test_a_silent_provider_is_asked_how_it_is_going_and_one_press_is_an_answer(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = accepted(database, place)
    provider = place.actor("provider-0")
    delivery.start(database, provider, made.placement_id)
    with pytest.raises(Conflict, match="Nobody asks"):
        chasers.say_going_on(database, provider, made.placement_id)
    clock.advance(days=29)
    escalating.raise_due(database)
    (line,) = chasers.list_for_provider(database, provider)
    assert (line.matter, line.placement_id) == ("review", made.placement_id)
    assert chasers.list_for_provider(database, place.actor("provider-1")) == []
    chasers.say_going_on(database, provider, made.placement_id)
    assert chasers.list_for_provider(database, provider) == []
    clock.advance(days=20)
    assert escalating.raise_due(database) == 0
    clock.advance(days=9)
    escalating.raise_due(database)
    assert len(chasers.list_for_provider(database, provider)) == 1


def test_the_owners_next_look_follows_what_the_provider_does(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    looks = [next_look(database, place, made)]
    delivery.accept(database, place.actor("provider-0"), made.placement_id)
    looks.append(next_look(database, place, made))
    delivery.start(database, place.actor("provider-0"), made.placement_id)
    looks.append(next_look(database, place, made))
    assert looks == [date(2026, 11, 9), date(2026, 11, 11), date(2026, 12, 7)]


def next_look(database: Database, place: MadePlace, made: MadeReferral) -> date | None:
    return views.get_referral(database, place.link_worker, made.id).referral.next_action_on


def test_a_routine_reminder_is_put_off_and_comes_back_on_its_day(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = accepted(database, place)
    until = MONDAY + timedelta(days=21)
    chasers.put_off(database, place.link_worker, made.id, until=until, reason="person-away")
    clock.set(until, hour=8)
    assert escalating.raise_due(database) == 0
    clock.set(until + timedelta(days=1), hour=10)
    escalating.raise_due(database)
    assert set(raised(admin, made)) == {("first-contact", "provider"), ("next-action", "owner")}
    chasers.take_up_again(database, place.link_worker, made.id)
    assert chasers.find_put_off(database, place.link_worker, made.id) is None


def test_nobody_is_reminded_on_a_day_on_which_nobody_works(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    clock.set(date(2026, 12, 21), hour=10)
    christmas = date(2026, 12, 25)  # a Friday; Boxing Day's substitute is the Monday
    until = chasers.put_off(database, place.link_worker, made.id, until=christmas, reason="person-away")
    assert until == next_look(database, place, made) == date(2026, 12, 29)


@pytest.mark.parametrize("flags", [{}, {"priority": "routine", "safeguarding": True}])
def test_what_presses_cannot_be_muted_and_wakes_when_it_was(
    database: Database, place: MadePlace, clock: Clock, admin: Engine, flags: dict[str, object]
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    until = MONDAY + timedelta(days=21)
    chasers.put_off(database, place.link_worker, made.id, until=until, reason="person-away")
    make_urgent(admin, made, **flags)
    with pytest.raises(Conflict, match="cannot be put off"):
        chasers.put_off(database, place.link_worker, made.id, until=until, reason="person-away")
    escalating.raise_due(database)
    assert next_look(database, place, made) == MONDAY
    assert chasers.find_put_off(database, place.link_worker, made.id) is None


def test_a_day_in_the_past_and_a_reason_of_ones_own_are_refused_together(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with pytest.raises(Invalid) as refused:
        chasers.put_off(database, place.link_worker, made.id, until=MONDAY, reason="busy")
    assert len(refused.value.problems) == 2


def test_urgent_referrals_stand_first_on_the_list_and_overdue_ones_before_them(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    overdue = make_referral(database, place, ReferralStatus.RECEIVED)
    clock.advance(days=7)
    routine, urgent = (make_referral(database, place, ReferralStatus.RECEIVED) for _ in range(2))
    make_urgent(admin, urgent)
    lines = views.list_referrals(database, place.link_worker).lines
    assert [line.id for line in lines] == [overdue.id, urgent.id, routine.id]
    offers = [make_referral(database, place, ReferralStatus.ACTIVE) for _ in range(2)]
    make_urgent(admin, offers[1])
    shown = views.list_placements(database, place.actor("provider-0")).lines
    assert [(line.id, line.urgent) for line in shown] == [
        (offers[1].placement_id, True),
        (offers[0].placement_id, False),
    ]


def test_a_source_that_hears_nothing_is_not_told_that_nobody_came(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    practice = place.practices[0]
    with admin.connect() as connection:
        query = text(
            "update organisation set source_kind = 'jobcentre', feedback_transport = null,"
            " feedback_address = null where id = :id"
        )
        connection.execute(query, {"id": practice.id})
    body = make_message(practice)
    send(database, body, sender_for(practice))
    with admin.connect() as connection:
        connection.execute(text("update referral set priority = 'urgent'"))
    clock.advance(days=31)
    assert escalating.raise_due(database) == 3
    assert escalating.list_for_practice(database, place.actor("practice-0")) == []
