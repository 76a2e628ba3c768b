"""The proof finds each thing that must not be, however it came about, says so where it is seen, and mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from app import create_app, jobs
from app.domain.errors import Conflict, NotAllowed
from app.domain.invariants import Breach, Invariant
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import ownership
from app.services.shown import views
from app.services.watching import invariants
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.factories import MadePlace, MadeReferral, make_message, make_referral, send, sender_for


def run_sql(admin: Engine, words: str, **values: object) -> None:
    with admin.connect() as connection:
        connection.execute(text(words), values)


@contextmanager
def without(admin: Engine, constraint: str) -> Iterator[None]:
    """What the database itself would refuse, done all the same."""
    query = text("select pg_get_constraintdef(oid) from pg_constraint where conname = :name")
    with admin.connect() as connection:
        rule = connection.scalar(query, {"name": constraint})
    run_sql(admin, f"alter table referral drop constraint {constraint}")
    try:
        yield
    finally:
        run_sql(admin, "update referral set next_action_on = current_date where next_action_on is null")
        run_sql(admin, "update referral set on_duty = owner_id is null")
        run_sql(admin, f"alter table referral add constraint {constraint} {rule}")


def forget_owner(admin: Engine, place: MadePlace, made: MadeReferral) -> UUID:
    run_sql(admin, "update user_account set active = false where username = 'link-worker'")
    return made.id


def expire_by_hand(admin: Engine, place: MadePlace, made: MadeReferral) -> UUID:
    run_sql(admin, "update placement set respond_by = respond_by - 30 where id = :id", id=made.placement_id)
    assert made.placement_id
    return made.placement_id


def lose_placement(admin: Engine, place: MadePlace, made: MadeReferral) -> UUID:
    run_sql(
        admin,
        "update placement set status = 'withdrawn', ended_at = now() where id = :id",
        id=made.placement_id,
    )
    return made.id


def overlook(admin: Engine, place: MadePlace, made: MadeReferral) -> UUID:
    run_sql(admin, "update referral set next_action_on = next_action_on - 30 where id = :id", id=made.id)
    return made.id


BROKEN: list[tuple[Invariant, Callable[[Engine, MadePlace, MadeReferral], UUID]]] = [
    (Invariant.NO_OWNER, forget_owner),
    (Invariant.PAST_EXPIRY, expire_by_hand),
    (Invariant.NOTHING_GOING_ON, lose_placement),
    (Invariant.OVERDUE_UNSEEN, overlook),
]


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1))


def test_a_place_where_all_goes_well_has_no_breach(database: Database, place: MadePlace) -> None:
    for status in ReferralStatus:
        make_referral(database, place, status)
    run = invariants.prove(database)
    assert run.breaches == ()
    assert run.checked >= 4


@pytest.mark.parametrize(("invariant", "break_it"), BROKEN)
def test_what_is_broken_is_found_shown_and_mended(
    database: Database,
    place: MadePlace,
    made: MadeReferral,
    admin: Engine,
    invariant: Invariant,
    break_it: Callable[[Engine, MadePlace, MadeReferral], UUID],
) -> None:
    breach = Breach(invariant, break_it(admin, place, made))
    steward = place.actor("steward")
    assert breach in invariants.prove(database).breaches
    assert breach in (invariants.find_watch(database, steward).run or invariants.prove(database)).breaches
    invariants.mend(database, steward, invariant, breach.subject_id)
    assert breach not in invariants.prove(database).breaches
    with pytest.raises(Conflict, match="not so any more"):
        invariants.mend(database, steward, invariant, breach.subject_id)


def test_an_open_referral_without_a_next_date_is_refused_by_the_database_and_found_where_it_is_not(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    with pytest.raises(Exception, match="open_has_next_action"):
        run_sql(admin, "update referral set next_action_on = null where id = :id", id=made.id)
    with without(admin, "ck_referral_open_has_next_action"):
        run_sql(admin, "update referral set next_action_on = null where id = :id", id=made.id)
        assert Breach(Invariant.NO_NEXT_ACTION, made.id) in invariants.prove(database).breaches
        invariants.mend(database, place.actor("steward"), Invariant.NO_NEXT_ACTION, made.id)
        assert invariants.prove(database).breaches == ()


def test_an_open_referral_that_is_nobodys_is_refused_by_the_database_and_found_where_it_is_not(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    nobodys = "update referral set owner_id = null, on_duty = false where id = :id"
    with pytest.raises(Exception, match="open_has_owner"):
        run_sql(admin, nobodys, id=made.id)
    with without(admin, "ck_referral_open_has_owner"):
        run_sql(admin, nobodys, id=made.id)
        assert Breach(Invariant.NO_OWNER, made.id) in invariants.prove(database).breaches
        invariants.mend(database, place.actor("steward"), Invariant.NO_OWNER, made.id)
        assert invariants.prove(database).breaches == ()


def test_a_parked_message_on_no_list_is_found_and_put_on_it(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    practice = place.practices[0]
    run_sql(admin, "update organisation set ods = 'A81098' where id = :id", id=practice.id)
    send(database, make_message(practice), sender_for(practice))
    assert invariants.prove(database).breaches == ()
    run_sql(admin, "update task set done_at = now()")
    (breach,) = invariants.prove(database).breaches
    assert breach.invariant is Invariant.PARKED_UNSEEN
    invariants.mend(database, place.actor("steward"), breach.invariant, breach.subject_id)
    assert [task.kind for task in views.list_tasks(database, place.actor("steward")).lines] == [
        "parked-message"
    ]


def test_a_message_that_nobody_carries_is_found_and_its_carrier_woken(
    database: Database, place: MadePlace, clock: Clock, woken: Woken
) -> None:
    make_referral(database, place, ReferralStatus.COMPLETED)
    (outbox_id,) = woken.ids
    assert invariants.prove(database).breaches == ()
    clock.advance(minutes=20)
    assert invariants.prove(database).breaches == (Breach(Invariant.OUTBOX_LATE, outbox_id),)
    woken.ids.clear()
    invariants.mend(database, place.actor("steward"), Invariant.OUTBOX_LATE, outbox_id)
    assert woken.ids == [outbox_id]


def test_a_message_that_was_to_be_answered_later_and_never_was_is_found(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    job_id = uuid4()
    run_sql(
        admin,
        "insert into api_client (id, name, organisation_id, jwks, scopes, dialect, active, practices)"
        " values ('gp', 'GP', :org, '{}', '{}', 'bars', true, '{}')",
        org=place.place.id,
    )
    run_sql(
        admin,
        "insert into async_job (id, kind, client_id, digest, data_key, key_id, status, progress, attempts,"
        " next_attempt_at, created_at, ends_at) values (:id, 'message', 'gp', '', '', 'k1', 'waiting', '', 0,"
        " :at, :at, :at)",
        id=job_id,
        at=clock.now,
    )
    assert invariants.prove(database).breaches == ()
    clock.advance(hours=2)
    assert invariants.prove(database).breaches == (Breach(Invariant.MESSAGE_UNANSWERED, job_id),)


def test_a_team_without_people_is_told_with_what_to_do_and_no_button(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    run_sql(admin, "update user_account set active = false where role = 'link-worker'")
    ownership.return_leavers(database)
    breach = Breach(Invariant.TEAM_EMPTY, place.team.id)
    assert invariants.prove(database).breaches == (breach,)
    with pytest.raises(Conflict, match="python -m app add user"):
        invariants.mend(database, place.actor("steward"), breach.invariant, breach.subject_id)


def test_the_sweep_proves_once_a_minute_and_sends_leavers_referrals_to_duty(
    runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock, admin: Engine
) -> None:
    forget_owner(admin, place, made)
    for _ in range(4):
        jobs.sweep(runtime)
        clock.advance(seconds=20)
    with admin.connect() as connection:
        runs = connection.execute(text("select breaches from invariant_run")).scalars().all()
    assert runs == [[], []]
    second = views.get_referral(runtime.db, place.actor("second-link-worker"), made.id)
    assert second.owner.user_id is None


def test_a_worker_that_stopped_is_seen_by_the_age_of_the_last_proof(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    steward = place.actor("steward")
    assert invariants.find_watch(database, steward).is_silent
    invariants.watch(database)
    assert not invariants.find_watch(database, steward).is_silent
    clock.advance(minutes=6)
    assert invariants.find_watch(database, steward).is_silent
    with pytest.raises(NotAllowed):
        invariants.find_watch(database, place.link_worker)


def test_the_metric_counts_breaches_by_their_code(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    lose_placement(admin, place, made)
    invariants.prove(runtime.db)
    client = create_app(runtime=runtime).test_client()
    told = client.get("/metrics", headers={"Authorization": f"Bearer {runtime.settings.metrics_token}"}).text
    assert 'backstitch_breaches{invariant="nothing-going-on"} 1.0' in told
    assert 'backstitch_breaches{invariant="no-owner"} 0.0' in told
    assert "backstitch_proved_seconds_ago 0.0" in told


def test_the_record_of_a_proof_holds_codes_and_ids_only(
    database: Database, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    lose_placement(admin, place, made)
    invariants.prove(database)
    with admin.connect() as connection:
        (kept,) = connection.execute(text("select breaches from invariant_run")).scalars().all()
    assert kept == [{"code": "nothing-going-on", "id": str(made.id)}]
