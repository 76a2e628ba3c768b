"""Endpoints that are down, slow, gone or moved, and processes that die: nothing is lost, nobody is held up for long."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.clients.rest_hook import RestHook
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.shown import views
from app.services.systems import notifying, subscriptions
from app.services.systems.notifying import Way
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_subscription.receiver import Receiver, receiving
from tests.integration.api_fhir_subscription.subscriber import Subscriber, wish

Refer = Callable[..., MadeReferral]
Make = Callable[..., Subscriber]
BASE = "http://localhost/FHIR/R4"


def numbers(endpoint: Receiver) -> list[int]:
    return [int(event["event-number"]) for event in endpoint.events]


def test_an_endpoint_that_was_down_is_told_everything_once_it_is_up(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, clock: Clock
) -> None:
    made = subscriber.subscribe(endpoint.url, "Task?")
    endpoint.answer = 503
    first = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    found = subscriber.read(made)
    assert found["status"] == "error"
    assert "503" in found["error"]
    second = refer(ReferralStatus.RECEIVED)
    endpoint.taken.clear()
    subscriber.sweep()
    assert endpoint.taken == []  # it waits before it tries again
    endpoint.answer = 200
    clock.advance(minutes=1)
    subscriber.sweep()
    assert endpoint.focuses == [f"Task/{first.id}", f"Task/{second.id}"]
    found = subscriber.read(made)
    assert found["status"] == "active"
    assert "error" not in found


def test_attempts_grow_further_apart_up_to_an_hour(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, clock: Clock
) -> None:
    subscriber.subscribe(endpoint.url, "Task?")
    endpoint.answer = 500
    refer(ReferralStatus.RECEIVED)
    attempts = []
    for minute in range(240):
        before = len(endpoint.taken)
        subscriber.sweep()
        if len(endpoint.taken) > before:
            attempts.append(minute)
        clock.advance(minutes=1)
    gaps = [later - earlier for earlier, later in pairwise(attempts)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 60


def test_after_lasting_failure_it_is_off_and_the_steward_is_told(
    runtime: Runtime,
    subscriber: Subscriber,
    subscriber_of: Make,
    place: MadePlace,
    endpoint: Receiver,
    refer: Refer,
    clock: Clock,
) -> None:
    made = subscriber.subscribe(endpoint.url, "Task?")
    endpoint.answer = 500
    refer(ReferralStatus.RECEIVED)
    for _ in range(75):
        subscriber.sweep()
        clock.advance(hours=1)
    before = len(endpoint.taken)
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert len(endpoint.taken) == before
    found = subscriber_of(place.practices[0]).read(made)
    assert found["status"] == "off"
    assert "500" in found["error"]
    tasks = [each.kind for each in views.list_tasks(runtime.db, place.actor("steward")).lines]
    assert "subscription-off" in tasks
    (told_to_the_owner,) = subscriptions.list_troubles(runtime.db, place.actor("practice-0"))
    assert "is told no more" in told_to_the_owner
    assert "500" in told_to_the_owner
    assert subscriptions.list_troubles(runtime.db, place.link_worker) == []


def test_switched_on_again_it_is_told_what_waited_and_what_comes(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    made = subscriber.subscribe(endpoint.url, "Task?")
    endpoint.answer = 410
    waited = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert subscriber.read(made)["status"] == "off"
    missed = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    endpoint.answer = 200
    endpoint.taken.clear()
    answer = subscriber.change(made, status="requested")
    assert answer.status_code == 200, answer.text
    assert (answer.json["status"], answer.json.get("error")) == ("requested", None)
    coming = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    subscriber.sweep()
    assert endpoint.focuses == [f"Task/{waited.id}", f"Task/{coming.id}"]
    # What happened while it was off is found by searching.
    assert str(missed.id) in subscriber.reader.ids("Task", {"_lastUpdated": "gt2020-01-01"})


def test_a_step_taken_while_its_owner_had_it_off_is_found_by_searching_and_never_told(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    made = subscriber.subscribe(endpoint.url)
    assert subscriber.change(made, status="off").status_code == 200
    missed = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert subscriber.change(made, status="requested").status_code == 200
    subscriber.sweep()
    coming = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert endpoint.focuses == [f"Task/{coming.id}"]
    assert numbers(endpoint) == [1]
    assert str(missed.id) in subscriber.reader.ids("Task", {"_lastUpdated": "gt2020-01-01"})


def test_an_endpoint_that_is_gone_is_called_no_more(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, clock: Clock
) -> None:
    made = subscriber.subscribe(endpoint.url)
    endpoint.answer = 410
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    found = subscriber.read(made)
    assert found["status"] == "off"
    assert "410" in found["error"]
    calls = len(endpoint.taken)
    clock.advance(minutes=5)
    subscriber.sweep()
    assert len(endpoint.taken) == calls


def test_a_handshake_that_never_succeeds_ends_after_a_few_attempts(
    subscriber: Subscriber, endpoint: Receiver, clock: Clock
) -> None:
    endpoint.answer = 404
    made = subscriber.subscribe(endpoint.url)
    found = subscriber.read(made)
    assert found["status"] == "requested"
    assert "404" in found["error"]
    for _ in range(9):
        clock.advance(seconds=59)
        subscriber.sweep()
    assert subscriber.read(made)["status"] == "off"
    assert len(endpoint.taken) == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, status: int
) -> None:
    made = subscriber.subscribe(endpoint.url)
    with receiving() as elsewhere:
        endpoint.answer, endpoint.location = status, elsewhere.url
        refer(ReferralStatus.RECEIVED)
        subscriber.sweep()
        assert elsewhere.taken == []
    assert "redirects are not followed" in subscriber.read(made)["error"]


def test_a_slow_endpoint_fails_and_the_others_are_told_in_the_same_sweep(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    with receiving() as slow:
        late = [subscriber.subscribe(slow.url) for _ in range(3)]
        subscriber.subscribe(endpoint.url)
        slow.may_answer.clear()
        made = refer(ReferralStatus.RECEIVED)
        subscriber.sweep()
        assert endpoint.focuses == [f"Task/{made.id}"]
        assert {subscriber.read(each)["status"] for each in late} == {"error"}
        assert "in time" in subscriber.read(late[0])["error"]


def test_a_step_taken_while_an_endpoint_hangs_is_told_to_the_others_before_it_times_out(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, clock: Clock
) -> None:
    with receiving() as hanging, ThreadPoolExecutor(1) as worker:
        for _ in range(notifying.AT_ONCE // 4):
            subscriber.subscribe(hanging.url)
        subscriber.subscribe(endpoint.url)
        hanging.may_answer.clear()
        refer(ReferralStatus.RECEIVED)
        sweep = worker.submit(subscriber.sweep)
        endpoint.wait_for(1)
        later = refer(ReferralStatus.RECEIVED)
        endpoint.wait_for(2)
        assert endpoint.focuses[-1] == f"Task/{later.id}"
        assert not sweep.done()  # the others are still being waited for
        hanging.may_answer.set()
        sweep.result()


def test_an_endpoint_that_drips_is_not_waited_for(endpoint: Receiver) -> None:
    endpoint.drips = True
    endpoint.may_answer.clear()
    hook = RestHook(allow_private=True, whole_seconds=1.0)
    assert hook.post(endpoint.url, {}, b"{}") == "timeout"


def test_a_change_while_a_call_is_under_way_begins_anew(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver
) -> None:
    made = str(subscriber.ask(wish(endpoint.url)).json["id"])

    def changed_meanwhile(*_: object) -> None:
        answer = subscriber.change(made, channel={"endpoint": endpoint.url + "/new"})
        assert answer.status_code == 200, answer.text

    notifying.notify(runtime.db, Way(changed_meanwhile, BASE, timedelta(hours=72)))
    assert subscriber.read(made)["status"] == "requested"
    subscriber.sweep()
    assert subscriber.read(made)["status"] == "active"
    assert [each.path for each in endpoint.taken] == ["/hook/new"]


def test_what_was_sent_and_not_noted_is_sent_again_with_the_same_numbers(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer, admin: Engine
) -> None:
    subscriber.subscribe(endpoint.url, "Task?")
    refer(ReferralStatus.RECEIVED)

    def dies_afterwards(*call: object) -> None:
        runtime.hooks.post(*call)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        notifying.notify(runtime.db, Way(dies_afterwards, BASE, timedelta(hours=72)))
    subscriber.sweep()
    assert len(endpoint.notifications) == 1  # it is still leased
    with admin.connect() as connection:
        connection.execute(text("update subscription set leased_until = now() - interval '1 second'"))
    subscriber.sweep()
    first, second = endpoint.notifications
    assert (first.bundle["id"], first.events) == (second.bundle["id"], second.events)
    subscriber.sweep()
    assert len(endpoint.notifications) == 2


_GATHERS = """
import sys
from datetime import timedelta
from app.services.systems import notifying
from app.store import notices
from app.process import runtime_of_process
def stop(*_):
    print("here", flush=True)
    sys.stdin.readline()
notices.forget_steps = stop
notifying.gather(runtime_of_process().db, "http://localhost/FHIR/R4")
"""


def test_a_process_killed_while_it_gathers_loses_no_step(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer, tmp_path: Path
) -> None:
    subscriber.subscribe(endpoint.url, "Task?")
    made = refer(ReferralStatus.CLOSED)
    settings, ring = runtime.settings, tmp_path / "keys.json"
    ring.write_text(keys_text(runtime))
    ring.chmod(0o600)
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "BACKSTITCH_KEYS_FILE": str(ring),
    }
    with subprocess.Popen(
        [sys.executable, "-c", _GATHERS],
        cwd=Path(__file__).parents[3],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        os.kill(process.pid, signal.SIGKILL)
    subscriber.sweep()
    assert f"Task/{made.id}" in endpoint.focuses
    assert numbers(endpoint) == list(range(1, len(endpoint.events) + 1))


def keys_text(runtime: Runtime) -> str:
    """The key ring as its file holds it."""
    ring = runtime.settings.keys
    told = {name: base64.b64encode(key).decode() for name, key in ring.keys.items()}
    return json.dumps(
        {"active": ring.active, "keys": told, "index": base64.b64encode(ring.index_key).decode()}
    )


def test_two_workers_at_once_tell_every_step_once(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    subscriber.subscribe(endpoint.url, "ServiceRequest?")
    steps = 0
    for _ in range(4):
        refer(ReferralStatus.CLOSED)
        with ThreadPoolExecutor(4) as workers:
            for done in [workers.submit(subscriber.sweep) for _ in range(4)]:
                done.result()
        steps += 11
    subscriber.sweep()
    assert sorted(set(numbers(endpoint))) == list(range(1, steps + 1))
    assert numbers(endpoint) == sorted(numbers(endpoint))


def test_steps_taken_while_the_worker_looks_are_told_by_the_next_sweep(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer, admin: Engine
) -> None:
    """The step of a transaction that began before others were told and committed after is not passed over."""
    subscriber.subscribe(endpoint.url, "Task?")
    early = refer(ReferralStatus.RECEIVED)
    with admin.connect() as connection:
        connection.execute(text("begin"))
        connection.execute(
            text(
                "insert into transition (referral_id, track, action, before, after, role, actor, at)"
                " values (:id, 'referral', 'start-triage', 'received', 'in-triage', 'link-worker', 'user:x', now())"
            ),
            {"id": early.id},
        )
        later = refer(ReferralStatus.RECEIVED)
        subscriber.sweep()
        assert endpoint.focuses == [f"Task/{early.id}", f"Task/{later.id}"]
        connection.execute(text("commit"))
    subscriber.sweep()
    assert endpoint.focuses[2:] == [f"Task/{early.id}"]


def test_steps_that_nobody_wants_to_hear_of_do_not_pile_up(
    subscriber: Subscriber, refer: Refer, admin: Engine
) -> None:
    refer(ReferralStatus.CLOSED)
    subscriber.sweep()
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from step_to_tell")).scalar() == 0
