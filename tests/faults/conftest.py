"""The whole house in processes that can be killed: worker, Valkey and NHS England's MESH sandbox, all real."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from app.clients.mesh import MeshAccount, MeshTransport
from app.config import Settings
from app.domain.lifecycle import ReferralStatus
from app.embedded.mesh import Mailbox, MeshServer, start_mesh_sandbox
from app.embedded.valkey import ValkeyServer, start_valkey
from app.runtime import Runtime, build_runtime
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import make_place, make_referral

ROOT = Path(__file__).parents[2]
MESSAGES = 20
PATIENCE = 120.0  # seconds until a test gives up waiting
HOUSE = Mailbox("HOUSE01", "house-password", "Backstitch", "X99")
PRACTICE = Mailbox("A81001OT001", "practice-password", "The Invented Surgery", "A81001")
SHARED_KEY = "shared"


def eventually(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so; fails, naming it, when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.05)


@dataclass
class House:
    """What a test kills and looks at."""

    runtime: Runtime
    admin: Engine
    mesh: MeshServer
    valkey: ValkeyServer
    log: Path

    def ask(self, query: str) -> int:
        """A count from the database, behind its walls."""
        with self.admin.connect() as connection:
            return connection.scalar(text(query)) or 0

    def sent(self) -> int:
        """How many messages we believe to have sent."""
        return self.ask("select count(*) from outbox_message where status = 'sent'")

    def expected(self) -> Counter[str]:
        """The Bundle.id of every message that was composed, once each."""
        with self.admin.connect() as connection:
            return Counter(connection.execute(text("select message_id from feedback")).scalars())

    def arrived(self) -> Counter[str]:
        """The Bundle.id of everything in the practice's mailbox, as often as it lies there."""
        account = MeshAccount(self.mesh.url, PRACTICE.mailbox_id, PRACTICE.password, SHARED_KEY)
        mailbox = MeshTransport(account)
        try:
            found = mailbox.fetch([self.runtime.settings.mesh_workflow])
            return Counter(json.loads(delivery.body)["id"] for delivery in found)
        finally:
            mailbox.close()

    def let_an_hour_pass(self) -> None:
        """Leases run out and waits are over: the database's clock is what both go by."""
        earlier = text(
            "update outbox_message set leased_until = leased_until - interval '1 hour',"
            " next_attempt_at = now() - interval '1 second'"
        )
        with self.admin.connect() as connection:
            connection.execute(earlier)

    @contextmanager
    def nothing_can_be_noted(self) -> Iterator[Connection]:
        """Messages can be leased and sent, but how it went cannot be written while this lasts."""
        with self.admin.connect() as connection:
            connection.execute(text("begin"))
            connection.execute(text("select id from feedback for update"))
            yield connection
            connection.execute(text("rollback"))

    def start_worker(self) -> subprocess.Popen[bytes]:
        """The worker as it runs in production: a supervisor and its child, in a process group of their own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app.worker"],
                cwd=ROOT,
                env=environment(self.runtime.settings, self.mesh.url),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def kill(worker: subprocess.Popen[bytes]) -> None:
    """As a power cut would, supervisor and child together."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def environment(settings: Settings, mesh_url: str) -> dict[str, str]:
    """The worker's whole environment."""
    told = {name: base64.b64encode(key).decode() for name, key in settings.keys.keys.items()}
    ring = {
        "active": settings.keys.active,
        "keys": told,
        "index": base64.b64encode(settings.keys.index_key).decode(),
    }
    return {
        "PATH": os.defpath,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "BACKSTITCH_KEYS": json.dumps(ring),
        "MESH_URL": mesh_url,
        "MESH_MAILBOX": HOUSE.mailbox_id,
        "MESH_PASSWORD": HOUSE.password,
        "MESH_SHARED_KEY": SHARED_KEY,
        "SWEEP_SECONDS": "0.3",
    }


@pytest.fixture
def fill() -> Callable[[Database], None]:
    """Writes twenty pieces of news that are due."""

    def write(database: Database) -> None:
        place = make_place(database)
        for _ in range(MESSAGES):
            make_referral(database, place, ReferralStatus.ENDED_EARLY)

    return write


@pytest.fixture
def house(
    runtime: Runtime, clock: Clock, admin: Engine, tmp_path: Path, fill: Callable[[Database], None]
) -> Iterator[House]:
    """Everything running but the worker, and news that is due."""
    with (
        start_valkey(tmp_path / "valkey") as valkey,
        start_mesh_sandbox(tmp_path / "mesh", [HOUSE, PRACTICE], shared_key=SHARED_KEY) as mesh,
    ):
        settings = replace(runtime.settings, redis_url=valkey.url)
        queueing = build_runtime(settings, clock=clock, engine=runtime.db.engine)
        fill(queueing.db)
        yield House(queueing, admin, mesh, valkey, tmp_path / "worker.log")


@pytest.fixture
def worker(house: House) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; none outlives its test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(house.start_worker())
        return started[-1]

    yield start
    for each in started:
        kill(each)
