"""Answers, failures and repeats: no word on the way is taken for the outcome or comes after it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict
from app.domain.lifecycle import ReferralStatus
from app.services.caring import endings, triage
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.store import feedback
from app.store.outbox import Outgoing
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.factories import (
    MadePlace,
    MadeReferral,
    make_change,
    make_ending,
    make_referral,
    send,
    sender_for,
)
from tests.practice_post import (
    READER,
    Post,
    accept,
    answer,
    begin,
    complete,
    known,
    news,
    open_tasks,
    parts,
    some,
    status,
)

# --- what is answered ---------------------------------------------------------------------------------------------


def test_acknowledgement_of_a_word_on_the_way_is_written_down_and_closes_nothing(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    complete(database, place, made)
    post.empty()
    accepted, begun, outcome = news(database, made)
    answer(database, made, accepted)
    answer(database, made, begun)
    answer(database, made, begun)
    assert known(database, made)[:2] == [("accepted", "acknowledged"), ("in-progress", "acknowledged")]
    assert status(database, place, made) == ReferralStatus.COMPLETED
    answer(database, made, outcome)
    assert status(database, place, made) == ReferralStatus.CLOSED


@pytest.mark.parametrize("way", ["never", "returned", "fatal-error"])
def test_word_that_fails_is_a_task_of_its_own_and_no_failure_of_the_outcome(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, woken: Woken, way: str
) -> None:
    accept(database, place, made.placement_id)
    if way == "never":
        post.answers = [Attempt(Result.NEVER, error="http-400")]
    post.empty()
    if way == "returned":
        assert carrying.record_returned(database, woken.ids[-1], "mesh-14")
    if way == "fatal-error":
        answer(database, made, news(database, made)[0], "fatal-error")
    assert known(database, made) == [("accepted", "failed")]
    assert open_tasks(database) == ["progress-failed"]
    with database.transaction(READER) as tx:
        assert feedback.list_for_referral(tx, made.id, audit="test") == []


def test_task_is_ticked_off_by_itself_when_the_message_goes_out_again(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    post.empty()
    complete(database, place, made)
    post.answers = [Attempt(Result.NEVER, error="http-400")]
    post.empty()
    assert open_tasks(database) == ["feedback-failed"]
    endings.retry_feedback(database, place.actor("steward"), news(database, made)[-1].id)
    assert open_tasks(database) == ["feedback-failed"]  # not before it has left
    post.empty()
    assert open_tasks(database) == []
    assert known(database, made)[-1] == ("outcome", "sent")


def test_newer_news_settles_what_failed_before(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    post.answers = [Attempt(Result.NEVER, error="http-400")]
    post.empty()
    failed = news(database, made)[0]
    begin(database, place, made.placement_id)
    assert known(database, made) == [("accepted", "superseded"), ("in-progress", "composed")]
    assert open_tasks(database) == []
    with pytest.raises(Conflict):
        endings.retry_feedback(database, place.link_worker, failed.id)
    post.empty()
    assert post.told == [("new", "in-progress")]  # the first that got there is the first response


def test_report_of_an_old_word_after_the_outcome_left_bothers_nobody(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, woken: Woken
) -> None:
    accept(database, place, made.placement_id)
    old = woken.ids[-1]
    begin(database, place, made.placement_id)
    complete(database, place, made)
    post.empty()
    assert carrying.record_returned(database, old, "mesh-14")
    assert known(database, made)[0] == ("accepted", "superseded")
    assert open_tasks(database) == []


def test_late_answer_to_a_superseded_word_is_written_down(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    post.answers = [Attempt(Result.LATER, error="timeout")]  # it may have arrived all the same
    post.empty()
    begin(database, place, made.placement_id)
    answer(database, made, news(database, made)[0])
    assert known(database, made)[0] == ("accepted", "acknowledged")
    assert status(database, place, made) == ReferralStatus.ACTIVE


def test_refusal_after_filing_is_a_task_and_changes_nothing_else(
    database: Database, place: MadePlace, post: Post
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    post.empty()
    outcome = news(database, made)[-1]
    answer(database, made, outcome)
    answer(database, made, outcome, "fatal-error")
    assert status(database, place, made) == ReferralStatus.CLOSED
    assert open_tasks(database) == ["refused-after-filing"]


# --- order --------------------------------------------------------------------------------------------------------


def test_outcome_waits_while_an_earlier_word_is_being_carried(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, woken: Woken
) -> None:
    accept(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    accepted, begun = woken.ids[-2:]

    def meanwhile(outgoing: Outgoing) -> Attempt:
        complete(database, place, made)
        assert carrying.deliver(database, woken.ids[-1], post) is None
        assert carrying.deliver(database, begun, post) is None
        return post(outgoing)

    assert carrying.deliver(database, accepted, meanwhile) is Result.SENT
    assert woken.ids[-1] == begun  # whose turn it is now is woken at once
    post.empty()
    assert [standing for _, standing in post.told] == ["planned", "in-progress", "finished"]


@pytest.mark.parametrize("fault", [Result.LATER, Result.NEVER])
def test_word_that_stumbles_while_the_outcome_is_written_gives_way_to_it(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, woken: Woken, fault: Result
) -> None:
    accept(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    post.empty()
    post.carried.clear()
    endings.end_placement_early(
        database,
        place.provider_of(place.services[0].id),
        some(made.placement_id),
        make_ending(database.clock().date(), reason="moved-away"),
    )
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[1].id])
    delivery.decline(database, place.provider_of(place.services[1].id), placement_id, reason="22")
    declined = woken.ids[-1]

    def meanwhile(_: Outgoing) -> Attempt:
        ending = make_ending(database.clock().date(), reason="no-suitable-service")
        endings.end_early(database, place.link_worker, made.id, ending)
        return Attempt(fault, error="http-503")

    carrying.deliver(database, declined, meanwhile)
    post.empty()
    assert [standing for _, standing in post.told] == ["cancelled"]
    assert known(database, made)[-2:] == [("declined", "superseded"), ("outcome", "sent")]
    assert open_tasks(database) == []


def test_retry_never_puts_an_old_word_behind_the_outcome(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, admin: Engine
) -> None:
    accept(database, place, made.placement_id)
    post.answers = [Attempt(Result.LATER, error="connection")]
    post.empty()
    begin(database, place, made.placement_id)
    complete(database, place, made)
    with admin.connect() as connection:
        connection.execute(text("update outbox_message set next_attempt_at = now() - interval '1 minute'"))
    post.empty()
    assert [standing for _, standing in post.told] == ["in-progress", "finished"]
    assert known(database, made)[0] == ("accepted", "superseded")


def test_word_that_nobody_carried_is_dropped_when_the_practice_has_cancelled(
    database: Database, place: MadePlace, made: MadeReferral, post: Post, admin: Engine
) -> None:
    accept(database, place, made.placement_id)
    post.answers = [Attempt(Result.LATER, error="connection"), Attempt(Result.LATER, error="connection")]
    post.empty()
    send(database, make_change(made.message, "revoked"), sender_for(made.practice))
    with admin.connect() as connection:
        connection.execute(text("update outbox_message set next_attempt_at = now() - interval '1 minute'"))
    post.empty()
    assert known(database, made) == [("accepted", "superseded")]
    assert post.carried == []


def test_one_practices_trouble_does_not_hold_up_another_referral(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    other = make_referral(database, place)
    accept(database, place, other.placement_id)
    post.answers = [Attempt(Result.LATER, error="connection")]
    post.empty()
    assert len(post.carried) == 1


# --- a second end -------------------------------------------------------------------------------------------------


def test_second_end_is_told_as_an_update_that_replaces_the_first(
    database: Database, place: MadePlace, post: Post, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    post.empty()
    first = news(database, made)[-1]
    answer(database, made, first)
    endings.reopen(database, place.link_worker, made.id, reason="person-returned")
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[0].id])
    accept(database, place, placement_id)
    begin(database, place, placement_id)
    provider = place.provider_of(place.services[0].id)
    endings.complete(database, provider, placement_id, make_ending(clock.today))
    post.empty()
    assert [standing for _, standing in post.told][3:] == ["planned", "in-progress", "finished"]
    assert {reason for reason, _ in post.told[1:]} == {"update"}
    plan = parts(post.carried[-1], "CarePlan")[0]
    assert plan["replaces"][0]["identifier"]["value"] == f"urn:uuid:{first.message_id}"
    assert "This replaces the outcome told on" in plan["text"]["div"]
    assert "replaces" not in parts(post.carried[2], "CarePlan")[0]
    assert status(database, place, made) == ReferralStatus.COMPLETED
    answer(database, made, first)
    assert status(database, place, made) == ReferralStatus.COMPLETED
    answer(database, made, news(database, made)[-1])
    assert status(database, place, made) == ReferralStatus.CLOSED


def test_outcome_that_never_arrived_is_not_replaced_but_superseded(
    database: Database, place: MadePlace, post: Post, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.ENDED_EARLY)
    post.answers = [Attempt(Result.NEVER, error="http-400")]
    post.empty()
    assert open_tasks(database) == ["feedback-failed"]
    endings.reopen(database, place.link_worker, made.id, reason="ended-by-mistake")
    endings.complete_by_link_worker(database, place.link_worker, made.id, make_ending(clock.today))
    assert known(database, made) == [("outcome", "superseded"), ("outcome", "composed")]
    assert open_tasks(database) == []
    post.empty()
    assert post.told == [("new", "finished")]
    assert "This replaces" not in json.dumps(post.carried[-1])
