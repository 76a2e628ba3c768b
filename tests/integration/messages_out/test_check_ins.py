"""Some days after a yes: who is asked whether help has arrived, how, once each, and what their answer moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.check_in import Arrived, CheckInStatus
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.follow_up import AskBy
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings, offering, triage
from app.services.follow_up import check_ins, follow_ups
from app.services.helping import delivery
from app.services.watching import place_rules
from app.store import cautions, people, tasks
from app.store.check_ins import CheckIn
from app.store.session import Database
from app.store.tasks import Consent
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.messages_out.conftest import FakeNotify, check_ins_of, sweep

Asked = Callable[[], Sequence[CheckIn]]


def statuses(found: Sequence[CheckIn]) -> list[str]:
    return [each.status.value for each in found]


def details_of(db: Database, made: MadeReferral, **changes: object) -> None:
    """Write other details of a person."""
    with db.transaction(system("test")) as tx:
        known = people.get(tx, made.person_id, audit="test").details
        told = {name: getattr(known, name) for name in type(known).__slots__} | changes
        people.record_details(tx, made.person_id, type(known)(**told), audit="test")  # type: ignore[arg-type]


def to_the_day(clock: Clock, db: Database, asked: Asked, number: int = 0) -> None:
    """Plan, and move to the day of one of the askings."""
    sweep(db)
    clock.set(asked()[number].due_on)


def test_a_yes_plans_day_7_and_day_28_once(runtime: Runtime, clock: Clock, asked: Asked) -> None:
    sweep(runtime.db)
    sweep(runtime.db)
    assert [each.day for each in asked()] == [7, 28]
    assert [(each.due_on - clock.today).days for each in asked()] == [7, 28]


def test_an_offer_without_a_yes_plans_nothing(runtime: Runtime, place: MadePlace) -> None:
    offered = make_referral(runtime.db, place)
    sweep(runtime.db)
    assert check_ins_of(runtime.db, place, offered) == []


def test_the_days_are_the_places(runtime: Runtime, place: MadePlace, asked: Asked) -> None:
    place_rules.change_rules(runtime.db, place.actor("steward"), {"check_in_days": "14"})
    sweep(runtime.db)
    assert [each.day for each in asked()] == [14]


def test_a_place_that_switches_it_off_asks_nobody_also_of_what_was_planned(
    runtime: Runtime, clock: Clock, place: MadePlace, asked: Asked
) -> None:
    to_the_day(clock, runtime.db, asked)
    place_rules.change_rules(runtime.db, place.actor("steward"), {"check_in_days": "none"})
    sweep(runtime.db, has_texts=True)
    assert (asked()[0].status, asked()[0].reason) == (CheckInStatus.STOPPED, "switched-off")


def test_with_a_gateway_the_question_goes_out_by_text_and_once(
    posting: Runtime, notify: FakeNotify, clock: Clock, asked: Asked
) -> None:
    sweep(posting.db)
    clock.set(asked()[0].due_on - timedelta(days=1))
    jobs.sweep(posting)
    assert notify.taken == []
    clock.set(asked()[0].due_on)
    jobs.sweep(posting)
    jobs.sweep(posting)
    (one,) = notify.taken
    words = one["personalisation"]["message"]
    assert "http://localhost/my/" in words
    for told in ("Okonkwo", "Adaeze", "lonel", "health", "referral", "Befriending"):
        assert told not in words
    assert (asked()[0].status, asked()[0].way) == (CheckInStatus.ASKED, AskBy.TEXT)


def test_without_a_gateway_they_are_on_the_call_list(
    runtime: Runtime, clock: Clock, place: MadePlace, asked: Asked
) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)
    assert (asked()[0].status, asked()[0].way) == (CheckInStatus.TO_CALL, AskBy.PHONE)
    (line,) = check_ins.list_now(runtime.db, place.link_worker).lines
    assert line.phones


def test_a_letter_goes_to_whom_nothing_else_is_open(
    posting: Runtime, notify: FakeNotify, clock: Clock, made: MadeReferral, asked: Asked
) -> None:
    details_of(posting.db, made, phones=(), email=None)
    to_the_day(clock, posting.db, asked)
    jobs.sweep(posting)
    (one,) = notify.taken
    assert one["path"] == "/v2/notifications/letter"
    lines = [one["personalisation"][name] for name in sorted(one["personalisation"]) if "address" in name]
    assert (lines[0], lines[-1]) == ("Adaeze Okonkwo", "E8 1EA")


def test_whose_message_does_not_arrive_is_rung(
    posting: Runtime, notify: FakeNotify, clock: Clock, asked: Asked
) -> None:
    to_the_day(clock, posting.db, asked)
    jobs.sweep(posting)
    notify.now_is("permanent-failure")
    clock.advance(minutes=6)
    jobs.sweep(posting)
    jobs.sweep(posting)
    assert (asked()[0].status, asked()[0].way) == (CheckInStatus.TO_CALL, AskBy.PHONE)


def test_nobody_is_reminded_and_silence_is_left(runtime: Runtime, clock: Clock, asked: Asked) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db, has_texts=True)
    clock.advance(days=14)
    sweep(runtime.db, has_texts=True)
    assert asked()[0].status is CheckInStatus.NO_ANSWER


@pytest.mark.parametrize(
    "why", ["not-safe", "died", "asked-not-to", "closed", "nothing-agreed", "no-consent"]
)
def test_nobody_is_asked_whom_nobody_may_ask(
    why: str,
    runtime: Runtime,
    clock: Clock,
    place: MadePlace,
    made: MadeReferral,
    asked: Asked,
    admin: Engine,
) -> None:
    sweep(runtime.db)
    happen(why, runtime, place, made)
    clock.set(asked()[0].due_on)
    sweep(runtime.db, has_mail=True, has_texts=True, has_letters=True)
    assert (asked()[0].status, asked()[0].reason) == (CheckInStatus.STOPPED, why)
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from mail_message where purpose = 'check-in'")) == 0


def happen(why: str, runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    """Let something happen after which nobody may ask."""
    db, worker = runtime.db, place.link_worker
    match why:
        case "not-safe":
            with db.transaction(system("test")) as tx:
                cautions.record(tx, made.id, Cautions(do_not_contact=True), audit="test")
        case "died":
            with db.transaction(system("test")) as tx:
                known = people.get(tx, made.person_id, audit="test").details
                people.record_details(tx, made.person_id, known, audit="test", deceased=True)
        case "asked-not-to":
            follow_ups.stop_of_referral(db, worker, made.id)
        case "closed":
            endings.withdraw(db, worker, made.id, reason="other")
        case "nothing-agreed":
            assert made.placement_id
            triage.withdraw_offer(db, worker, made.placement_id, reason="other")
        case "no-consent":
            with db.transaction(system("test")) as tx:
                word = Consent("share-with-provider", given=False, source="person")
                tasks.add_consent(tx, word, person_id=made.person_id, referral_id=made.id, audit="test")


def test_an_end_stops_what_is_under_way_at_once(
    runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, asked: Asked
) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)
    endings.withdraw(runtime.db, place.link_worker, made.id, reason="other")
    (line,) = check_ins.list_now(runtime.db, place.link_worker).lines
    assert (line.stopped, line.phones) == ("The referral has ended", ())
    sweep(runtime.db)
    assert statuses(asked()) == ["stopped", "stopped"]


def test_not_yet_is_a_task_of_today_and_a_later_yes_ticks_it_off(
    runtime: Runtime,
    clock: Clock,
    place: MadePlace,
    made: MadeReferral,
    asked: Asked,
    counted: Callable[[str], int],
) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)
    first = asked()[0].id
    check_ins.answer_by_phone(runtime.db, place.link_worker, first, "not-yet")
    assert counted("task where kind = 'help-not-arrived' and done_at is null") == 1
    assert counted(f"referral where id = '{made.id}' and next_action_on = '{clock.today}'") == 1
    check_ins.answer_by_phone(runtime.db, place.link_worker, first, "not-yet")
    assert counted("task where kind = 'help-not-arrived'") == 1
    check_ins.answer_by_phone(runtime.db, place.link_worker, first, "yes")
    assert counted("task where done_at is null and kind in ('help-not-arrived', 'wants-no-help')") == 0
    assert asked()[0].answer is Arrived.YES


def test_no_longer_asks_for_a_talk_and_ends_nothing_by_itself(
    runtime: Runtime,
    clock: Clock,
    place: MadePlace,
    made: MadeReferral,
    asked: Asked,
    counted: Callable[[str], int],
) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)
    check_ins.answer_by_phone(runtime.db, place.link_worker, asked()[0].id, "no-longer")
    assert counted("task where kind = 'wants-no-help' and done_at is null") == 1
    assert counted(f"referral where id = '{made.id}' and status = '{ReferralStatus.ACTIVE}'") == 1


def test_another_team_finds_nothing_and_an_empty_answer_is_told(
    runtime: Runtime, clock: Clock, place: MadePlace, asked: Asked
) -> None:
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)
    first = asked()[0].id
    other = place.actor("other-link-worker")
    for act in (check_ins.get, check_ins.could_not_reach):
        with pytest.raises(NotFound):
            act(runtime.db, other, first)  # type: ignore[operator]
    with pytest.raises(NotFound):
        check_ins.answer_by_phone(runtime.db, other, first, "yes")
    assert check_ins.list_now(runtime.db, other).total == 0
    with pytest.raises(Invalid):
        check_ins.answer_by_phone(runtime.db, place.link_worker, first, "perhaps")


def test_an_answer_before_the_day_is_refused(runtime: Runtime, place: MadePlace, asked: Asked) -> None:
    sweep(runtime.db)
    with pytest.raises(Conflict):
        check_ins.answer_by_phone(runtime.db, place.link_worker, asked()[0].id, "yes")


def test_a_yes_that_came_weeks_before_this_was_switched_on_plans_only_what_is_to_come(
    runtime: Runtime, clock: Clock, asked: Asked
) -> None:
    clock.advance(days=10)
    sweep(runtime.db)
    assert [each.day for each in asked()] == [28]


def test_a_second_yes_plans_nothing_more(
    runtime: Runtime, place: MadePlace, made: MadeReferral, asked: Asked, clock: Clock
) -> None:
    sweep(runtime.db)
    clock.advance(days=1)
    again = offering.offer(runtime.db, place.link_worker, made.id, [place.services[1].id])
    delivery.accept(runtime.db, place.provider_of(place.services[1].id), again)
    sweep(runtime.db)
    assert len(asked()) == 2
