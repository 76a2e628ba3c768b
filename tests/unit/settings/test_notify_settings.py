"""What is set of GOV.UK Notify works, or is told before anything starts; the key is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config import SettingsProblem, from_environment
from tests.unit.settings.test_settings import GOOD

SECRET = "0c7e5d1a-2f4b-4e0a-8a53-6f6f2e9b7c22"
KEY = f"live-5f2a1c9e-6c3b-4c1f-9a60-1b1f0d6f2a11-{SECRET}"
TEMPLATES = 'text = "d9a3b0c4-1111-4222-8333-000000000001"\n'


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "key").write_text(KEY + "\n", encoding="ascii")
    (tmp_path / "templates.toml").write_text(TEMPLATES, encoding="utf-8")
    files = {"NOTIFY_API_KEY_FILE": "key", "NOTIFY_TEMPLATES_FILE": "templates.toml"}
    return GOOD | {name: str(tmp_path / file) for name, file in files.items()}


def test_a_key_in_a_file_and_the_templates_are_read(told: dict[str, str]) -> None:
    settings = from_environment(told)
    assert settings.notify is not None
    assert (settings.notify.key, list(settings.notify.templates)) == (KEY, ["text"])
    assert SECRET not in repr(settings)


def test_without_a_key_nothing_is_asked_for() -> None:
    settings = from_environment(GOOD)
    assert (settings.notify, settings.shows_messages) == (None, False)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"NOTIFY_API_KEY": "short"}, "NOTIFY_API_KEY"),
        ({"NOTIFY_API_KEY_FILE": "/no/such/file"}, "NOTIFY_API_KEY_FILE"),
        ({"NOTIFY_TEMPLATES_FILE": ""}, "NOTIFY_TEMPLATES_FILE"),
        ({"NOTIFY_TEMPLATES_FILE": "/no/such/file"}, "NOTIFY_TEMPLATES_FILE"),
        ({"NOTIFY_URL": "http://elsewhere.example"}, "NOTIFY_URL"),
    ],
)
def test_what_cannot_work_is_told_by_its_name_without_the_key(
    changes: dict[str, str], name: str, told: dict[str, str]
) -> None:
    with pytest.raises(SettingsProblem) as fault:
        from_environment(told | changes)
    assert name in str(fault.value)
    assert SECRET not in str(fault.value)
