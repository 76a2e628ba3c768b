"""Messages that a carrier has in hand, or had, when somebody puts right where they go."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain.message_templates import Channel
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing
from app.store.mail import Mail
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.their_details.conftest import NEW, OLD, Opened, person_of
from tests.integration.their_details.test_who_is_told import SENT, leave, plain, write

OpenPage = Callable[..., Opened]
_WAITS = """select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'"""


def test_a_text_that_is_leaving_has_left_before_its_number_is_put_right(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    opened, saved = open_page(), list[bool]()
    saving: list[Future[TestResponse]] = []

    def send(_: Mail) -> Attempt:
        saving.append(pool.submit(opened.send, phones=NEW))
        with admin.connect() as connection:
            while not (saving[0].done() or connection.scalar(text(_WAITS))):
                time.sleep(0.01)
        saved.append(saving[0].done())
        return SENT

    with ThreadPoolExecutor(1) as pool:
        mailing.send_due(runtime.db, send)
        assert saving[0].result(30).status_code == 303
    assert saved == [False], "who puts it right waits until it has gone"
    assert person_of(runtime, place, made).details.phones == (NEW,)
    assert leave(runtime) == []


def test_a_text_that_was_tried_at_the_old_number_is_another_one_for_the_carrier(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    """A carrier that is asked whether it has it already would say yes, and nothing would reach the new number."""
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    tried: list[Mail] = []

    def fail(letter: Mail) -> Attempt:
        tried.append(letter)
        return Attempt(Result.LATER, error="timeout")

    mailing.send_due(runtime.db, fail)
    open_page().send(phones=NEW)
    clock.advance(hours=1)
    (left,) = leave(runtime)
    assert (tried[0].to, left.to) == (plain(OLD), plain(NEW))
    assert not left.repeated
    assert left.reference != tried[0].reference


def test_a_text_that_was_tried_at_a_number_that_stays_is_asked_after_first(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    write(runtime, place, made, Channel.TEXT, plain(OLD))
    mailing.send_due(runtime.db, lambda _: Attempt(Result.LATER, error="timeout"))
    open_page().send(phones=f"{OLD}\n{NEW}")
    clock.advance(hours=1)
    (left,) = leave(runtime)
    assert (left.to, left.repeated) == (plain(OLD), True)
