"""One person whom no number shows brings no nought and takes none away, whatever was released before."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from anonymiser.tables.ledger import open_ledger
from anonymiser.tables.queries import Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT
from tests.unit.anonymiser_tables.referrals import KEY, referrals

BY_NEED_AND_END = Query(("need", "end"), across=1)
NOTHING = (None, 1)
Lines = Sequence[Sequence[int]]
Cell = tuple[str, str]
Seen = Mapping[Cell, tuple[int | None, int]]
# Each a series of releases, and in the last one the cell in which one person more or fewer was once seen by a nought.
SERIES: Mapping[str, tuple[Sequence[Lines], tuple[int, int]]] = {
    "a line of nine that is told of ten": (
        (
            ((0, 0, 10), (0, 1, 9), (0, 3, 10)),
            ((0, 0, 10), (0, 1, 0), (0, 3, 10)),
            ((0, 0, 10), (0, 1, 10), (0, 3, 10)),
            ((0, 0, 10), (0, 1, 10), (0, 14, 10)),
        ),
        (0, 2),
    ),
    "an answer that comes to be told of nobody in a new line": (
        (
            ((3, 1, 0), (0, 10, 1), (25, 0, 0)),
            ((3, 0, 0), (0, 10, 2), (25, 0, 0)),
            ((3, 0, 0), (0, 10, 2), (28, 0, 0)),
            ((13, 0, 0), (0, 10, 10), (28, 0, 0)),
        ),
        (0, 1),
    ),
    "a line to which nine come in several cells": (
        (
            ((0, 0, 9, 0), (25, 25, 1, 1)),
            ((0, 0, 9, 0), (25, 25, 4, 4)),
            ((0, 0, 9, 1), (25, 25, 4, 4)),
            ((10, 0, 9, 1), (25, 25, 4, 7)),
        ),
        (0, 3),
    ),
    "a line to which ten come and from which one goes": (
        (
            ((9, 3, 9), (0, 3, 0), (1, 25, 25)),
            ((8, 2, 9), (0, 3, 0), (1, 30, 25)),
            ((8, 2, 10), (0, 3, 0), (11, 30, 25)),
            ((8, 2, 10), (0, 3, 10), (11, 30, 25)),
        ),
        (1, 1),
    ),
    "a line that falls to nine": (
        (
            ((0, 0, 9), (12, 1, 0)),
            ((0, 11, 10), (22, 1, 0)),
            ((0, 0, 10), (22, 2, 0)),
        ),
        (0, 2),
    ),
}


def released(folder: Path, release: str, lines: Lines) -> Seen:
    """What a release prints in each cell, and why."""
    people = {
        (f"n{down}", f"e{across}"): number
        for down, line in enumerate(lines)
        for across, number in enumerate(line)
    }
    frame = referrals({at: number for at, number in people.items() if number}, "need", "end")
    with open_ledger(folder / "ledger", KEY) as ledger:
        table = release_table(frame, BY_NEED_AND_END, DEFAULT, ledger, release=release)
    found = {
        (need, end): (
            int(table.numbers[down, across]) if table.printed[down, across] else None,
            int(table.why[down, across]),
        )
        for down, need in enumerate(table.grid.rows["need"])
        for across, end in enumerate(table.grid.columns["end"])
    }
    return {at: found.get(at, NOTHING) for at in people}


def with_one(lines: Lines, at: tuple[int, int], more: int) -> Lines:
    changed = [list(line) for line in lines]
    changed[at[0]][at[1]] += more
    return changed


@pytest.mark.parametrize("name", SERIES)
def test_person_whom_no_number_shows_changes_no_nought(name: str, tmp_path: Path) -> None:
    (*before, last), found = SERIES[name]
    (tmp_path / "series").mkdir()
    for number, lines in enumerate(before):
        released(tmp_path / "series", f"r{number}", lines)

    def seen_by_a_reader(lines: Lines) -> Seen:
        copy = shutil.copytree(tmp_path / "series", tmp_path / "copy")
        seen = released(copy, "next", lines)
        shutil.rmtree(copy)
        return seen

    seen, unseen = seen_by_a_reader(last), []
    for down, line in enumerate(last):
        for across, people in enumerate(line):
            for more in (1, -1) if people else (1,):
                beside = seen_by_a_reader(with_one(last, (down, across), more))
                if beside[f"n{down}", f"e{across}"] == seen[f"n{down}", f"e{across}"]:
                    assert beside == seen, (down, across, more)
                    unseen.append((down, across))
    assert found in unseen
