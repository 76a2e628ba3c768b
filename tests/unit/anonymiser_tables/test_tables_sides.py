"""By the words of a few people most pairs of cells are ruled out, and none that lie within one another."""

from itertools import product

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.tables.auditing import Audit
from anonymiser.tables.overlaps import Asked, conflicts
from anonymiser.tables.people import People
from anonymiser.tables.placed import LOOKED_UP, NOWHERE, Placed
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import DEFAULT
from anonymiser.tables.sides import fewest_missing


def people_of(frame: pl.DataFrame) -> People:
    return People(frame, frame["person"].to_numpy(), int(frame["person"].to_numpy().max()) + 1)


def asked(people: People, names: list[str], *, in_words: bool) -> Asked:
    combined = people.placed(names)
    found = np.flatnonzero(combined.counts)
    place = np.full(combined.number + 1, NOWHERE)
    place[found] = np.arange(len(found))
    counts = combined.counts[found]
    placed = Placed(people.begins, people.who, place[combined.cell], counts)
    sides = people.sides(names, found) if in_words else ()
    labels = people.words_of(names, found)
    return Asked(placed, counts, *DEFAULT.bounds(counts), labels, ~DEFAULT.shows(counts), sides)


def drawn(seed: int, rows: int, words: int, others: int) -> pl.DataFrame:
    """Rows of people of whom many have several, with columns that lie within one another but for a few."""
    chance = np.random.default_rng(seed)
    base = chance.integers(0, words, rows)
    moved = base.copy()
    moved[chance.integers(0, rows, others)] = words
    gaps = chance.random(rows) < 0.05
    return pl.DataFrame(
        {
            "person": np.minimum(np.arange(rows), chance.integers(rows // 2, rows + 1)),
            "one": base.astype(str),
            "two": moved.astype(str),
            "three": chance.integers(0, 2, rows).astype(str),
            "four": pl.select(pl.when(~pl.Series(gaps)).then(pl.Series((base // 2).astype(str)))).to_series(),
        }
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(12, 900), st.integers(1, 4), st.integers(0, 12))
def test_what_words_rule_out_is_no_conflict(seed: int, rows: int, words: int, others: int) -> None:
    people = people_of(drawn(seed, rows, words, others))
    kinds = (["one"], ["two"], ["one", "three"], ["three", "two"], ["four"], ["four", "one"])
    for mine, theirs in product(kinds, repeat=2):
        found = [
            conflicts(asked(people, mine, in_words=words), asked(people, theirs, in_words=words)).tolist()
            for words in (False, True)
        ]
        assert found[0] == found[1]


def test_a_cell_within_another_lacks_nothing_and_one_apart_from_it_all() -> None:
    at = np.arange(400)
    frame = pl.DataFrame({"person": at, "one": (at % 4).astype(str), "two": (at % 2).astype(str)})
    people = people_of(frame)
    parts, wholes = asked(people, ["one"], in_words=True), asked(people, ["two"], in_words=True)
    rows, missing = fewest_missing(parts.placed, wholes.sides, 9)
    assert rows.tolist() == [0, 1, 2, 3]
    assert missing.tolist() == [[0, LOOKED_UP], [LOOKED_UP, 0]] * 2
    # Turned round: half of each of the two is in either of its parts.
    assert fewest_missing(wholes.placed, parts.sides, 5)[0].tolist() == []


def test_a_row_without_a_word_has_none_of_them() -> None:
    frame = pl.DataFrame({"person": np.arange(40), "one": ["a"] * 40, "two": [None, "x"] * 20})
    people = people_of(frame)
    parts, wholes = asked(people, ["one"], in_words=True), asked(people, ["two"], in_words=True)
    missing = fewest_missing(parts.placed, wholes.sides, LOOKED_UP)[1]
    assert missing.tolist() == [[LOOKED_UP // 2]]


def test_of_a_large_cell_enough_people_are_looked_up_however_the_rows_lie() -> None:
    rows = 40_000  # every eighth row, which is picked from, is of the one word: nobody of the other is among them
    words = np.where(np.arange(rows) % 8 == 0, "every eighth", "others")
    people = people_of(pl.DataFrame({"person": np.arange(rows), "word": words, "all": ["all"] * rows}))
    found = asked(people, ["word"], in_words=True)
    for cell, (label,) in enumerate(found.labels):
        looked_up = np.unique(found.placed.sampled[cell])
        assert len(looked_up) == found.placed.sampled.shape[1]
        assert {words[at] for at in looked_up.tolist()} == {label}


def test_a_crossing_is_held_against_each_of_its_sides() -> None:
    at = np.arange(2_000)
    frame = pl.DataFrame(
        {
            "person": at,
            "need": np.where(at < 1_000, "money", "housing"),
            "sex": np.where(at % 2, "F", "M"),
            "age": np.where((at < 1_000) & (at != 7), "old", "young"),
        }
    )
    audit = Audit(frame, DEFAULT)
    for names in (("need", "sex"), ("age",)):
        withheld = audit.to_withhold(Query(names))
        audit.remember(Query(names), withheld)
    assert withheld == set()  # apart from the two cells of money by one person in one of them
    assert audit.to_withhold(Query(("age", "sex"))) >= {("old", "F"), ("young", "F")}
