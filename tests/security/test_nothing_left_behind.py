"""What the house leaves lying about after a planted person's whole way through its doors: nothing they are known by."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from redis import Redis

from app import create_app, logs
from app.embedded.postgres import PostgresServer
from app.runtime import Runtime, build_runtime
from tests.conftest import TestDatabase
from tests.security.ids import parts_for
from tests.security.knocking import PEOPLE, address, of_people
from tests.security.planted import Planted, plant
from tests.security.world import World

SECRET = {
    "name",
    "nhs_number",
    "birth_date",
    "street",
    "postcode",
    "phone",
    "email",
    "reason",
    "safeguarding",
    "risk",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StringIO]:
    """Everything that the house and its libraries say, at their most talkative; temporary files go beside it."""
    said, root = StringIO(), logging.getLogger()
    before, err, folder = (root.handlers[:], root.level), sys.stderr, os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(tmp_path_factory.mktemp("temporary"))
    sys.stderr = said
    logs.configure(logging.DEBUG)
    yield said
    sys.stderr = err
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    os.environ.pop("TMPDIR") if folder is None else os.environ.update(TMPDIR=folder)


@pytest.fixture(scope="module")
def people(world: World, log: StringIO) -> list[Planted]:
    """Planted people, taken on with the real queue, and then looked at through every door that shows them."""
    Redis.from_url(world.runtime.settings.redis_url).flushdb()
    runtime = _with_its_queue(world)
    world.runtime = runtime
    world.app = create_app(runtime=runtime)
    logs.configure(logging.DEBUG)
    world.a.db = runtime.db
    made = plant(world.a)
    for route in of_people(world):
        for role in route.row.roles if route.row and route.method == "GET" else ():
            if "referral_id" in route.rule or "placement_id" in route.rule:
                _look(
                    world, address(route.rule, parts_for(world, world.a, role, "plain")) or "", PEOPLE[role]
                )
    return made


def _with_its_queue(world: World) -> Runtime:
    return build_runtime(world.runtime.settings, clock=world.runtime.db.clock, engine=world.runtime.db.engine)


def _look(world: World, path: str, who: str) -> None:
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {world.token(who)}"}
        world.app.test_client(use_cookies=False).get(path, headers=headers)
    else:
        client = world.app.test_client()
        client.set_cookie("session", world.token(who))
        client.get(path)


def told(people: list[Planted], text: str) -> list[str]:
    """Whose what stands in a text, also in hexadecimal."""
    found = []
    for each in people:
        hidden = {kind: spelt for kind, spelt in each.traces.items() if kind in SECRET}
        coded = Planted(
            each.name, {kind: tuple(one.encode().hex() for one in spelt) for kind, spelt in hidden.items()}
        )
        kinds = (each.found_in(text) & SECRET) | coded.found_in(text)
        found += [f"{kind} of {each.name}" for kind in sorted(kinds)]
    return found


def test_a_trace_would_be_found(people: list[Planted]) -> None:
    for kind, spelt in people[0].traces.items():
        if kind in SECRET:
            assert told(people, f"... {spelt[0].upper()} ...") == [f"{kind} of plain"]
            assert told(people, f"... {spelt[0].encode().hex()} ...") == [f"{kind} of plain"]


def test_dump_of_the_database_and_its_own_log_hold_none(
    people: list[Planted], test_database: TestDatabase, embedded_postgres: PostgresServer | None
) -> None:
    if embedded_postgres is None:
        pytest.skip("pg_dump comes with the embedded server")
    command = [embedded_postgres.bin_dir / "pg_dump", "--no-owner", test_database.admin_url]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "COPY public.person" in dumped
    assert told(people, dumped) == []
    assert told(people, (embedded_postgres.data_dir / "postgres.log").read_text(errors="replace")) == []


def test_queue_holds_ids_alone(world: World, people: list[Planted]) -> None:
    kept = Redis.from_url(world.runtime.settings.redis_url)
    keys = list(kept.scan_iter())
    assert keys, "nothing was queued: the test would prove nothing"
    everything = b" ".join(key + (kept.dump(key) or b"") for key in keys).decode("latin-1")
    assert told(people, everything) == []
    for job in world.runtime.queue.jobs:
        assert told(people, json.dumps([job.args, job.kwargs, job.description], default=str)) == []


def test_log_tells_what_was_done_and_to_nobody_by_name(log: StringIO, people: list[Planted]) -> None:
    said = log.getvalue()
    assert said.count('"event": "request"') > 50
    assert told(people, said) == []
    assert str(people[0].traces["name"][0]) not in said


def test_metrics_count_and_name_nobody(world: World, people: list[Planted]) -> None:
    headers = {"Authorization": f"Bearer {world.runtime.settings.metrics_token}"}
    answer = world.app.test_client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert "/referrals/<uuid:referral_id>" in answer.text  # routes, never addresses
    assert told(people, answer.text) == []
    assert str(world.a.made["plain"].id) not in answer.text


def test_temporary_files_hold_none(people: list[Planted]) -> None:
    files = [path for path in Path(os.environ["TMPDIR"]).rglob("*") if path.is_file()]
    assert [path.name for path in files if told(people, path.read_bytes().decode("latin-1"))] == []
