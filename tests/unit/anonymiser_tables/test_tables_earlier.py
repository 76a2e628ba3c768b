"""A table of a later release, set beside another table of an earlier one, shows nobody either."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymiser.tables.auditing import Audit
from anonymiser.tables.earlier import apart_by_few
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.publishing import Table
from anonymiser.tables.queries import Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT
from tests.unit.anonymiser_tables.referrals import KEY

BY_NEED = Query(("need", "people"), across=1)
BY_UPTAKE = Query(("need", "uptake"), across=1)
Told = Mapping[tuple[str, str], str]


def rows(**people: tuple[str, range]) -> list[tuple[str, str, str, int]]:
    """Referrals of the people of a range, for each of whom the word says whether they ever attended."""
    return [("debt", "all", uptake, who) for uptake, each in people.values() for who in each]


def frame_of(referrals: Sequence[tuple[str, str, str, int]]) -> pl.DataFrame:
    others = [("food", "all", "attended", who) for who in range(1000, 1400)]
    return pl.DataFrame([*referrals, *others], schema=["need", "people", "uptake", "person"], orient="row")


FIRST = rows(came=("attended", range(20)), stayed_away=("not attended", range(20, 40)))
LATER = rows(came=("attended", range(20, 37)), fresh=("not attended", range(40, 52)))
"""Of those who had stayed away all but three came after all, and twelve people are new: 37 of the first 40 attended."""


def released(
    ledger: Ledger, release: str, frames: Mapping[str, pl.DataFrame], *, is_held: bool = True
) -> list[Table]:
    """The two tables of a release; `frames` are its rows and those of the releases before it."""
    frame, asked = frames[release], [BY_NEED, BY_UPTAKE]
    past = [(name, each) for name, each in frames.items() if name < release]
    apart = apart_by_few(frame, asked, DEFAULT, past, ledger.entries) if is_held else {}
    audit = Audit(frame, DEFAULT, apart=apart)
    audit.recall(ledger.entries, release=release)
    return [release_table(frame, each, DEFAULT, ledger, release=release, audit=audit) for each in asked]


def told(table: Table) -> Told:
    printed = table.to_frame()
    return {
        (need, name): str(words[name])
        for words in printed.to_dicts()
        for need in [words["need"]]
        for name in words
    }


@pytest.mark.parametrize(("is_held", "printed"), [(False, "35"), (True, "*")])
def test_number_that_differs_by_three_people_from_another_table_of_an_earlier_release_is_withheld(
    tmp_path: Path, is_held: bool, printed: str
) -> None:
    frames = {"r1": frame_of(FIRST), "r2": frame_of([*FIRST, *LATER])}
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        whole, parts = released(ledger, "r1", frames, is_held=is_held)
        assert (told(whole)["debt", "all"], told(parts)["debt", "attended"]) == ("40", "20")
        whole, parts = released(ledger, "r2", frames, is_held=is_held)
    assert told(whole)["debt", "all"] == "50"
    assert told(parts)["debt", "attended"] == printed


def test_number_that_a_few_people_changed_stays_and_does_not_vanish(tmp_path: Path) -> None:
    # 36 of the 40 attended, and nine of them were not known to when the first release was made.
    first = rows(came=("attended", range(27)), stayed_away=("not attended", range(27, 40)))
    later = rows(came=("attended", range(27, 36)), fresh=("not attended", range(40, 60)))
    frames = {"r1": frame_of(first), "r2": frame_of([*first, *later])}
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        _, before = released(ledger, "r1", frames)
        whole, after = released(ledger, "r2", frames)
    assert told(whole)["debt", "all"] == "60"
    assert told(before)["debt", "attended"] == told(after)["debt", "attended"] == "25"


def test_release_made_again_is_the_same(tmp_path: Path) -> None:
    frames = {"r1": frame_of(FIRST), "r2": frame_of([*FIRST, *LATER])}
    with open_ledger(tmp_path / "ledger", KEY) as ledger:
        released(ledger, "r1", frames)
        once = [told(each) for each in released(ledger, "r2", frames)]
        written = (tmp_path / "ledger").read_bytes()
        assert [told(each) for each in released(ledger, "r2", frames)] == once
    assert (tmp_path / "ledger").read_bytes() == written


QUESTIONS = [
    Query(("need",)),
    Query(("group",)),
    Query(("need", "sex"), across=1),
    Query(("group", "sex"), across=1),
]
Cell = tuple[int, str, frozenset[int]]
"""The release of a number that was told anew, its question, and who was in it on that day."""


def told_anew(ledger: Ledger, frames: Mapping[str, pl.DataFrame]) -> list[Cell]:
    found, last = [], dict[tuple[str, tuple[str | None, ...]], float | None]()
    for entry in ledger.entries:
        names = Query.from_identity(entry.question).dimensions
        groups = dict(frames[entry.release].group_by(names).agg("person").rows_by_key(names, unique=True))
        for cell in entry.cells:
            changed = cell.printed != last.get((entry.question, cell.labels), 0.0)
            last[entry.question, cell.labels] = cell.printed
            at = cell.labels if len(names) > 1 else cell.labels[0]
            if changed and cell.printed and not cell.held_back:
                found.append((int(entry.release), entry.question, frozenset(groups[at][0])))
    return found


def a_few_between_releases(cells: Sequence[Cell]) -> int:
    """Pairs of numbers of different releases and questions whose people differ by one to nine."""
    return sum(
        1 <= len(one ^ two) <= 9
        for (early, first, one), (late, second, two) in combinations(cells, 2)
        if early != late and first != second and abs(len(one) - len(two)) <= 9 and one & two
    )


def series(path: Path, *, is_held: bool) -> tuple[int, int]:
    """How many such pairs eight releases have, and how many numbers they tell.

    People come again; a need's group is nearly always the same, and few are of one sex.
    """
    chance, rows = np.random.default_rng(5), 800
    need, sex = chance.integers(0, 2, rows), np.where(chance.random(rows) < 0.2, "M", "F")
    group = np.where(chance.random(rows) < 0.1, chance.integers(0, 2, rows), need)
    columns = {"need": need.astype(str), "group": group.astype(str), "sex": sex}
    frame = pl.DataFrame({**columns, "person": chance.integers(0, 120, rows)})
    frames = {str(at): frame.head(100 * at) for at in range(1, 9)}
    with open_ledger(path / "ledger", KEY) as ledger:
        for release, rows_of in frames.items():
            past = [(name, each) for name, each in frames.items() if name < release]
            apart = apart_by_few(rows_of, QUESTIONS, DEFAULT, past, ledger.entries) if is_held else {}
            audit = Audit(rows_of, DEFAULT, apart=apart)
            audit.recall(ledger.entries, release=release)
            for query in QUESTIONS:
                release_table(rows_of, query, DEFAULT, ledger, release=release, audit=audit)
        cells = told_anew(ledger, frames)
    return a_few_between_releases(cells), len(cells)


def test_no_two_tables_of_a_series_have_a_few_people_between_them(tmp_path: Path) -> None:
    (tmp_path / "loose").mkdir()
    found, without = series(tmp_path / "loose", is_held=False)
    held, numbers = series(tmp_path, is_held=True)
    assert found > 0
    assert held == 0
    assert numbers >= 0.9 * without
