"""The outbox: one carrier at a time, tried again later each time, given up in the end, told to a person."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import NotFound
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.referral import Feedback
from app.services.caring import endings
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.store import feedback, outbox, tasks
from app.store.loop import loop_health
from app.store.outbox import FIRST_RETRY, GIVE_UP_AFTER, LEASE, LONGEST_RETRY, Outgoing
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.factories import MadePlace, MadeReferral, acknowledge, make_referral

CARRIER = system("carrier")


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    """A completed referral: its news to the practice waits."""
    return make_referral(database, place, ReferralStatus.COMPLETED)


@pytest.fixture
def outbox_id(made: MadeReferral, woken: Woken) -> UUID:
    (found,) = woken.ids
    return found


@pytest.fixture
def row(admin: Engine) -> Iterator[Callable[[str], object]]:
    """Looks at a column of the one row."""
    with admin.connect() as connection:
        yield lambda column: connection.scalar(text(f"select {column} from outbox_message"))  # noqa: S608


def lease(database: Database, outbox_id: UUID) -> Outgoing | None:
    with database.transaction(CARRIER) as tx:
        return outbox.lease(tx, outbox_id)


def told(database: Database, made: MadeReferral) -> Feedback:
    with database.transaction(CARRIER) as tx:
        return feedback.list_for_referral(tx, made.id, audit="test")[-1]


def answer(result: Result, error: str = "") -> Callable[[Outgoing], Attempt]:
    return lambda outgoing: Attempt(result, reference=f"ref-{outgoing.id}", error=error)


def test_wake_comes_after_the_commit_and_names_the_row(database: Database, outbox_id: UUID) -> None:
    assert carrying.due(database) == [outbox_id]


def test_of_many_carriers_at_once_one_has_the_message(database: Database, outbox_id: UUID) -> None:
    together = Barrier(4)

    def carry(_: int) -> Outgoing | None:
        together.wait()
        return lease(database, outbox_id)

    with ThreadPoolExecutor(4) as carriers:
        won = [found for found in carriers.map(carry, range(4)) if found]
    assert [found.id for found in won] == [outbox_id]
    assert not won[0].repeated


def test_lease_that_ran_out_is_taken_again_and_known_as_a_repeat(
    database: Database, outbox_id: UUID, admin: Engine
) -> None:
    first = lease(database, outbox_id)
    assert first is not None
    assert lease(database, outbox_id) is None
    assert carrying.due(database) == []
    with admin.connect() as connection:
        connection.execute(text("update outbox_message set leased_until = now() - interval '1 second'"))
    assert carrying.due(database) == [outbox_id]
    again = lease(database, outbox_id)
    assert again is not None
    assert again.repeated
    assert again.body == first.body


def test_lease_outlives_the_longest_job(
    database: Database, outbox_id: UUID, row: Callable[[str], object]
) -> None:
    before = row("clock_timestamp()")
    lease(database, outbox_id)
    assert row("leased_until") >= before + LEASE  # type: ignore[operator]
    assert timedelta(seconds=45) < LEASE


def test_sent_message_is_sent_once(database: Database, made: MadeReferral, outbox_id: UUID) -> None:
    assert carrying.deliver(database, outbox_id, answer(Result.SENT)) is Result.SENT
    assert carrying.deliver(database, outbox_id, answer(Result.SENT)) is None
    assert told(database, made).status == FeedbackStatus.SENT
    assert carrying.undelivered(database) == [(told(database, made).id, "mesh", f"ref-{outbox_id}")]


def test_each_failure_waits_longer_than_the_one_before_up_to_an_hour(
    database: Database, outbox_id: UUID, clock: Clock, admin: Engine, row: Callable[[str], object]
) -> None:
    clock.now -= timedelta(days=2)  # so that what is due later is due to the database's clock already
    with admin.connect() as connection:
        connection.execute(text("update outbox_message set created_at = :now"), {"now": clock.now})
    waits = []
    for _ in range(15):
        assert carrying.deliver(database, outbox_id, answer(Result.LATER, "timeout")) is Result.LATER
        due = row("next_attempt_at")
        waits.append((due - clock.now).total_seconds())  # type: ignore[operator]
    growing, longest = waits[:10], waits[10:]
    assert all(later == pytest.approx(2 * sooner) for sooner, later in pairwise(growing))
    assert len(set(longest)) == 1
    spread = (0.5, 1.5)
    assert FIRST_RETRY.total_seconds() * spread[0] <= waits[0] <= FIRST_RETRY.total_seconds() * spread[1]
    assert (
        LONGEST_RETRY.total_seconds() * spread[0] <= longest[0] <= LONGEST_RETRY.total_seconds() * spread[1]
    )
    assert (row("last_error"), row("attempts")) == ("timeout", 15)


def test_after_three_days_it_is_given_up_and_becomes_a_task(
    database: Database, place: MadePlace, made: MadeReferral, outbox_id: UUID, clock: Clock
) -> None:
    clock.now += GIVE_UP_AFTER + timedelta(seconds=1)
    assert carrying.deliver(database, outbox_id, answer(Result.LATER, "timeout")) is Result.NEVER
    assert told(database, made).status == FeedbackStatus.FAILED
    with database.transaction(place.link_worker) as tx:
        assert [task.kind for task in tasks.list_open(tx, audit="test")] == ["feedback-failed"]


def test_permanent_failure_is_shown_at_once_and_counted(
    database: Database, place: MadePlace, made: MadeReferral, outbox_id: UUID
) -> None:
    assert carrying.deliver(database, outbox_id, answer(Result.NEVER, "mesh-12")) is Result.NEVER
    found = told(database, made)
    assert (found.status, found.failure) == (FeedbackStatus.FAILED, "mesh-12")
    assert carrying.due(database) == []
    with database.transaction(CARRIER) as tx:
        assert loop_health(tx).failed_messages == 1


@pytest.mark.parametrize("who", ["link-worker", "steward"])
def test_failed_message_is_sent_again_as_it_was(
    database: Database, place: MadePlace, made: MadeReferral, outbox_id: UUID, woken: Woken, who: str
) -> None:
    carrying.deliver(database, outbox_id, answer(Result.NEVER, "mesh-12"))
    endings.retry_feedback(database, place.actor(who), told(database, made).id)
    assert woken.ids == [outbox_id, outbox_id]
    assert carrying.deliver(database, outbox_id, answer(Result.SENT)) is Result.SENT


def test_message_that_came_back_goes_out_under_a_new_id_with_the_same_content(
    database: Database, place: MadePlace, made: MadeReferral, outbox_id: UUID, woken: Woken
) -> None:
    carried: list[Outgoing] = []

    def carry(outgoing: Outgoing) -> Attempt:
        carried.append(outgoing)
        return Attempt(Result.SENT, reference="ref")

    carrying.deliver(database, outbox_id, carry)
    assert carrying.record_returned(database, outbox_id, "mesh-14")
    assert told(database, made).status == FeedbackStatus.FAILED
    endings.retry_feedback(database, place.link_worker, told(database, made).id)
    carrying.deliver(database, woken.ids[-1], carry)
    first, second = carried
    assert second.id != first.id  # by the old id the transport would be found to have it already
    assert second.body == first.body
    assert not second.repeated
    assert told(database, made).status == FeedbackStatus.SENT


def test_report_about_an_unknown_message_changes_nothing(database: Database, made: MadeReferral) -> None:
    assert not carrying.record_returned(database, made.id, "mesh-14")


def test_failure_after_the_acknowledgement_changes_nothing(
    database: Database, made: MadeReferral, outbox_id: UUID
) -> None:
    def arrives_and_says_it_failed(_: Outgoing) -> Attempt:
        acknowledge(database, made)
        return Attempt(Result.NEVER, error="http-400")

    carrying.deliver(database, outbox_id, arrives_and_says_it_failed)
    carrying.record_returned(database, outbox_id, "mesh-14")
    assert told(database, made).status == FeedbackStatus.ACKNOWLEDGED


def test_acknowledgement_that_overtakes_our_own_note_stands(
    database: Database, made: MadeReferral, outbox_id: UUID
) -> None:
    def carry(_: Outgoing) -> Attempt:
        acknowledge(database, made)
        return Attempt(Result.SENT, reference="ref")

    assert carrying.deliver(database, outbox_id, carry) is Result.SENT
    carrying.record_delivered(database, told(database, made).id)
    assert told(database, made).status == FeedbackStatus.ACKNOWLEDGED


def test_message_collected_by_the_practice_is_delivered(
    database: Database, made: MadeReferral, outbox_id: UUID
) -> None:
    carrying.deliver(database, outbox_id, answer(Result.SENT))
    carrying.record_delivered(database, told(database, made).id)
    assert told(database, made).status == FeedbackStatus.DELIVERED
    assert carrying.undelivered(database) == []


def test_failing_wake_does_not_undo_the_work(database: Database, place: MadePlace) -> None:
    def away(_: list[UUID]) -> None:
        raise ConnectionError

    database.wake = away
    make_referral(database, place, ReferralStatus.COMPLETED)
    assert len(carrying.due(database)) == 1


def test_oldest_waiting_message_is_known_by_its_age(
    database: Database, made: MadeReferral, outbox_id: UUID, clock: Clock
) -> None:
    clock.advance(minutes=10)
    with database.transaction(CARRIER) as tx:
        assert outbox.oldest_waiting_seconds(tx) == 600
    carrying.deliver(database, outbox_id, answer(Result.SENT))
    with database.transaction(CARRIER) as tx:
        assert outbox.oldest_waiting_seconds(tx) == 0


def test_feedback_without_a_message_has_nothing_to_retry(database: Database, made: MadeReferral) -> None:
    with pytest.raises(NotFound), database.transaction(CARRIER) as tx:
        outbox.retry_feedback(tx, made.id)
