"""Cells of two tables that differ by a few people are found, whatever is looked at first to find them quickly."""

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.tables.auditing import Audit
from anonymiser.tables.overlaps import Asked, conflicts
from anonymiser.tables.people import People
from anonymiser.tables.placed import Placed
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import DEFAULT, Ints


def asked(frame: pl.DataFrame, names: list[str]) -> Asked:
    everybody = int(frame["person"].to_numpy().max(initial=-1)) + 1
    people = People(frame, frame["person"].to_numpy(), everybody)
    combined = people.placed(names)
    counts = combined.counts
    low, high = DEFAULT.bounds(counts)
    labels = [(str(n),) for n in range(combined.number)]
    placed = Placed(people.begins, people.who, combined.cell, counts)
    return Asked(placed, counts, low, high, labels, ~DEFAULT.shows(counts))


def members(cells: Asked) -> list[set[int]]:
    return [{*cells.members(np.array([each])).tolist()} for each in range(cells.cells)]


def slowly(new: Asked, old: Asked) -> set[int]:
    """The rule as it is told, set by set."""
    mine, theirs = members(new), members(old)
    found = {
        at for at, one in enumerate(mine) for other in theirs if one & other and 1 <= len(one ^ other) <= 9
    }
    for whole, parts in leaving_few(mine, theirs, (new, old)):
        del whole
        found.add(min(parts, key=lambda cell: (len(mine[cell]), cell)))
    return found | {whole for whole, _ in leaving_few(theirs, mine, (old, new))}


def leaving_few(
    parts: list[set[int]], wholes: list[set[int]], printed: tuple[Asked, Asked]
) -> list[tuple[int, list[int]]]:
    found = []
    for at, whole in enumerate(wholes):
        inside = [each for each, part in enumerate(parts) if part and part <= whole]
        left = len(whole) - sum(len(parts[each]) for each in inside)
        least = max(printed[1].low[at] - _sum(printed[0].high, inside), 1)
        most = min(printed[1].high[at] - _sum(printed[0].low, inside), 9)
        everybody = [who for each in inside for who in parts[each]]
        alone = len(everybody) == len({*everybody})
        if inside and 1 <= left <= 9 and most - least + 1 < 5 and alone:
            found.append((at, inside))
    return found


def _sum(values: Ints, at: list[int]) -> int:
    return int(values[at].sum())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(12, 300), st.integers(1, 4), st.integers(0, 12))
def test_conflicts_are_those_that_sets_of_people_show(seed: int, rows: int, words: int, others: int) -> None:
    chance = np.random.default_rng(seed)
    base = chance.integers(0, words, rows)
    moved = base.copy()
    moved[chance.integers(0, rows, others)] = words
    frame = pl.DataFrame(
        {
            "person": chance.permutation(np.minimum(np.arange(rows), chance.integers(rows // 2, rows + 1))),
            "one": base.astype(str),
            "two": moved.astype(str),
            "three": chance.integers(0, 2, rows).astype(str),
        }
    )
    for mine, theirs in ((["one"], ["two"]), (["one", "three"], ["one"]), (["two"], ["one", "three"])):
        new, old = asked(frame, mine), asked(frame, theirs)
        assert {*np.flatnonzero(conflicts(new, old)).tolist()} == slowly(new, old)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([3, 60]))
def test_each_person_counts_once_in_a_cell_however_many_rows(seed: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    rows = 120
    frame = pl.DataFrame(
        {"person": np.repeat(np.arange(rows), most)[:rows], "word": chance.integers(0, 4, rows).astype(str)}
    ).sample(fraction=1, shuffle=True, seed=seed)
    found = asked(frame, ["word"])
    told = frame.group_by("word").agg(pl.col("person").n_unique()).sort("word")["person"].to_list()
    assert (
        People(frame, frame["person"].to_numpy(), rows).grid("word", "word").people[:-1, -1].tolist() == told
    )
    shown = [size for size in told if size >= 10]
    assert [
        size for size, hidden in zip(found.placed.sizes.tolist(), found.hidden, strict=True) if not hidden
    ] == shown


def test_words_that_stand_beside_one_other_word_alone_imply_it() -> None:
    rows = 30_000  # what the first rows show of "rare" the later ones take back
    frame = pl.DataFrame(
        {
            "person": np.arange(rows) // 2,
            "weeks": ["1 to 2", "3 and over", "none", "rare"] * (rows // 4),
            "uptake": ["yes", "yes", "no", "yes"] * (rows // 4 - 1) + ["yes", "yes", "no", "no"],
        }
    )
    people = People(frame, frame["person"].to_numpy(), rows)
    assert people.implied("weeks", "uptake") == {"1 to 2": "yes", "3 and over": "yes", "none": "no"}
    assert people.implied("uptake", "weeks") == {}


def test_every_word_implies_the_only_one_of_another_column_unless_that_is_missing_somewhere() -> None:
    frame = pl.DataFrame(
        {"person": [0, 1, 2], "need": ["a", "b", "b"], "whole": ["yes"] * 3, "gap": ["yes", "yes", None]}
    )
    people = People(frame, frame["person"].to_numpy(), 3)
    assert people.implied("need", "whole") == {"a": "yes", "b": "yes"}
    assert people.implied("need", "gap") == {"a": "yes"}
    assert people.implied("gap", "whole") == {"yes": "yes"}


@pytest.mark.parametrize(("shared", "withheld"), [(34, set()), (38, {("x",)}), (40, {("x",)})])
def test_of_cells_that_words_do_not_set_within_one_another_everybody_is_counted(
    shared: int, withheld: set[tuple[str]]
) -> None:
    at = np.arange(1_000)
    frame = pl.DataFrame(
        {
            "person": at,
            "one": np.where(at < 40, "a", "b"),
            "two": np.where((at >= 40 - shared) & (at < 82 - shared), "x", "y"),
            "everybody": np.full(len(at), "all"),
        }
    )
    audit = Audit(frame, DEFAULT)
    for name in ("everybody", "one"):
        assert audit.to_withhold(Query((name,))) == set()
        audit.remember(Query((name,)))
    assert audit.to_withhold(Query(("two",))) >= withheld
    assert bool(audit.to_withhold(Query(("two",)))) == bool(withheld)


def test_what_words_imply_saves_counting_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(7)
    rows = 3_000
    weeks = chance.integers(0, 4, rows)
    frame = pl.DataFrame(
        {
            "person": chance.integers(0, 1_500, rows),
            "need": chance.integers(0, 3, rows).astype(str),
            "weeks": weeks.astype(str),
            "uptake": (weeks > 0).astype(str),
            "everybody": np.full(rows, "all"),
        }
    )
    names = ["need", "weeks", "uptake", "everybody"]
    with_words, without = Audit(frame, DEFAULT), Audit(frame, DEFAULT)
    monkeypatch.setattr(without.today, "implied", lambda *_: {})
    for down, across in permutations(names, 2):
        query = Query((down, across), across=1)
        assert with_words.to_withhold(query) == without.to_withhold(query)
        with_words.remember(query)
        without.remember(query)
