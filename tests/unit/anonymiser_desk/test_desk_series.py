"""The desk beside the releases: one ledger for both, the newest release only, and a process that ends in order."""

import csv
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.errors import Refusal
from anonymiser.releasing.build import make_release
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.series import open_series, read_series
from anonymiser.releasing.sources import Order
from anonymiser.releasing.tables import LEDGER_PURPOSE
from anonymiser.tables.ledger import open_ledger
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_desk.conftest import ROWS, Sealing
from tests.unit.anonymiser_desk.desk_door import FIRST, LATER_ID, SECOND, Door, people

ROOT = Path(__file__).parents[3]
BY_GENDER = {"dimensions": ["gender", "need"]}


@pytest.fixture(scope="session")
def further(sealed_extract: Sealing) -> Path:
    """A later extract of further people."""
    return sealed_extract(outcome_records(ROWS + 300, seed=99)[ROWS:], extract_id=LATER_ID)


def lines_of(order: Order) -> list[str]:
    return read_series(order.out).ledger.read_text().splitlines(keepends=True)


def test_release_after_answers_is_made_and_counts_them(door: Door, order: Order, further: Path) -> None:
    before = len(lines_of(order))
    assert door.ask({"dimensions": ["gender", "source"]})["status"] == "answered"
    assert len(lines_of(order)) == before + 1
    assert make_release(replace(order, extracts=[further])).name == SECOND
    told = door.ask(BY_GENDER, release=SECOND)
    assert told["status"] == "answered"
    assert told["release"] == SECOND


def test_question_that_a_table_answers_gets_the_tables_numbers(door: Door, order: Order) -> None:
    before = lines_of(order)
    with (order.out / FIRST / "data" / "tables.csv").open(newline="") as file:
        table = [row for row in csv.DictReader(file) if row["table"] == "uptake-by-need"]
    printed = {(row["answer"], row["value"]): int(row["people"]) if row["people"] else None for row in table}
    assert None in printed.values()
    answered = people(door.ask({"dimensions": ["uptake", "need"]}))
    assert answered == {labels: number for labels, number in printed.items() if number}
    assert lines_of(order) == before


def test_new_release_is_noticed_and_the_old_one_refused(door: Door, order: Order, further: Path) -> None:
    assert door.ask(BY_GENDER)["status"] == "answered"
    make_release(replace(order, extracts=[further]))
    told = door.ask(BY_GENDER)
    assert told["problems"] == [
        f"release: only the newest, {SECOND}, may be asked about. Earlier ones can be read as they are."
    ]
    assert json.loads((door.box.folder / "desk.json").read_text())["release"] == SECOND


@pytest.mark.parametrize("cut", [-1, -2])
def test_release_refuses_a_ledger_from_which_answers_or_tables_were_cut(
    door: Door, order: Order, further: Path, cut: int
) -> None:
    door.ask(BY_GENDER)
    read_series(order.out).ledger.write_text("".join(lines_of(order)[:cut]))
    with pytest.raises(Refusal, match="lacks entries"):
        make_release(replace(order, extracts=[further]))


def test_release_refuses_a_ledger_in_which_an_answer_was_changed(
    door: Door, order: Order, further: Path
) -> None:
    door.ask(BY_GENDER)
    *kept, last = lines_of(order)
    read_series(order.out).ledger.write_text("".join([*kept, last.replace("female", "femal3")]))
    with pytest.raises(Refusal, match="is not as it was written"):
        make_release(replace(order, extracts=[further]))


def test_desk_ends_rather_than_answer_beside_a_ledger_that_was_cut(door: Door, order: Order) -> None:
    door.ask(BY_GENDER)
    read_series(order.out).ledger.write_text("".join(lines_of(order)[:-1]))
    door.put({"dimensions": ["uptake"]})
    with pytest.raises(Refusal, match="lacks entries"):
        door.counter.look()


def test_desk_lets_go_of_the_series_and_its_ledger_between_questions(door: Door, order: Order) -> None:
    door.ask(BY_GENDER)
    key = order.keys.root.derive(LEDGER_PURPOSE)
    with open_series(order.out) as series, open_ledger(series.ledger, key) as ledger:
        assert ledger.entries[-1].question.startswith('{"across":0,"by":["gender","need"]')


def test_question_waits_while_a_release_has_the_ledger(door: Door, order: Order) -> None:
    door.counter.look()
    name = door.put(BY_GENDER)
    looking = threading.Thread(target=door.counter.look)
    with (
        open_series(order.out) as series,
        open_ledger(series.ledger, order.keys.root.derive(LEDGER_PURPOSE)),
    ):
        looking.start()
        looking.join(0.5)
        assert looking.is_alive()
        assert not (door.box.answers / f"{name}.json").exists()
    looking.join(30)
    assert door.answer(name)["status"] == "answered"


@pytest.mark.usefixtures("any_values_together")
def test_what_others_wrote_into_the_ledger_since_is_heeded(door: Door, order: Order, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Door(order, tmp_path / "other")
    assert door.number({"filters": {"gender": ["female", "male"]}}) is not None
    assert other.ask({"filters": {"gender": ["female", "male", "other"]}})["status"] == "refused"
    assert other.number({"filters": {"gender": ["male"]}}) is not None
    assert door.ask({"filters": {"gender": ["male", "other"]}})["status"] == "refused"


@pytest.mark.usefixtures("any_values_together")
def test_answers_given_before_a_restart_are_the_same_and_still_count(
    door: Door, order: Order, tmp_path: Path
) -> None:
    first = door.ask({"filters": {"gender": ["female", "male"]}})
    (tmp_path / "again").mkdir()
    again = Door(order, tmp_path / "again")
    assert again.ask({"filters": {"gender": ["male", "female"]}})["rows"] == first["rows"]
    assert again.ask({"filters": {"gender": ["female", "male", "other"]}})["status"] == "refused"


def test_desk_stays_shut_while_its_lists_are_not_those_of_the_release(
    order: Order, desk_records: list[Fields], tmp_path: Path
) -> None:
    withdrawn = tmp_path / "withdrawn"
    withdrawn.write_text(desk_records[0]["nhs_number"] + "\n")
    door = Door(replace(order, lists=Lists(withdrawn=withdrawn)), tmp_path)
    told = door.ask(BY_GENDER)
    assert told["status"] == "refused"
    assert "the lists of who said no" in told["problems"][0]


def test_extract_that_is_in_no_release_is_not_asked(
    door: Door, order: Order, further: Path, tmp_path: Path
) -> None:
    first = door.ask(BY_GENDER)
    heard: list[str] = []
    (tmp_path / "early").mkdir()
    early = Door(replace(order, extracts=[further], warn=heard.append), tmp_path / "early")
    assert early.ask(BY_GENDER)["rows"] == first["rows"]
    assert heard == [f"Extract {LATER_ID} is in no release yet; it is not asked."]


@pytest.fixture
def running(door: Door, order: Order, desk_keys: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`python -m anonymiser desk` as a process of its own, open for questions."""
    words = ["desk", "--keys", desk_keys, "--out", order.out, "--box", door.box.folder]
    (tmp_path / "private").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "anonymiser", *map(str, words)],
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "private")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(door.box.folder / "desk.json", process)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < ends, f"{path} did not come"
        time.sleep(0.05)


def test_process_answers_beside_a_release_and_ends_in_order_when_told_to(
    running: subprocess.Popen[str], door: Door, order: Order, further: Path, tmp_path: Path
) -> None:
    (private,) = (tmp_path / "private").iterdir()
    assert private.stat().st_mode & 0o777 == 0o700
    first = door.put(BY_GENDER)
    wait_for(door.box.answers / f"{first}.json", running)
    assert make_release(replace(order, extracts=[further])).name == SECOND
    second = door.put(BY_GENDER, release=SECOND)
    wait_for(door.box.answers / f"{second}.json", running)
    answers = [door.answer(first), door.answer(second)]
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert f"{first}: answered." in said
    assert not list((tmp_path / "private").iterdir())
    assert not (door.box.folder / "desk.json").exists()
    assert [told["release"] for told in answers] == [FIRST, SECOND]


def test_first_question_of_people_by_one_column_gets_the_tables_numbers(
    door: Door, order: Order, desk_records: list[Fields]
) -> None:
    before = lines_of(order)
    with (order.out / FIRST / "data" / "tables.csv").open(newline="") as file:
        table = [row for row in csv.DictReader(file) if row["measure"] == "people"]
    assert {row["by"] for row in table} >= {"need", "source", "gender"}
    for by in ("need", "source", "gender"):
        printed = {
            (row["value"],): int(row["people"]) if row["people"] else None for row in table if row["by"] == by
        }
        assert people(door.ask({"dimensions": [by]})) == {
            at: number for at, number in printed.items() if number
        }
        people_of = Counter(value for value, _ in {(each[by], each["nhs_number"]) for each in desk_records})
        many = {(value,) for value, count in people_of.items() if count >= 10}
        assert len([labels for labels in many if printed[labels] is None]) <= 1, by
    assert lines_of(order) == before
