"""Words on the way and outcomes through the real worker, mailbox and GP system, with the power cut in between."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from mesh_client import MeshClient

from app.clients.mesh import MeshAccount, MeshTransport
from app.demo.gp_system import empty_mailbox
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import ProgressMessages
from app.embedded.mesh import start_mesh_sandbox
from app.store.session import Database
from fhir.systems import OUR_REFERRAL_ID
from tests.factories import make_place, make_referral
from tests.faults.conftest import HOUSE, PRACTICE, SHARED_KEY, House, eventually, kill

StartWorker = Callable[[], "subprocess.Popen[bytes]"]
REFERRALS = 5
IN_ORDER = ["planned", "in-progress", "finished"]
OPEN_OUTCOMES = "select count(*) from referral where status <> 'closed'"


@pytest.fixture
def fill() -> Callable[[Database], None]:
    """Writes three messages of each referral, made within a moment."""

    def write(database: Database) -> None:
        place = make_place(database, progress=ProgressMessages.ALL)
        for _ in range(REFERRALS):
            make_referral(database, place, ReferralStatus.COMPLETED)

    return write


@contextmanager
def mailbox_of(house: House) -> Iterator[MeshTransport]:
    account = MeshAccount(house.mesh.url, PRACTICE.mailbox_id, PRACTICE.password, SHARED_KEY)
    mailbox = MeshTransport(account)
    yield mailbox
    mailbox.close()


def told(house: House) -> dict[str, list[str]]:
    """What lies in the practice's mailbox of each referral, in the order in which it came."""
    found = defaultdict(list)
    with mailbox_of(house) as mailbox:
        for delivery in mailbox.fetch([house.runtime.settings.mesh_workflow]):
            parts = [entry["resource"] for entry in json.loads(delivery.body)["entry"]]
            (request,) = [each for each in parts if each["resourceType"] == "ServiceRequest"]
            (ours,) = [each for each in request["identifier"] if each.get("system") == OUR_REFERRAL_ID]
            found[ours["value"]].append([e for e in parts if e["resourceType"] == "Encounter"][-1]["status"])
    return found


def test_everything_arrives_once_and_in_its_order_however_often_the_worker_is_killed(
    house: House, worker: StartWorker
) -> None:
    for _ in range(3):
        before, running = house.sent(), worker()
        eventually(
            lambda before=before: house.sent() >= min(before + 1, 3 * REFERRALS), "the worker is in mid-loop"
        )
        kill(running)
        house.let_an_hour_pass()
    worker()
    eventually(lambda: house.sent() == 3 * REFERRALS, "all messages are sent")
    assert list(told(house).values()) == [IN_ORDER] * REFERRALS


def test_words_that_could_not_go_while_the_mailbox_was_away_are_not_sent_behind_the_outcome(
    house: House, worker: StartWorker, tmp_path: Path
) -> None:
    port = int(house.mesh.url.rsplit(":", 1)[1])
    house.mesh.stop()
    worker()
    given_up = "select count(*) from feedback where kind <> 'outcome' and status = 'superseded'"
    eventually(lambda: house.ask(given_up) == 2 * REFERRALS, "the words on the way have given way")
    with start_mesh_sandbox(tmp_path / "mesh", [HOUSE, PRACTICE], shared_key=SHARED_KEY, port=port) as again:
        here = replace(house, mesh=again)
        house.let_an_hour_pass()
        eventually(lambda: house.sent() == REFERRALS, "the outcomes are sent")
        assert list(told(here).values()) == [["finished"]] * REFERRALS


def test_gp_system_answers_every_word_and_only_the_outcomes_answer_closes(
    house: House, worker: StartWorker, tmp_path: Path
) -> None:
    settings = house.runtime.settings
    config = {
        "workflow": settings.mesh_workflow,
        "workflow_ack": settings.mesh_workflow_ack,
        "team_mailbox": HOUSE.mailbox_id,
        "filed": str(tmp_path / "filed"),
    }
    practice = {"ods": "A81001", "practice": "The Invented Surgery"}
    client = MeshClient(house.mesh.url, PRACTICE.mailbox_id, PRACTICE.password, SHARED_KEY.encode())
    worker()

    def all_closed() -> bool:
        empty_mailbox(client, practice, config)
        return house.ask(OPEN_OUTCOMES) == 0

    eventually(all_closed, "every loop is closed")
    client.close()
    assert len(list((tmp_path / "filed" / "A81001").iterdir())) == 3 * REFERRALS
    eventually(
        lambda: house.ask("select count(*) from feedback where status <> 'acknowledged'") == 0,
        "every word is answered",
    )
    assert house.ask("select count(*) from transition where action = 'close'") == REFERRALS
    assert house.ask("select count(*) from task where done_at is null") == 0
