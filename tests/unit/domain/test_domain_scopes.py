"""Scopes of machines: what covers what."""

from __future__ import annotations

import pytest

from app.domain.scopes import allows, is_scope


@pytest.mark.parametrize(
    ("granted", "needed"),
    [
        (["referral.read"], "system/Task.r"),
        (["referral.read"], "system/Task.rs"),
        (["referral.write"], "system/Task.u"),
        (["referral.write"], "referral.write"),
        (["system/*.cruds"], "system/Subscription.d"),
        (["system/Patient.r", "system/Task.ru"], "system/Task.u"),
    ],
)
def test_a_granted_scope_covers_what_is_needed(granted: list[str], needed: str) -> None:
    assert allows(granted, needed)


@pytest.mark.parametrize(
    ("granted", "needed"),
    [
        ([], "system/Task.r"),
        (["referral.read"], "system/Task.u"),
        (["referral.read"], "referral.write"),
        (["system/*.cruds"], "referral.write"),
        (["system/Task.r"], "system/Task.rs"),
        (["system/Task.r"], "system/Patient.r"),
        (["system/Task."], "system/Task."[:-1]),
        (["user/*.cruds"], "system/Task.r"),
        (["system/*.ds"], "system/*."),
    ],
)
def test_nothing_covers_more_than_it_says(granted: list[str], needed: str) -> None:
    assert not allows(granted, needed)


@pytest.mark.parametrize(
    "text", ["", "system/Task.", "system/Task.ur", "patient/*.rs", "system/task.r", "referral"]
)
def test_what_is_no_scope_is_known_as_none(text: str) -> None:
    assert not is_scope(text)
