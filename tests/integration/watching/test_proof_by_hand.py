"""The steward's commands: the proof by hand exits 1 on a breach, and somebody who left leaves nothing behind."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.cli import main
from app.config import Settings
from app.domain.lifecycle import ReferralStatus
from app.store.crypto import KeyRing
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_referral


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture(autouse=True)
def _environment(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock.now = datetime.now(UTC)  # a command goes by the real one
    ring = tmp_path / "keys.json"
    KeyRing.create(ring)
    told = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    for name, value in (told | {"SECRET_KEY": settings.secret_key}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BACKSTITCH_KEYS_FILE", str(ring))
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["app", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_proof_by_hand_names_each_breach_and_exits_with_one(
    database: Database,
    place: MadePlace,
    admin: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    assert run(monkeypatch, "invariants") == 0
    assert "0 not as they must be" in capsys.readouterr().out
    with admin.connect() as connection:
        connection.execute(text("update placement set status = 'withdrawn', ended_at = now()"))
    assert run(monkeypatch, "invariants") == 1
    told = capsys.readouterr()
    assert f"nothing-going-on {made.id}" in told.err
    assert "1 not as they must be" in told.out
    assert "Okonkwo" not in told.out + told.err


def test_who_left_is_switched_off_by_name_and_a_wrong_name_is_told(
    database: Database,
    place: MadePlace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_referral(database, place, ReferralStatus.ACTIVE)
    assert run(monkeypatch, "leaver", "link-worker") == 0
    assert "Open referrals that went to the team's duty: 1" in capsys.readouterr().out
    assert run(monkeypatch, "leaver", "nobody") == 2
    assert "Nobody signs in with this user name." in capsys.readouterr().err
