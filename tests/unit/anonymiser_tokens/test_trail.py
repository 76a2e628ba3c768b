"""The trail shows every change to it, also to somebody who only ever appended."""

import json
import stat
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from anonymiser.errors import Refusal
from anonymiser.tokens.trail import START, Trail


@pytest.fixture
def written(trail: Trail, now: datetime) -> Trail:
    for number in range(3):
        trail.append(now, "act", {"request": f"r-{number}"})
    return trail


def test_lines_are_chained_and_read_back(written: Trail) -> None:
    lines = written.verify()
    assert [line["facts"]["request"] for line in lines] == ["r-0", "r-1", "r-2"]
    assert [line["previous"] for line in lines] == [START, lines[0]["hash"], lines[1]["hash"]]
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600


def test_every_flipped_byte_is_found(written: Trail) -> None:
    whole = written.path.read_bytes()
    for place in range(len(whole)):
        written.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Refusal, match="chain is broken"):
            written.verify()


@pytest.mark.parametrize("kept", [[1, 2], [0, 2], [0, 2, 1], [0, 0, 1, 2]])
def test_taken_moved_and_repeated_lines_are_found(kept: list[int], written: Trail) -> None:
    lines = written.path.read_bytes().splitlines(keepends=True)
    written.path.write_bytes(b"".join(lines[place] for place in kept))
    with pytest.raises(Refusal, match="chain is broken"):
        written.verify()


def test_line_that_was_forged_with_a_right_hash_of_its_own_is_found(
    written: Trail, tmp_path: Path, now: datetime
) -> None:
    other = Trail(tmp_path / "other.jsonl")
    for number in (0, 7):
        other.append(now, "act", {"request": f"r-{number}"})
    forged = other.path.read_bytes().splitlines(keepends=True)[1]
    lines = written.path.read_bytes().splitlines(keepends=True)
    written.path.write_bytes(lines[0] + forged + lines[2])
    with pytest.raises(Refusal, match="line 3: the chain is broken"):
        written.verify()


def test_lines_cut_from_the_end_are_found_by_a_head_noted_elsewhere(written: Trail, now: datetime) -> None:
    head = written.append(now, "last", {})
    assert len(written.verify(head)) == 4
    lines = written.path.read_bytes().splitlines(keepends=True)
    written.path.write_bytes(b"".join(lines[:3]))
    written.path.with_name("trail.jsonl.head").write_text(json.loads(lines[2])["hash"])
    assert len(written.verify()) == 3
    with pytest.raises(Refusal, match="gone"):
        written.verify(head)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_lines_cut_from_the_end_are_found_by_the_head_beside(
    kept: int, written: Trail, now: datetime
) -> None:
    lines = written.path.read_bytes().splitlines(keepends=True)
    written.path.write_bytes(b"".join(lines[:kept]))
    for act in (written.verify, lambda: written.append(now, "act", {})):
        with pytest.raises(Refusal, match="lacks lines that it had"):
            act()
    written.path.unlink()
    with pytest.raises(Refusal, match="lacks lines that it had"):
        written.append(now, "act", {})


def test_trail_whose_head_is_gone_is_refused(written: Trail, now: datetime) -> None:
    written.path.with_name("trail.jsonl.head").unlink()
    with pytest.raises(Refusal, match="head is gone"):
        written.append(now, "act", {})


def test_trail_and_head_put_back_from_an_older_copy_are_found_by_what_was_made_since(
    tmp_path: Path, now: datetime
) -> None:
    trail = Trail(tmp_path / "trail", fruits=tmp_path / "fruits")
    trail.append(now, "act", {})
    older = {name: (tmp_path / name).read_bytes() for name in ("trail", "trail.head")}
    (tmp_path / "fruits").mkdir()
    trail.append(now, "act", {})
    for name, content in older.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Refusal, match="lacks lines that it had"):
        trail.append(now, "act", {})


def test_line_whose_head_was_not_kept_by_a_killed_run_is_kept(written: Trail, now: datetime) -> None:
    lines = written.verify()
    for head in (START, lines[1]["hash"]):
        written.path.with_name("trail.jsonl.head").write_text(head)
        assert len(written.verify()) == 3
    written.append(now, "act", {})
    assert len(written.verify()) == 4


def test_nothing_is_added_to_a_broken_or_half_written_trail(written: Trail, now: datetime) -> None:
    written.path.write_bytes(written.path.read_bytes()[:-5])
    before = written.path.read_bytes()
    with pytest.raises(Refusal, match="line 3"):
        written.append(now, "act", {})
    assert written.path.read_bytes() == before


def test_line_without_a_time_zone_is_refused(trail: Trail, now: datetime) -> None:
    with pytest.raises(Refusal, match="zone"):
        trail.append(now.replace(tzinfo=None), "act", {})
    assert trail.verify() == []


def test_trail_that_cannot_be_written_is_refused(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(Refusal, match="cannot be written"):
        Trail(tmp_path / "no" / "folder").append(now, "act", {})


def _append_some(path: Path, now: datetime, name: str) -> None:
    for number in range(10):
        Trail(path).append(now, name, {"number": number})


def test_two_processes_at_once_keep_one_chain(trail: Trail, now: datetime) -> None:
    started = [
        get_context("fork").Process(target=_append_some, args=(trail.path, now, name)) for name in ("a", "b")
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    lines = trail.verify()
    assert sorted(line["act"] for line in lines) == ["a"] * 10 + ["b"] * 10


def test_lines_are_one_json_object_each(written: Trail) -> None:
    assert all(isinstance(json.loads(line), dict) for line in written.path.read_text().splitlines())
