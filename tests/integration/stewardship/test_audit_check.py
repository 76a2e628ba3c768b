"""The audit held against signed checkpoints: by the worker, by command and on the steward's page."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import jobs
from app.cli import main
from app.clients.checkpoints import CheckpointFolder, CheckpointProblem, create_key
from app.config import Settings, SettingsProblem, from_environment
from app.domain.access import system
from app.domain.audit_checkpoint import Checkpoint
from app.domain.errors import Conflict, NotAllowed
from app.runtime import Runtime
from app.services.rights import audit_checks
from app.store.audit import Entry
from app.store.crypto import KeyRing
from app.store.session import Database
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_referral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def place(database: Database) -> MadePlace:
    made = make_place(database)
    make_referral(database, made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    create_key(tmp_path / "audit.pem")
    return CheckpointFolder.with_key(tmp_path / "kept", (tmp_path / "audit.pem").read_bytes())


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, folder: CheckpointFolder) -> Settings:
    pem = (tmp_path / "audit.pem").read_bytes()
    return replace(settings, audit_checkpoints=tmp_path / "kept", audit_signing_key=pem)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    return lambda username: Visitor(app.test_client()).sign_in(username)


def write(database: Database, count: int = 1) -> None:
    for number in range(count):
        with database.transaction(system("test")) as tx:
            tx.audit(Entry("test", "nothing", str(number)))


def tamper(admin: Engine, deed: str) -> None:
    with admin.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(text(deed))
        connection.execute(text("set session_replication_role = origin"))


NEWEST = "(select max(seq) from audit_event)"
TAMPERINGS = {
    "flip": f"update audit_event set act = act || ' ' where seq = {NEWEST}",  # noqa: S608
    "delete": "delete from audit_event where number = 1 and shard = (select min(shard) from audit_event)",
    "swap": "update audit_event set number = -number where number in (1, 2);"
    " update audit_event set number = 3 + number where number < 0",
    "truncate": f"delete from audit_event where seq >= {NEWEST} - 2",  # noqa: S608
}


@pytest.mark.parametrize("deed", TAMPERINGS)
def test_check_against_a_checkpoint_names_the_line(
    database: Database, place: MadePlace, folder: CheckpointFolder, admin: Engine, deed: str
) -> None:
    audit_checks.add_checkpoint(database, folder)
    held = audit_checks.check(database, folder)
    assert (held.faults, held.checkpoint) == ([], 1)
    audit_checks.add_checkpoint(database, folder)
    tamper(admin, TAMPERINGS[deed])
    found = audit_checks.check(database, folder)
    assert found.faults
    assert found.faults[0].startswith("Chain ")
    assert "breaks at its line" in found.faults[0]


def test_cut_off_end_is_found_by_the_checkpoint_alone(
    database: Database, place: MadePlace, folder: CheckpointFolder, admin: Engine
) -> None:
    write(database, 3)
    audit_checks.add_checkpoint(database, folder)
    tamper(admin, TAMPERINGS["truncate"])
    # With the checkpoint first: a check leaves a line of its own, by which a chain may grow as long again, and then it
    # is told as written anew. Which chain that is depends on the connection.
    faults = audit_checks.check(database, folder).faults
    assert faults
    assert all("since the last checkpoint" in each for each in faults)
    assert audit_checks.check(database, None).faults == []


def test_no_checkpoint_is_signed_over_lost_lines(
    database: Database, place: MadePlace, folder: CheckpointFolder, admin: Engine
) -> None:
    audit_checks.add_checkpoint(database, folder)
    tamper(admin, TAMPERINGS["truncate"])
    with pytest.raises(Conflict, match="have lost lines"):
        audit_checks.add_checkpoint(database, folder)
    newest = folder.newest()
    assert newest is not None
    assert newest[0] == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda told: told | {"checkpoint": told["checkpoint"].replace('"number":1', '"number":2')},
        lambda told: told | {"signature": told["signature"][:-8] + "AAAAAA=="},
        lambda told: {"checkpoint": told["checkpoint"]},
        lambda _: [],
    ],
)
def test_forged_checkpoint_is_refused(
    database: Database,
    place: MadePlace,
    folder: CheckpointFolder,
    tmp_path: Path,
    forge: Callable[[dict[str, str]], object],
) -> None:
    audit_checks.add_checkpoint(database, folder)
    (path,) = (tmp_path / "kept").glob("*.json")
    forged = json.dumps(forge(json.loads(path.read_text())))
    path.unlink()
    path.write_text(forged)
    with pytest.raises(CheckpointProblem, match="Checkpoint 1 of the audit"):
        folder.newest()
    assert (audit_checks.check(database, folder).faults or [""])[0].startswith("Checkpoint 1 of the audit")


def test_checkpoint_that_was_taken_away_is_missed(
    database: Database, place: MadePlace, folder: CheckpointFolder, tmp_path: Path
) -> None:
    for _ in range(3):
        audit_checks.add_checkpoint(database, folder)
    assert audit_checks.check(database, folder).checkpoint == 3
    (tmp_path / "kept" / "checkpoint-00000003.json").unlink()
    faults = audit_checks.check(database, folder).faults
    assert faults == ["Checkpoint 3 of the audit was there and is gone."]
    (tmp_path / "kept" / "checkpoint-00000001.json").unlink()
    faults = audit_checks.check(database, folder).faults
    assert faults == ["A checkpoint of the audit is missing in its folder."]


def test_checkpoint_is_never_written_over_and_never_by_the_public_key(
    database: Database, place: MadePlace, folder: CheckpointFolder, tmp_path: Path
) -> None:
    made = audit_checks.add_checkpoint(database, folder)
    with pytest.raises(CheckpointProblem, match="there already"):
        folder.add(1, b"{}")
    public = CheckpointFolder.with_key(tmp_path / "kept", create_key(tmp_path / "audit.pem"))
    newest = public.newest()
    assert newest is not None
    assert Checkpoint.read(newest[1]) == made
    with pytest.raises(CheckpointProblem, match="nothing can be signed"):
        public.add(2, b"{}")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["checkpoint-00000001.json"]
    assert stat.S_IMODE((tmp_path / "audit.pem").stat().st_mode) == 0o600


def test_worker_signs_each_hour_and_looks_each_day(runtime: Runtime, place: MadePlace, clock: Clock) -> None:
    for hours, checkpoints, checks in ((0, 1, 1), (0.5, 1, 1), (1, 2, 1), (23, 3, 2)):
        clock.advance(hours=hours)
        jobs.sweep(runtime)
        found = runtime.checkpoints.newest() if runtime.checkpoints else None
        assert found is not None
        assert found[0] == checkpoints
        view = audit_checks.find_overview(runtime.db, place.actor("steward"), is_kept=True)
        assert len(view.checks) == checks
        assert not view.is_late


def test_late_checkpoints_are_told(
    runtime: Runtime, place: MadePlace, clock: Clock, folder: CheckpointFolder
) -> None:
    audit_checks.add_checkpoint(runtime.db, folder)
    clock.advance(hours=5)
    audit_checks.check(runtime.db, folder)
    assert audit_checks.find_overview(runtime.db, place.actor("steward"), is_kept=True).is_late


def test_page_tells_what_was_found_and_asks_the_worker(
    runtime: Runtime, sign_in: Callable[[str], Visitor], admin: Engine, clock: Clock
) -> None:
    steward = sign_in("steward")
    assert "Nobody has looked yet" in steward.get("/audit-check").text
    assert steward.send("/audit-check", {}).location == "/audit-check"
    steward.send("/audit-check", {})  # twice is once
    assert "A check is asked for" in steward.get("/audit-check").text
    jobs.sweep(runtime)
    page = steward.get("/audit-check").text
    assert "lines stand as they were written" in page
    assert "checkpoint 1, which was signed" in page
    tamper(admin, TAMPERINGS["flip"])
    clock.advance(minutes=1)
    steward.send("/audit-check", {})
    jobs.sweep(runtime)
    page = steward.get("/audit-check").text
    assert "The record does not hold" in page
    assert "the line was changed after it was written" in page


def test_page_says_where_no_checkpoints_are_kept(runtime: Runtime, sign_in: Callable[[str], Visitor]) -> None:
    object.__setattr__(runtime.settings, "audit_checkpoints", None)
    assert "No checkpoints are kept elsewhere" in sign_in("steward").get("/audit-check").text


def test_others_neither_see_nor_ask(
    place: MadePlace, sign_in: Callable[[str], Visitor], database: Database
) -> None:
    for name in ("link-worker", "provider-0", "practice-0", "analyst"):
        sign_in(name).get("/audit-check", status=403)
        with pytest.raises(NotAllowed):
            audit_checks.ask(database, place.actor(name))


@pytest.fixture
def run(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Callable[..., tuple[int, str]]:
    KeyRing.create(tmp_path / "keys.json")
    names = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "BACKSTITCH_KEYS_FILE": tmp_path / "keys.json",
        "AUDIT_CHECKPOINTS": tmp_path / "kept",
        "AUDIT_SIGNING_KEY_FILE": tmp_path / "audit.pem",
    }
    for name, value in names.items():
        monkeypatch.setenv(name, str(value))

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["app", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return (ended.value.code if isinstance(ended.value.code, int) else 0), told.out + told.err

    return run


def test_commands_sign_and_verify(
    run: Callable[..., tuple[int, str]], database: Database, place: MadePlace, admin: Engine
) -> None:
    assert run("audit", "verify")[1].endswith("without a checkpoint.\n")
    assert run("audit", "checkpoint")[1].startswith("Checkpoint 1: ")
    status, told = run("audit", "verify")
    assert (status, "against checkpoint 1 of" in told) == (0, True)
    tamper(admin, TAMPERINGS["truncate"])
    status, told = run("audit", "verify")
    assert status == 1
    assert "since the last checkpoint" in told
    status, told = run("audit", "checkpoint")
    assert (status, "have lost lines" in told) == (1, True)


def test_settings_without_a_key_or_with_another_kind_are_refused(
    tmp_path: Path, settings: Settings, run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "audit.pem").write_text("no key")
    assert "no key in PEM form" in run("audit", "checkpoint")[1]
    monkeypatch.delenv("AUDIT_SIGNING_KEY_FILE")
    with pytest.raises(SettingsProblem, match="AUDIT_SIGNING_KEY_FILE is missing"):
        from_environment({"AUDIT_CHECKPOINTS": str(tmp_path)})
