"""Settings that would not work, or not protect, are all told at once before anything starts."""

from __future__ import annotations

import base64
import json

import pytest

from app.config import SettingsProblem, from_environment

KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "DATABASE_URL": "postgresql://app:pw@db.example/backstitch",
    "REDIS_URL": "rediss://:pw@queue.example:6379/0",
    "SECRET_KEY": "a-secret-of-the-tests-and-of-nobody-else",
    "BACKSTITCH_KEYS": json.dumps({"active": "k1", "keys": {"k1": KEY}, "index": KEY}),
}


def test_good_settings_are_taken() -> None:
    assert from_environment(GOOD).database_url == GOOD["DATABASE_URL"]


def test_the_names_of_the_place_are_read_one_by_one() -> None:
    told = from_environment(GOOD | {"RECEIVER_IDS": " https://x.example/Id|1 ,X26,, "})
    assert told.receiver_ids == ("https://x.example/Id|1", "X26")
    assert from_environment(GOOD).receiver_ids == ()


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(SettingsProblem) as told:
        from_environment({})
    for name in GOOD:
        assert name in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://app:canary@db.example/backstitch"),
        ("DATABASE_URL", "canary"),
        ("REDIS_URL", "canary"),
        ("REDIS_URL", "http://:canary@queue.example"),
        ("SECRET_KEY", "CHANGE"),
        ("SWEEP_SECONDS", "canary"),
    ],
)
def test_a_setting_that_cannot_work_is_named_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsProblem) as told:
        from_environment({**GOOD, name: value})
    assert [line for line in told.value.problems if line.startswith(name)] == told.value.problems
    assert "canary" not in str(told.value)
