"""Whatever is asked in whatever order, before and after an update: no two numbers that tell of one to nine people."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.desk import Answer, Desk, Rows
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.queries import Allowed, QueryRefused
from tests.unit.anonymiser_tables.referrals import KEY

VALUES = {"need": ["debt", "food", "rent"], "sex": ["F", "M", "X"], "place": ["E1", "E2"]}
COMMON = {
    "need": ["food", "food", "food", "debt", "rent"],
    "sex": ["F", "F", "F", "M", "X"],
    "place": ["E1", "E2"],
}
PEOPLE = 90

Question = dict[str, Any]
people_of = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in COMMON.items()})
chosen_values = {
    name: st.lists(st.sampled_from(values), min_size=1, unique=True) for name, values in VALUES.items()
}
questions = st.fixed_dictionaries(
    {
        "dimensions": st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True),
        "filters": st.fixed_dictionaries({}, optional=chosen_values),
    }
)


@dataclass(frozen=True)
class Told:
    """A printed number of one release, and who was behind it on the days of both."""

    question: str
    release: int
    number: int
    who: tuple[frozenset[int], frozenset[int]]

    def about(self) -> Iterator[frozenset[int]]:
        """The groups that the number could be of: today's, or those of the release before where it fits them."""
        for day in range(self.release + 1):
            if rounded(self.who[day]) == self.number:
                yield self.who[day]


def rounded(who: frozenset[int]) -> int:
    return 0 if len(who) < 10 else (len(who) + 2) // 5 * 5


def frame_of(rows: Sequence[dict[str, str]], who: Sequence[int]) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(person=pl.Series(who, dtype=pl.Int64))


def group(frame: pl.DataFrame, answer: Answer, labels: Sequence[str]) -> frozenset[int]:
    conditions = [pl.col(name).is_in(values) for name, values in answer.query.filters.items()]
    conditions += [pl.col(name) == label for name, label in zip(answer.query.dimensions, labels, strict=True)]
    return frozenset(frame.filter(*conditions)["person"].to_list())


def told_by(answer: Answer, release: int, frames: Sequence[pl.DataFrame]) -> Iterator[Told]:
    for *labels, number in answer.cells.rows():
        if number:
            who = group(frames[0], answer, labels), group(frames[1], answer, labels)
            yield Told(f"{answer.query.identity} {labels}", release, number, who)


def ask_all(
    asked: Sequence[Question], release: int, frames: Sequence[pl.DataFrame], ledger: Ledger
) -> list[Told]:
    frame, past = frames[release], {f"r{day}": frames[day] for day in range(release)}
    rows = Rows(f"r{release}", frame, partial(aggregates_by_polars, frame), past=past)
    desk = Desk(rows, Allowed(columns={name: frozenset(values) for name, values in VALUES.items()}), ledger)
    told: list[Told] = []
    for question in asked:
        try:
            told += told_by(desk.answer(question), release, frames)
        except QueryRefused:
            continue
    return told


def a_few_apart(one: frozenset[int], other: frozenset[int]) -> bool:
    return bool(one & other) and 1 <= len(one ^ other) <= 9


def gives_away(one: Told, other: Told) -> bool:
    """Whether the two are of groups a few people apart, and there is no other way to read them."""
    pairs = [(a, b) for a in one.about() for b in other.about()]
    return all(a_few_apart(a, b) for a, b in pairs)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(people_of, min_size=PEOPLE, max_size=PEOPLE),
    further=st.lists(st.tuples(people_of, st.integers(0, PEOPLE + 8)), max_size=25),
    before=st.lists(questions, min_size=1, max_size=8),
    after=st.lists(questions, min_size=1, max_size=8),
)
def test_no_two_answers_tell_of_one_to_nine_people(
    rows: list[dict[str, str]],
    further: list[tuple[dict[str, str], int]],
    before: list[Question],
    after: list[Question],
) -> None:
    """`further` referrals come between the releases: of new people, and of some who were there before."""
    first = frame_of(rows, range(PEOPLE))
    second = frame_of([*rows, *(row for row, _ in further)], [*range(PEOPLE), *(who for _, who in further)])
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger", KEY) as ledger:
        told = ask_all(before, 0, (first, second), ledger)
        told += ask_all([*before, *after], 1, (first, second), ledger)
    assert [(a, b) for a, b in combinations(told, 2) if gives_away(a, b)] == []
