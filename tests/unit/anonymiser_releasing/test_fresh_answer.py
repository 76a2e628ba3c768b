"""Through the real command line: an answer of the national check has a day, and an old one is refused."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from tests.unit.anonymiser.sample import Fields
from tests.unit.anonymiser_releasing.release_orders import Sealing

TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Desk:
    """The folder of a run, and how `release` is asked for with an answer of so many days ago."""

    out: Path
    answer: Path
    release: Callable[..., int]


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture
def at(
    tmp_path: Path,
    sealed: Sealing,
    keys_folder: Path,
    records: list[Fields],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    monkeypatch.setattr("anonymiser.__main__.today", lambda: TODAY)  # also where midnight comes meanwhile
    few = records[:120]
    extract = sealed(few, created_on=ago(0))
    answer = tmp_path / "answer.dat"
    answer.write_text("".join(f"{number},\n" for number in sorted({each["nhs_number"] for each in few})[1:]))

    def release(*more: str, command: str = "release") -> int:
        order = ["--extract", str(extract), "--keys", str(keys_folder), "--out", str(tmp_path / "out")]
        return main([command, *order, "--national-answer", str(answer), *more], {})

    return Desk(tmp_path / "out", answer, release)


@pytest.mark.parametrize("command", ["release", "build"])
def test_answer_of_an_unknown_day_is_refused(
    at: Desk, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at.release(command=command) == 2
    assert "--national-answer-date" in capsys.readouterr().err
    assert not at.out.exists()


@pytest.mark.parametrize(
    ("days", "said"), [(8, "of the last 7 days"), (2500, "of the last 7 days"), (-1, "not come yet")]
)
def test_answer_of_another_week_is_refused(
    at: Desk, days: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at.release("--national-answer-date", ago(days)) == 1
    assert said in capsys.readouterr().err
    assert not at.out.exists()


def test_file_that_is_older_than_the_day_it_is_said_to_be_of_is_refused(
    at: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    old = datetime(2020, 1, 2, tzinfo=UTC).timestamp()
    os.utime(at.answer, (old, old))
    assert at.release("--national-answer-date", ago(0)) == 1
    assert "written on 2020-01-02" in capsys.readouterr().err


@pytest.mark.parametrize("days", [0, 7])
def test_fresh_answer_is_heeded_and_its_own_day_is_told(at: Desk, days: int) -> None:
    assert at.release("--national-answer-date", ago(days)) == 0
    [manifest] = at.out.glob("release-*/manifest.json")
    told = json.loads(manifest.read_text())
    assert told["national_data_opt_out"] == f"applied, checked on {ago(days)}"
    assert told["counts"]["left_out"]["national-data-opt-out"] != 0


def test_day_that_is_no_day_is_refused(at: Desk) -> None:
    with pytest.raises(SystemExit):
        at.release("--national-answer-date", "22/11/2026")
