"""What becomes known while somebody is being asked: they leave list, page and letter at once, and are settled soon."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.errors import Conflict
from app.domain.follow_up import FollowUpStatus
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime
from app.services.caring import endings
from app.services.follow_up import follow_ups, question_papers
from app.store import cautions, tasks
from app.store import follow_ups as kept
from app.store.follow_ups import FollowUp
from app.store.tasks import Consent
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_ending, make_referral
from tests.integration.follow_up.conftest import sweep
from tests.integration.follow_up.test_own_answers import opened
from tests.integration.web.conftest import Visitor

Later = Callable[[], Sequence[FollowUp]]
SignIn = Callable[[str], Visitor]
Happens = Callable[[str], None]


@pytest.fixture
def to_ring(runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, later: Later) -> FollowUp:
    """Somebody on the call list, days before anybody gives up."""
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, made.id, Cautions(interpreter=True), audit="test")
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    clock.advance(days=1)
    assert later()[0].status is FollowUpStatus.TO_CALL
    assert follow_ups.list_now(runtime.db, place.link_worker).total == 1
    return later()[0]


@pytest.fixture
def happens(runtime: Runtime, made: MadeReferral, admin: Engine) -> Happens:
    """Something becomes known of the person."""

    def become(what: str) -> None:
        if what == "died":
            with admin.begin() as connection:
                connection.execute(text("update person set deceased = true"))
            return
        with runtime.db.transaction(system("test")) as tx:
            if what == "not-safe":
                cautions.record(tx, made.id, Cautions(do_not_contact=True), audit="test")
            else:
                kind = tasks_kind(what)
                no = Consent(kind, given=False, source="link-worker")
                tasks.add_consent(tx, no, person_id=made.person_id, referral_id=made.id, audit="test")

    return become


def tasks_kind(reason: str) -> str:
    return kept.SHARE if reason == "no-consent" else kept.ASK


REASONS = {
    "died": "The person has died",
    "not-safe": "It may not be safe to contact the person",
    "no-consent": "The person took back their agreement",
    "asked-not-to": "The person asked us to stop",
}


@pytest.mark.parametrize("reason", REASONS)
def test_they_leave_the_list_at_once_and_are_settled_by_the_next_sweep(
    runtime: Runtime,
    place: MadePlace,
    sign_in: SignIn,
    to_ring: FollowUp,
    later: Later,
    happens: Happens,
    reason: str,
) -> None:
    worker = sign_in("link-worker")
    assert "Adaeze Okonkwo" in worker.get("/follow-ups").text
    happens(reason)
    assert "Nobody is due" in worker.get("/follow-ups").text
    assert follow_ups.list_now(runtime.db, place.link_worker).total == 0
    page = worker.get(f"/follow-ups/{to_ring.id}")
    assert f"Do not ask. {REASONS[reason]}" in page.text
    assert "You could say" not in page.text
    assert "7700900" not in page.text.replace(" ", "")
    assert sweep(runtime.db) >= 1
    assert (later()[0].status, later()[0].reason) == (FollowUpStatus.STOPPED, reason)
    assert sweep(runtime.db) == 0


@pytest.mark.parametrize("reason", REASONS)
def test_no_step_and_no_letter_goes_on(
    runtime: Runtime, place: MadePlace, clock: Clock, to_ring: FollowUp, happens: Happens, reason: str
) -> None:
    db, worker = runtime.db, place.link_worker
    happens(reason)
    told = Taken("ons4", Phase.FOLLOW_UP, {"happy": 3}, clock.today)
    steps: list[Callable[[], object]] = [
        lambda: follow_ups.make_text(db, worker, to_ring.id, help_phone=None),
        lambda: follow_ups.was_sent(db, worker, to_ring.id),
        lambda: follow_ups.rang_in_vain(db, worker, to_ring.id),
        lambda: follow_ups.could_not_reach(db, worker, to_ring.id),
        lambda: follow_ups.skip(db, worker, to_ring.id, reason="declined"),
        lambda: follow_ups.answer(db, worker, to_ring.id, [told]),
        lambda: question_papers.follow_up_letter(db, worker, to_ring.id, help_phone=None),
    ]
    for step in steps:
        with pytest.raises(Conflict, match=REASONS[reason]):
            step()


def test_a_later_yes_puts_them_on_the_list_again(
    runtime: Runtime, place: MadePlace, clock: Clock, made: MadeReferral, to_ring: FollowUp, happens: Happens
) -> None:
    happens("no-consent")
    clock.advance(minutes=1)
    with runtime.db.transaction(system("test")) as tx:
        yes = Consent(kept.SHARE, given=True, source="link-worker")
        tasks.add_consent(tx, yes, person_id=made.person_id, referral_id=made.id, audit="test")
    assert sweep(runtime.db) == 0
    (line,) = follow_ups.list_now(runtime.db, place.link_worker).lines
    assert line.follow_up.id == to_ring.id


def test_a_stop_of_somebody_who_died_is_not_undone(
    runtime: Runtime, place: MadePlace, to_ring: FollowUp, happens: Happens
) -> None:
    happens("died")
    sweep(runtime.db)
    with pytest.raises(Conflict, match="has died"):
        follow_ups.undo(runtime.db, place.link_worker, to_ring.id)


def test_the_own_link_asks_nothing_any_more(
    runtime: Runtime, visitor: Visitor, made: MadeReferral, to_ring: FollowUp, happens: Happens
) -> None:
    path = opened(runtime.db, visitor, made)
    assert "short pages of questions" in visitor.get(path).text
    happens("not-safe")
    assert "nothing for you to do" in visitor.get(path).text
    visitor.get(f"{path}/ons4", 404)
    assert to_ring.is_open


def test_a_late_answer_through_a_link_that_still_holds_is_taken(
    runtime: Runtime,
    visitor: Visitor,
    clock: Clock,
    place: MadePlace,
    made: MadeReferral,
    to_ring: FollowUp,
    later: Later,
) -> None:
    for _ in range(3):
        follow_ups.rang_in_vain(runtime.db, place.link_worker, to_ring.id)
    assert later()[0].status is FollowUpStatus.COULD_NOT_REACH
    clock.advance(days=20)
    path = opened(runtime.db, visitor, made)
    sent = visitor.send(f"{path}/ons4", {"ons4-follow-up-happy": "6"})
    assert sent.headers["Location"] == f"{path}/ucla3"
    found = later()[0]
    assert found.status is FollowUpStatus.ANSWERED
    assert found.settled_at == clock()
    assert "Page 2 of" in visitor.get(f"{path}/ucla3").text  # they can finish


def test_what_was_given_up_longer_ago_than_a_link_holds_is_asked_no_more(
    runtime: Runtime, visitor: Visitor, clock: Clock, place: MadePlace, made: MadeReferral, to_ring: FollowUp
) -> None:
    follow_ups.could_not_reach(runtime.db, place.link_worker, to_ring.id)
    clock.advance(days=61)
    assert "nothing for you to do" in visitor.get(opened(runtime.db, visitor, made)).text


def test_reopening_settles_what_was_open_and_a_new_end_plans_anew(
    runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, to_ring: FollowUp, later: Later
) -> None:
    endings.reopen(runtime.db, place.link_worker, made.id, reason="new-need")
    assert [(each.status.value, each.reason) for each in later()] == [("stopped", "referral-open")] * 2
    assert follow_ups.list_now(runtime.db, place.link_worker).total == 0
    with pytest.raises(Conflict):
        follow_ups.undo(runtime.db, place.link_worker, to_ring.id)
    endings.complete_by_link_worker(runtime.db, place.link_worker, made.id, make_ending(clock.today))
    again = later()
    assert [(each.status.value, each.reason, each.calls) for each in again] == [("planned", None, 0)] * 2
    assert again[0].due_on > to_ring.due_on
    clock.set(again[0].due_on)
    assert sweep(runtime.db) == 1
    assert later()[0].status is FollowUpStatus.TO_CALL


def test_an_answered_one_stays_answered_when_the_referral_is_opened_again(
    runtime: Runtime, place: MadePlace, clock: Clock, made: MadeReferral, to_ring: FollowUp, later: Later
) -> None:
    told = Taken("ons4", Phase.FOLLOW_UP, {"happy": 3}, clock.today)
    follow_ups.answer(runtime.db, place.link_worker, to_ring.id, [told])
    endings.reopen(runtime.db, place.link_worker, made.id, reason="new-need")
    assert [each.status.value for each in later()] == ["answered", "stopped"]


def test_another_teams_list_is_as_it_was(
    runtime: Runtime, place: MadePlace, to_ring: FollowUp, happens: Happens
) -> None:
    other = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    happens("not-safe")
    assert follow_ups.list_now(runtime.db, place.actor("other-link-worker")).total == 0
    found = follow_ups.list_of_referral(runtime.db, place.link_worker, other.id)
    assert [each.status.value for each in found] == ["planned", "planned"]
    assert to_ring.is_open
