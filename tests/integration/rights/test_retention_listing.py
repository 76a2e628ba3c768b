"""The daily look: by the clock, whose record comes onto the list and on which day, once, and what keeps it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from app.domain.follow_up import add_months
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import Need, OutcomeState
from app.jobs import sweep
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.retaining import holding, listing, shown
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.rights.keeping import decide, listed, on_hold

Counted = Callable[[str], int]
ADULT, MENTAL = 8 * 12, 20 * 12


def closed(database: Database, place: MadePlace, **more: object) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, **more)  # type: ignore[arg-type]


def look_on(database: Database, clock: Clock, day: date) -> int | None:
    clock.set(day)
    return listing.list_due(database)


def comes_on(database: Database, clock: Clock, until: date) -> list[int | None]:
    """What is listed on the day before the last, on the last day, and on the day after."""
    return [look_on(database, clock, until + timedelta(days=each)) for each in (-1, 0, 1)]


def test_adults_record_comes_on_the_day_after_eight_years(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    closed(database, place)
    assert comes_on(database, clock, add_months(clock.today, ADULT)) == [0, 0, 1]
    (line,) = listed(database, place)
    assert (line.what.why, line.what.status) == ("adult", "due")


def test_record_about_mental_wellbeing_is_kept_for_twenty_years(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    closed(database, place, needs=(Need.FOOD, Need.MENTAL_WELLBEING))
    ended = clock.today
    assert look_on(database, clock, add_months(ended, ADULT) + timedelta(days=1)) == 0
    assert comes_on(database, clock, add_months(ended, MENTAL)) == [0, 0, 1]
    assert listed(database, place)[0].what.why == "mental-health"


@pytest.mark.parametrize(("age", "until_age", "rule"), [(10, 25, "child"), (17, 26, "child-seventeen")])
def test_childs_record_is_kept_until_they_are_grown_up(
    age: int, until_age: int, rule: str, database: Database, place: MadePlace, clock: Clock
) -> None:
    born = add_months(clock.today, -12 * age) - timedelta(days=40)
    closed(database, place, patient=Patient(birth_date=born.isoformat()))
    ended = clock.today
    assert look_on(database, clock, add_months(ended, ADULT) + timedelta(days=1)) == 0
    assert comes_on(database, clock, add_months(born, until_age * 12)) == [0, 0, 1]
    assert listed(database, place)[0].what.why == rule


def test_record_of_somebody_who_died_is_kept_from_the_death_on(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    clock.advance(days=30)
    unknown = Outcome(OutcomeState.NOT_KNOWN, "", "")
    endings.end_early(database, place.link_worker, made.id, Ending(unknown, reason="died"))
    assert comes_on(database, clock, add_months(clock.today, ADULT)) == [0, 0, 1]
    assert listed(database, place)[0].what.why == "died"


def test_each_record_is_listed_once_and_the_look_is_taken_once_a_day(
    database: Database, place: MadePlace, clock: Clock, counted: Counted
) -> None:
    closed(database, place)
    day = add_months(clock.today, ADULT) + timedelta(days=1)
    assert look_on(database, clock, day) == 1
    clock.advance(hours=2)
    assert listing.list_due(database) is None
    assert look_on(database, clock, day + timedelta(days=1)) == 0
    assert counted("retention_review") == 1
    assert counted("person_key where destroyed_at is not null") == 0, "nothing is erased by a look"


def test_worker_looks_by_itself_and_the_steward_has_one_task(
    runtime: Runtime, database: Database, place: MadePlace, clock: Clock, counted: Counted
) -> None:
    closed(database, place)
    clock.set(add_months(clock.today, ADULT) + timedelta(days=1))
    sweep(runtime)
    sweep(runtime)
    assert len(listed(database, place)) == 1
    assert counted("task where kind = 'retention-review' and done_at is null") == 1


def test_new_referral_anywhere_starts_the_clock_anew(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    patient, ended = Patient(), clock.today
    closed(database, place, patient=patient)
    clock.set(add_months(ended, 60))
    closed(database, place, patient=patient, practice=place.practices[1], services=(1,))
    again = clock.today
    assert look_on(database, clock, add_months(ended, ADULT) + timedelta(days=1)) == 0
    assert comes_on(database, clock, add_months(again, ADULT)) == [0, 0, 1]
    (line,) = listed(database, place)
    assert len(line.parts) == 2, "one record with both referrals"


def test_person_who_is_helped_is_never_listed_and_whose_help_begins_again_leaves_the_list(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    patient = Patient()
    closed(database, place, patient=patient)
    make_referral(database, place, ReferralStatus.IN_TRIAGE)
    day = add_months(clock.today, ADULT) + timedelta(days=1)
    assert look_on(database, clock, day) == 1
    new = make_referral(database, place, ReferralStatus.RECEIVED, patient=patient)
    triage.start(database, place.link_worker, new.id)
    assert look_on(database, clock, day + timedelta(days=1)) == 0
    assert not listed(database, place)
    (line,) = shown.list_reviews(database, place.actor("steward"), is_open=False, number=1).lines
    assert (line.what.status, line.what.dropped_why) == ("dropped", "help-again")


def test_record_on_hold_is_not_listed_until_the_hold_has_ended(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = closed(database, place)
    over = add_months(clock.today, ADULT)
    last = over + timedelta(days=40)
    on_hold(database, place, made, until=last)
    assert [look_on(database, clock, day) for day in (over + timedelta(days=1), last)] == [0, 0]
    assert look_on(database, clock, last + timedelta(days=1)) == 1


def test_hold_takes_a_record_off_the_list_at_once(database: Database, place: MadePlace, clock: Clock) -> None:
    made = closed(database, place)
    day = add_months(clock.today, ADULT) + timedelta(days=1)
    look_on(database, clock, day)
    on_hold(database, place, made)
    assert not listed(database, place)
    assert look_on(database, clock, day + timedelta(days=1)) == 0


def test_lifted_hold_brings_the_record_back(
    database: Database, place: MadePlace, clock: Clock, second: str
) -> None:
    made = closed(database, place)
    clock.set(add_months(clock.today, ADULT) + timedelta(days=1))
    hold_id = on_hold(database, place, made)
    assert not holding.lift(database, place.actor("steward"), hold_id)
    assert look_on(database, clock, clock.today) == 0, "one word lifts nothing"
    assert holding.lift(database, place.actor(second), hold_id)
    assert look_on(database, clock, clock.today + timedelta(days=1)) == 1


def test_record_kept_by_two_comes_back_after_its_day(
    database: Database, place: MadePlace, clock: Clock, second: str
) -> None:
    closed(database, place)
    day = add_months(clock.today, ADULT) + timedelta(days=1)
    look_on(database, clock, day)
    until = add_months(day, 24)
    decide(database, place, listed(database, place)[0].what.id, keep_until=until)
    assert comes_on(database, clock, until) == [0, 0, 1]


def test_look_tells_the_audit_whom_it_listed_and_names_nobody(
    database: Database, place: MadePlace, clock: Clock, counted: Counted
) -> None:
    made = closed(database, place)
    look_on(database, clock, add_months(clock.today, ADULT) + timedelta(days=1))
    line = f"audit_event where person_id = '{made.person_id}' and act = 'list for retention'"
    assert counted(line) == 1
    assert counted("audit_event where detail::text like '%Okonkwo%'") == 0
