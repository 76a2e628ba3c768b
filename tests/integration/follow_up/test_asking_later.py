"""Months after help has ended: who is asked, in which way, how often, what is sent, and when it stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.clients.smtp import Letter
from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.errors import Conflict, NotFound
from app.domain.follow_up import AskBy, FollowUpStatus
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.feedback.carrying import Attempt, Result
from app.services.follow_up import follow_ups
from app.services.messages import mailing
from app.services.watching import place_rules
from app.store import cautions, mail, outcomes, people
from app.store.follow_ups import FollowUp
from app.store.outcomes import About
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_ending, make_referral
from tests.integration.follow_up.conftest import sweep

Later = Callable[[], Sequence[FollowUp]]


def statuses(found: Sequence[FollowUp]) -> list[str]:
    return [each.status.value for each in found]


def details_of(db: Database, made: MadeReferral, **changes: object) -> None:
    """Write other details of a person."""
    with db.transaction(system("test")) as tx:
        known = people.get(tx, made.person_id, audit="test").details
        told = {name: getattr(known, name) for name in type(known).__slots__} | changes
        people.record_details(tx, made.person_id, type(known)(**told), audit="test")


def test_an_end_with_help_plans_two_follow_ups(clock: Clock, made: MadeReferral, later: Later) -> None:
    found = later()
    assert [each.months for each in found] == [3, 6]
    assert statuses(found) == ["planned", "planned"]
    assert (found[0].due_on - clock.today).days in range(88, 94)


def test_nobody_is_asked_before_the_day(runtime: Runtime, clock: Clock, later: Later) -> None:
    clock.set(later()[0].due_on - timedelta(days=1))
    assert sweep(runtime.db) == 0


def test_an_end_without_help_plans_nothing(runtime: Runtime, place: MadePlace) -> None:
    ended = make_referral(runtime.db, place, ReferralStatus.ENDED_EARLY)
    assert follow_ups.list_of_referral(runtime.db, place.link_worker, ended.id) == []


def test_somebody_who_did_not_engage_is_not_asked(runtime: Runtime, place: MadePlace, clock: Clock) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    stayed_away = Outcome(OutcomeState.DID_NOT_ENGAGE, "", "")
    endings.complete_by_link_worker(
        runtime.db, place.link_worker, made.id, make_ending(clock.today, stayed_away)
    )
    assert follow_ups.list_of_referral(runtime.db, place.link_worker, made.id) == []


def test_a_place_that_switched_it_off_asks_nobody(runtime: Runtime, place: MadePlace) -> None:
    place_rules.change_rules(runtime.db, place.actor("steward"), {"follow_up_months": "none"})
    made = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    assert follow_ups.list_of_referral(runtime.db, place.link_worker, made.id) == []


def test_without_a_gateway_a_text_waits_for_the_team(
    runtime: Runtime, clock: Clock, place: MadePlace, later: Later
) -> None:
    clock.set(later()[0].due_on)
    assert sweep(runtime.db) == 1
    first = later()[0]
    assert (first.status, first.way, first.asked_times) == (FollowUpStatus.TO_SEND, AskBy.TEXT, 0)
    words = follow_ups.make_text(runtime.db, place.link_worker, first.id, help_phone=None)
    assert "http://localhost/my/" in words
    assert "Okonkwo" not in words
    follow_ups.was_sent(runtime.db, place.link_worker, first.id)
    assert statuses(later()) == ["asked", "planned"]


def test_somebody_is_asked_once_more_then_rung_then_left(
    runtime: Runtime, clock: Clock, place: MadePlace, later: Later
) -> None:
    worker, (first, _) = place.link_worker, later()
    clock.set(first.due_on)
    sweep(runtime.db)
    follow_ups.was_sent(runtime.db, worker, first.id)
    clock.advance(days=14)
    sweep(runtime.db)
    assert later()[0].status is FollowUpStatus.TO_SEND
    follow_ups.was_sent(runtime.db, worker, first.id)
    clock.advance(days=14)
    sweep(runtime.db)
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.TO_CALL, AskBy.PHONE)
    assert [follow_ups.rang_in_vain(runtime.db, worker, first.id) for _ in range(3)] == [False, False, True]
    assert later()[0].status is FollowUpStatus.COULD_NOT_REACH


def test_what_nobody_did_is_told_as_not_asked(runtime: Runtime, clock: Clock, later: Later) -> None:
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    clock.advance(days=28)
    sweep(runtime.db)
    assert later()[0].status is FollowUpStatus.NOT_ASKED


def test_an_e_mail_goes_by_itself_and_its_address_is_kept_no_longer(
    runtime: Runtime, clock: Clock, made: MadeReferral, later: Later, admin: Engine
) -> None:
    details_of(runtime.db, made, phones=(), email="ada@example.org")
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.ASKED, AskBy.EMAIL)
    with admin.connect() as connection:
        rows = connection.execute(text("select to_address, to_person, body from mail_message")).all()
    assert [row.to_address for row in rows] == [None]
    assert b"ada@example.org" not in rows[0].to_person
    sent: list[Letter] = []

    def send(letter: mail.Mail) -> Attempt:
        sent.append(Letter(str(letter.id), letter.to, letter.subject, letter.text))
        return Attempt(Result.SENT)

    mailing.send_due(runtime.db, send)
    assert [letter.to for letter in sent] == ["ada@example.org"]
    assert "http://localhost/my/" in sent[0].text
    with admin.connect() as connection:
        rows = connection.execute(text("select to_person, body from mail_message")).all()
    assert [tuple(row) for row in rows] == [(None, None)]


def test_whose_e_mail_comes_back_is_rung(
    runtime: Runtime, clock: Clock, made: MadeReferral, later: Later
) -> None:
    details_of(runtime.db, made, phones=("020 7946 0000",), email="ada@example.org", address_lines=())
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    mailing.send_due(runtime.db, lambda _: Attempt(Result.NEVER, error="smtp-550"))
    sweep(runtime.db, has_mail=True)
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.TO_CALL, AskBy.PHONE)


def test_a_warning_that_came_meanwhile_stops_the_asking(
    runtime: Runtime, clock: Clock, made: MadeReferral, later: Later
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, made.id, Cautions(do_not_contact=True), audit="test")
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    assert (later()[0].status, later()[0].reason) == (FollowUpStatus.STOPPED, "not-safe")


def test_a_stop_holds_for_all_referrals_also_for_those_to_come(
    runtime: Runtime, place: MadePlace, made: MadeReferral, later: Later
) -> None:
    follow_ups.stop_of_referral(runtime.db, place.actor("practice-0"), made.id)
    assert statuses(later()) == ["stopped", "stopped"]
    with runtime.db.transaction(system("test")) as tx:
        number = people.get(tx, made.person_id, audit="test").details.nhs_number
    again = make_referral(runtime.db, place, ReferralStatus.CLOSED, patient=Patient(nhs_number=number))
    assert again.person_id == made.person_id
    assert follow_ups.list_of_referral(runtime.db, place.link_worker, again.id) == []
    with pytest.raises(Conflict):  # what they told their practice is not the team's to take back
        follow_ups.undo(runtime.db, place.link_worker, later()[0].id)


def test_whose_whereabouts_are_secret_is_rung_and_the_list_shows_no_number(
    runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, later: Later
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        known = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, known, audit="test", restricted=True)
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    assert (later()[0].status, later()[0].way) == (FollowUpStatus.TO_CALL, AskBy.PHONE)
    (line,) = follow_ups.list_now(runtime.db, place.link_worker).lines
    assert line.phones == ()
    assert follow_ups.get(runtime.db, place.link_worker, later()[0].id).mobile is None
    with pytest.raises(Conflict):
        follow_ups.make_text(runtime.db, place.link_worker, later()[0].id, help_phone=None)


def test_a_stop_by_a_wrong_tick_is_taken_back(runtime: Runtime, place: MadePlace, later: Later) -> None:
    first = later()[0]
    follow_ups.stop(runtime.db, place.link_worker, first.id)
    assert statuses(later()) == ["stopped", "stopped"]
    follow_ups.undo(runtime.db, place.link_worker, first.id)
    assert later()[0].status is FollowUpStatus.TO_CALL


def test_an_open_referral_is_not_followed_up(
    runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, later: Later
) -> None:
    endings.reopen(runtime.db, place.link_worker, made.id, reason="new-need")
    clock.set(later()[0].due_on)
    assert sweep(runtime.db) == 0


def test_answers_are_kept_with_their_months_and_worse_ones_are_told_to_the_team(
    runtime: Runtime,
    clock: Clock,
    place: MadePlace,
    made: MadeReferral,
    later: Later,
    counted: Callable[[str], int],
) -> None:
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    goal = [Taken("goal-progress", Phase.BEFORE, {"goal": 6}, clock.today, said_by="link-worker")]
    with runtime.db.transaction(system("test")) as tx:
        outcomes.add_measure(tx, About(made.id, made.person_id), goal[0], audit="test")
    told = Taken("goal-progress", Phase.AFTER, {"goal": 4}, clock.today, said_by="person", way="phone")
    follow_ups.answer(runtime.db, place.link_worker, later()[0].id, [told])
    assert statuses(later()) == ["answered", "planned"]
    kept = follow_ups.get(runtime.db, place.link_worker, later()[0].id).earlier[-1]
    assert (kept.phase, kept.months, kept.said_by, kept.way) == (Phase.FOLLOW_UP, 3, "person", "phone")
    assert counted("task where kind = 'things-worse' and done_at is null") == 1


def test_another_team_and_a_provider_see_nothing_to_act_on(
    runtime: Runtime, place: MadePlace, later: Later
) -> None:
    first = later()[0]
    with pytest.raises(NotFound):
        follow_ups.get(runtime.db, place.actor("other-link-worker"), first.id)
    with pytest.raises(NotFound):
        follow_ups.could_not_reach(runtime.db, place.actor("other-link-worker"), first.id)
    assert follow_ups.list_now(runtime.db, place.actor("other-link-worker")).total == 0
