"""What the demonstration shows at its end can be read in a narrow terminal."""

from __future__ import annotations

import re

import pytest

from app.demo import place
from app.demo.report import Ended, failures, on_the_way, table
from app.demo.scenarios import SCENARIOS

WIDTH = 100
PROVIDER = "St Anne's Hall Neighbours"


def _ended() -> list[Ended]:
    states = [{"status": "closed", "at": "2026-11-22T02:45:37+00:00"}]
    told = (
        "message",
        "header",
        "BK-D5KS8M6",
        PROVIDER,
        states,
        "did-not-engage",
        "feedback",
        states[0]["at"],
    )
    ended = [Ended(scenario, "referral", *told) for scenario in SCENARIOS]
    for one in ended:
        one.extracted_reason = "identity-not-confirmed"
    return ended


def test_the_table_breaks_no_word_in_a_hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", table(_ended()))
    assert max(len(line) for line in shown.splitlines()) <= WIDTH
    names = {practice.ods: practice.name for practice in place.PRACTICES}
    wanted = [PROVIDER, "did not engage", "identity not confirmed", *(one.name for one in SCENARIOS)]
    wanted += [names[one.practice] for one in SCENARIOS]
    assert set(" ".join(wanted).split()) <= set(shown.split())


def test_the_line_on_the_way_counts_what_was_told_and_what_gave_way() -> None:
    ended = _ended()
    assert on_the_way(ended) == "On the way the practices were told: nothing."
    for one, status in zip(ended, ("acknowledged", "superseded"), strict=False):
        one.on_the_way = [
            {"told": "accepted", "status": status, "message_id": "m-1"},
            {"told": "in-progress", "status": "acknowledged", "message_id": "m-2"},
        ]
    told = "1 accepted, 2 in progress; 1 gave way to newer news"
    assert on_the_way(ended) == f"On the way the practices were told: {told}."


def test_word_on_the_way_that_failed_fails_the_demonstration() -> None:
    ended = _ended()[3:4]
    before = failures(ended)
    ended[0].on_the_way = [{"told": "accepted", "status": "failed", "message_id": "m-1"}]
    added = set(failures(ended)) - set(before)
    assert added == {f"{ended[0].scenario.name}: the practice could not be told on the way"}
