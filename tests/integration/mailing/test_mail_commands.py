"""The steward's commands for e-mail and entries, run as on the command line against a real mail server."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from app.cli import cli
from app.config import Settings
from app.embedded.mail import MailServer
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt
from app.services.feedback.carrying import Result as Ended
from app.services.messages import mailing
from app.store.crypto import KeyRing
from tests.factories import MadePlace, make_place
from tests.integration.mailing.test_mailing import write

Run = Callable[..., Result]


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def run(
    place: MadePlace,
    settings: Settings,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Run:
    KeyRing.create(tmp_path / "keys.json")
    told = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "BACKSTITCH_KEYS_FILE": str(tmp_path / "keys.json"),
        "SMTP_URL": mail_server.url,
        "MAIL_FROM": "Backstitch <no-reply@example.org>",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(cli, words)


def test_mail_server_is_tried(run: Run, arrived: Callable[[], list[EmailMessage]]) -> None:
    assert run("mail", "test", "me@example.org").exit_code == 0
    assert [letter["To"] for letter in arrived()] == ["me@example.org"]
    assert run("mail", "test", "me").exit_code == 2


def test_mail_server_that_is_away_or_not_set_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    away = run("mail", "test", "me@example.org")
    assert (away.exit_code, away.stderr) == (1, "Error: The mail server did not take it: connection.\n")
    monkeypatch.delenv("SMTP_URL")
    assert "SMTP_URL is not set" in run("mail", "test", "me@example.org").stderr


def test_failed_mail_is_listed(run: Run, runtime: Runtime, place: MadePlace) -> None:
    assert run("mail", "failed").exit_code == 0
    write(runtime.db, place)
    mailing.send_due(runtime.db, lambda _: Attempt(Ended.NEVER, error="smtp-550"))
    found = run("mail", "failed")
    assert found.exit_code == 1
    assert "smtp-550" in found.stdout
    assert "hello@example.org  Dalston Befrienders: Is this still right?" in found.stdout


def test_entries_to_check_are_listed(run: Run, place: MadePlace, admin: Engine) -> None:
    with admin.begin() as connection:
        connection.execute(text("update service set listed_at = listed_at - interval '200 days'"))
    found = run("entries")
    assert found.exit_code == 0
    assert found.stdout.count("RING     no number") == len(place.services)
