"""The tables of one release, read side by side, leave no small group between them."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymiser.tables.auditing import Audit
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.publishing import Table, Why
from anonymiser.tables.queries import Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT
from tests.unit.anonymiser_tables.referrals import KEY, referrals, sample

QUERIES = [
    Query(("need",)),
    Query(("sex",)),
    Query(("sex", "need"), across=1),
    Query(("sex", "ethnicity"), across=1),
    Query(("ethnicity",), {"sex": ("F", "M")}),
]
Cell = tuple[frozenset[int], int]  # the people of a printed cell, and its number


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger", KEY) as opened:
        yield opened


def released(
    frame: pl.DataFrame, ledger: Ledger, queries: list[Query], *, audited: bool = True
) -> list[Table]:
    audit = Audit(frame, DEFAULT)
    audit.recall(ledger.entries, release="r1")
    kept = audit if audited else None
    return [release_table(frame, query, DEFAULT, ledger, release="r1", audit=kept) for query in queries]


def printed_cells(frame: pl.DataFrame, query: Query, table: Table) -> Iterator[Cell]:
    kept = frame.filter(*(pl.col(name).is_in(values) for name, values in query.filters.items()))
    rows, columns = table.grid.rows.rows(), table.grid.columns.rows() or [()]
    for labels, group in kept.group_by(query.dimensions):
        at = rows.index(labels[: len(query.rows)]), columns.index(labels[len(query.rows) :])
        if table.printed[at]:
            yield frozenset(group["person"]), int(table.numbers[at])


def leaves_few(whole: Cell, parts: list[Cell]) -> bool:
    """Worked out anew from what is printed: a number of n stands for n - 2 to n + 2, and for no fewer than ten."""
    people = frozenset().union(*(each for each, _ in parts))
    left = len(whole[0] - people)
    if not 1 <= left <= 9 or sum(len(each) for each, _ in parts) > len(people):
        return False
    least = max(1, max(10, whole[1] - 2) - sum(number + 2 for _, number in parts))
    most = min(9, whole[1] + 2 - sum(max(10, number - 2) for _, number in parts))
    return most - least + 1 < 5


def small_groups(frame: pl.DataFrame, tables: list[Table]) -> int:
    printed = [list(printed_cells(frame, *each)) for each in zip(QUERIES, tables, strict=True)]
    found = 0
    for one, other in combinations(printed, 2):
        found += sum(1 <= len(a ^ b) <= 9 for a, _ in one for b, _ in other)
        for wholes, parts in ((one, other), (other, one)):
            found += sum(
                leaves_few(whole, [part for part in parts if part[0] <= whole[0]]) for whole in wholes
            )
    return found


def test_no_two_tables_of_the_sample_leave_a_small_group_between_them(ledger: Ledger) -> None:
    frame = sample()
    assert small_groups(frame, released(frame, ledger, QUERIES)) == 0


def test_the_same_tables_without_the_audit_would(ledger: Ledger) -> None:
    frame = sample()
    assert small_groups(frame, released(frame, ledger, QUERIES, audited=False)) > 0


def test_the_smallest_part_is_withheld_and_the_rest_is_printed(ledger: Ledger) -> None:
    frame = referrals({("x", "a"): 18, ("x", "b"): 23, ("x", "c"): 1}, "sex", "need")
    _, parts = released(frame, ledger, [Query(("sex",)), Query(("need",))])
    assert [Why(int(why)).name for why in parts.why[:-1, 0]] == ["FURTHER", "SHOWN", "SMALL"]
    assert parts.to_frame()["people"].to_list() == ["*", "25", "*", "25"]


def test_tables_made_again_are_the_same(ledger: Ledger) -> None:
    frame = sample()
    once, again = released(frame, ledger, QUERIES), released(frame, ledger, QUERIES)
    assert len(ledger.entries) == len(QUERIES)
    for first, second in zip(once, again, strict=True):
        assert np.array_equal(first.printed, second.printed)
        assert first.to_frame().equals(second.to_frame())
