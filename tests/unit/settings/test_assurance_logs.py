"""What the log looks like, whatever somebody put into it: one line, one JSON object, a time with its zone."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

import pytest

from app import logs

FORGED = 'failed\n{"event": "sign in", "level": "info"}\r\n\x1b[2J\u2028'


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What is written, by handlers that are put back afterwards."""
    root, written = logging.getLogger(), StringIO()
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure()
    yield written
    root.handlers[:], logging.raiseExceptions = before[0], before[2]
    root.setLevel(before[1])


def test_a_line_is_one_json_object_whatever_it_holds(said: StringIO) -> None:
    logging.getLogger("a-test").error(FORGED, extra={"route": FORGED, "person": "Quillfeather"})
    assert said.getvalue().count("\n") == 1
    told = json.loads(said.getvalue())
    assert (told["event"], told["route"], told["level"]) == (FORGED, FORGED, "error")
    assert "person" not in told
    assert "\x1b" not in said.getvalue()


def test_a_line_has_a_time_with_its_zone(said: StringIO) -> None:
    logging.getLogger("a-test").info("something")
    moment = datetime.fromisoformat(json.loads(said.getvalue())["timestamp"])
    offset = moment.utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 0
