"""The ledger of releases remembers, and shows when somebody has had a hand in it."""

import json
from pathlib import Path

import pytest

from anonymiser.errors import Refusal
from anonymiser.tables.ledger import Cell, open_ledger
from tests.unit.anonymiser_tables.referrals import KEY

CELLS = [Cell(("a", "x"), 12, 10.0), Cell(("a", None), 4, None, held_back=True)]


def written(path: Path, releases: int = 3) -> str:
    with open_ledger(path, KEY) as ledger:
        for number in range(releases):
            ledger.record(f"r{number}", "table", "default", CELLS)
        return ledger.head


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        assert [entry.release for entry in ledger.of("table")] == ["r0", "r1", "r2"]
        assert ledger.entries[0].cells == tuple(CELLS)
        assert ledger.of("another") == ()


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_is_found_and_named(tmp_path: Path, line: int) -> None:
    path = tmp_path / "ledger"
    written(path)
    lines = path.read_text().splitlines(keepends=True)
    lines[line] = lines[line].replace("12", "13", 1)
    path.write_text("".join(lines))
    with pytest.raises(Refusal, match=f"^Line {line + 1} of the ledger"), open_ledger(path, KEY):
        pass


def test_a_line_taken_out_of_the_middle_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    written(path)
    first, _, last = path.read_text().splitlines(keepends=True)
    path.write_text(first + last)
    with pytest.raises(Refusal, match=r"^Line 2 "), open_ledger(path, KEY):
        pass


def test_lines_cut_off_the_end_are_missed_by_the_last_manifest(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    head = written(path)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(Refusal, match="lacks entries"), open_ledger(path, KEY, head=head):
        pass


def test_a_ledger_that_went_on_since_the_last_manifest_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    head = written(path, 1)
    written(path, 2)
    with open_ledger(path, KEY, head=head) as ledger:
        assert len(ledger.entries) == 2


def test_nobody_without_the_key_can_write_a_line(tmp_path: Path) -> None:
    written(tmp_path / "ledger")
    with (
        pytest.raises(Refusal, match="another key"),
        open_ledger(tmp_path / "ledger", b"x" * 32),
    ):
        pass


def test_a_line_that_a_crash_cut_short_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    written(path, 1)
    path.write_bytes(path.read_bytes() + b'{"sequence":2,"rel')
    with open_ledger(path, KEY) as ledger:
        ledger.record("r1", "table", "default", CELLS)
    with open_ledger(path, KEY) as ledger:
        assert [entry.release for entry in ledger.entries] == ["r0", "r1"]


def test_the_same_table_of_the_same_release_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    written(path, 1)
    written(path, 1)
    assert len(path.read_text().splitlines()) == 1


def test_a_release_cannot_be_made_twice_with_other_numbers(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    written(path, 1)
    with open_ledger(path, KEY) as ledger, pytest.raises(Refusal, match="r0 has this table already"):
        ledger.record("r0", "table", "default", CELLS[:1])


def test_the_ledger_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    written(path, 1)
    assert set(json.loads(path.read_text())) == {"sequence", "release", "question", "rule", "cells", "mark"}
    assert path.stat().st_mode & 0o077 == 0
