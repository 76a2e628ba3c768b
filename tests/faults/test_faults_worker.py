"""kill -9 in mid-loop: nothing is lost and nothing is sent twice, whoever dies."""

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.embedded.mesh import start_mesh_sandbox
from app.embedded.valkey import start_valkey
from app.store.audit_chain import walk
from tests.faults.conftest import HOUSE, MESSAGES, PRACTICE, SHARED_KEY, House, eventually, kill

StartWorker = Callable[[], "subprocess.Popen[bytes]"]


def assert_all_arrived_once(house: House) -> None:
    eventually(lambda: house.sent() == MESSAGES, "all messages are sent")
    assert house.arrived() == house.expected()
    assert sum(house.expected().values()) == MESSAGES
    assert house.ask("select count(*) from feedback where status in ('sent', 'delivered')") == MESSAGES
    assert walk(house.runtime.db.engine).faults == ()


def test_worker_killed_again_and_again_loses_nothing_and_sends_nothing_twice(
    house: House, worker: StartWorker
) -> None:
    for _ in range(3):
        before, running = house.sent(), worker()
        eventually(
            lambda before=before: house.sent() >= min(before + 2, MESSAGES), "the worker is in mid-loop"
        )
        kill(running)
        house.let_an_hour_pass()
    worker()
    assert_all_arrived_once(house)


def test_worker_killed_after_the_practice_has_it_and_before_we_noted_it_does_not_send_again(
    house: House, worker: StartWorker
) -> None:
    with house.nothing_can_be_noted():
        running = worker()
        eventually(lambda: house.arrived().total() >= 1, "a message has arrived that we have no note of")
        assert house.sent() == 0
        kill(running)
    arrived = house.arrived()
    house.let_an_hour_pass()
    worker()
    assert_all_arrived_once(house)
    assert arrived <= house.arrived()


@pytest.mark.parametrize("comes_back", [False, True], ids=["stays dead", "comes back"])
def test_queue_killed_in_mid_loop_loses_nothing_and_doubles_nothing(
    house: House, worker: StartWorker, tmp_path: Path, comes_back: bool
) -> None:
    assert house.runtime.queue.count == MESSAGES
    worker()
    eventually(lambda: house.sent() >= 2, "the worker is in mid-loop")
    assert house.valkey.process is not None
    os.kill(house.valkey.process.pid, signal.SIGKILL)
    house.valkey.process.stop()  # gathers the dead
    if comes_back:
        with start_valkey(tmp_path / "valkey") as again:
            assert again.url == house.valkey.url
            assert_all_arrived_once(house)
    else:
        assert_all_arrived_once(house)


def test_mailbox_server_away_for_a_while_is_tried_again_later(
    house: House, worker: StartWorker, tmp_path: Path
) -> None:
    port = int(house.mesh.url.rsplit(":", 1)[1])
    house.mesh.stop()
    worker()
    tried = "select count(*) from outbox_message where attempts > 0 and last_error is not null and leased_until is null"
    eventually(lambda: house.ask(tried) == MESSAGES, "every message was tried in vain")
    assert house.sent() == 0
    assert house.ask("select count(*) from outbox_message where next_attempt_at > now()") > 0
    mailboxes = [HOUSE, PRACTICE]
    with start_mesh_sandbox(tmp_path / "mesh", mailboxes, shared_key=SHARED_KEY, port=port) as again:
        house.let_an_hour_pass()
        assert_all_arrived_once(replace(house, mesh=again))
