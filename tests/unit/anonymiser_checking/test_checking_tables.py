"""What published tables give away: by hand, and against trying every table that there could be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.checking.cells import Differences, Ranges, Rule, difference, ranges_of
from anonymiser.checking.margins import Sum, narrow, narrow_table
from anonymiser.checking.table_audit import Table, audit_table
from anonymiser.errors import Refusal

HES = Rule(threshold=8, base=5)
EXACT_FROM_TEN = Rule(threshold=10, base=1)


def published(counts: np.ndarray, rule: Rule) -> list[list[int | None]]:
    """The rule applied plainly."""

    def show(count: int) -> int | None:
        if count == 0:
            return 0
        return None if count < rule.threshold else (count + rule.base // 2) // rule.base * rule.base

    return [[show(int(count)) for count in row] for row in counts]


@pytest.mark.parametrize(
    ("cell", "rule", "low", "high"),
    [
        (0, Rule(), 0, 0),
        (None, Rule(), 1, 9),
        (10, Rule(), 10, 12),  # 8 and 9 would have been suppressed
        (25, Rule(), 23, 27),
        (None, HES, 1, 7),
        (10, HES, 8, 12),
        (None, Rule(zero_is_shown=False), 0, 9),
        (13, EXACT_FROM_TEN, 13, 13),
    ],
)
def test_range_of_a_cell(cell: int | None, rule: Rule, low: int, high: int) -> None:
    found = ranges_of([cell], rule)
    assert (found.low.tolist(), found.high.tolist()) == ([low], [high])


@pytest.mark.parametrize("cell", [5, 12])
def test_a_number_that_the_rule_cannot_give_is_refused(cell: int) -> None:
    with pytest.raises(ValueError, match="Cell 0: the rule gives no such number"):
        ranges_of([cell], HES)


@given(count=st.integers(0, 200), rule=st.sampled_from([Rule(), HES, EXACT_FROM_TEN]))
def test_the_count_behind_a_cell_is_within_its_range(count: int, rule: Rule) -> None:
    [[cell]] = published(np.array([[count]]), rule)
    found = ranges_of([cell], rule)
    assert found.low[0] <= count <= found.high[0]


def test_a_lone_suppressed_cell_is_given_away_by_exact_totals() -> None:
    # 20 + x = 23: x is 3.
    audit = audit_table(Table(cells=[[20, None]], row_totals=[23]), EXACT_FROM_TEN)
    assert audit.narrow == ((0, 1),)
    assert (audit.found.low[0, 1], audit.found.high[0, 1]) == (3, 3)
    assert audit.findings() == ("The totals of the table leave too few values for 1 of 1 suppressed cells.",)


def test_rounding_to_five_hides_what_the_same_totals_tell() -> None:
    # 18 to 22, and the whole 23 to 27: from 1 up to 9 are left.
    audit = audit_table(Table(cells=[[20, None]], row_totals=[25]), Rule(), Rule())
    assert (audit.found.low[0, 1], audit.found.high[0, 1]) == (1, 9)
    assert audit.findings() == ()


def test_four_suppressed_cells_that_each_total_seems_to_hide_are_found_by_all_totals_together() -> None:
    # a + b = 17, c + d = 9, a + c = 11, b + d = 15. With at most 9 each: a >= 8, so c <= 3, d >= 6 and b is 8 or 9.
    table = Table(cells=[[None, None], [None, None]], row_totals=[17, 9], column_totals=[11, 15])
    audit = audit_table(table, EXACT_FROM_TEN)
    assert audit.found.low.tolist() == [[8, 8], [2, 6]]
    assert audit.found.high.tolist() == [[9, 9], [3, 7]]
    assert len(audit.narrow) == 4


def test_totals_that_were_not_published_tell_nothing() -> None:
    audit = audit_table(Table(cells=[[20, None], [None, 12]]), EXACT_FROM_TEN)
    assert audit.findings() == ()
    assert audit.suppressed == 2


def test_a_table_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(Refusal, match="contradicts itself"):
        audit_table(Table(cells=[[20, None]], row_totals=[60]), EXACT_FROM_TEN)
    with pytest.raises(Refusal, match="contradicts itself"):
        narrow(ranges_of([20, None], EXACT_FROM_TEN), [Sum((0, 1), 60, 60)])


SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(data=st.data(), shape=SHAPES)
@settings(max_examples=120, deadline=None)
def test_narrowing_a_table_finds_exactly_what_trying_every_table_finds(
    data: st.DataObject, shape: tuple[int, int]
) -> None:
    height, width = shape
    rule = Rule(threshold=4, base=1)
    counts = np.array(
        data.draw(st.lists(st.integers(0, 5), min_size=height * width, max_size=height * width))
    )
    counts = counts.reshape(shape)
    slack = data.draw(st.integers(0, 2))
    flat = ranges_of([cell for row in published(counts, rule) for cell in row], rule)
    cells = Ranges(flat.low.reshape(shape), flat.high.reshape(shape))
    rows = Ranges(counts.sum(axis=1) - slack, counts.sum(axis=1) + slack)
    columns = Ranges(counts.sum(axis=0), counts.sum(axis=0) + slack)
    total = (int(counts.sum()), int(counts.sum()) + 1)
    found = narrow_table(cells, rows, columns, total)
    low, high = tried(cells, rows, columns, total)
    assert found.low.tolist() == low.tolist()
    assert found.high.tolist() == high.tolist()
    # What narrows by one total at a time is true as well, if not always all.
    sums = [
        Sum(tuple(range(row * width, (row + 1) * width)), int(rows.low[row]), int(rows.high[row]))
        for row in range(height)
    ]
    plain = narrow(flat, sums)
    assert (plain.low <= found.low.ravel()).all()
    assert (plain.high >= found.high.ravel()).all()


def tried(
    cells: Ranges, rows: Ranges, columns: Ranges, total: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    choices = [range(a, b + 1) for a, b in zip(cells.low.ravel(), cells.high.ravel(), strict=True)]
    tables = np.array(list(product(*choices))).reshape(-1, *cells.low.shape)
    down, across, whole = tables.sum(axis=2), tables.sum(axis=1), tables.sum(axis=(1, 2))
    agrees = ((down >= rows.low) & (down <= rows.high)).all(axis=1)
    agrees &= ((across >= columns.low) & (across <= columns.high)).all(axis=1)
    agrees &= (whole >= total[0]) & (whole <= total[1])
    return tables[agrees].min(axis=0), tables[agrees].max(axis=0)


def test_narrowing_by_sums_reaches_a_third_total_through_the_other_two() -> None:
    # A part of each of two districts and of their county: 30 + x = 33, so x is 3, and the county's y = 40 - 33 = 7.
    cells = ranges_of([30, None, None], EXACT_FROM_TEN)
    found = narrow(cells, [Sum((0, 1, 2), 40, 40), Sum((0, 1), 33, 33)])
    assert found.low.tolist() == found.high.tolist() == [30, 3, 7]


def test_exact_counts_of_two_months_tell_of_single_people_and_rounded_ones_do_not() -> None:
    before, after = [12, 30, 45, 9], [13, 30, 60, 11]
    rows = [
        [published(np.array([counts]), rule)[0] for counts in (before, after)]
        for rule in (EXACT_FROM_TEN, Rule())
    ]
    # 12 to 13 is one person. 30 to 30 nobody, 45 to 60 fifteen; what was suppressed and is now 11 grew by 2 to 10.
    assert difference(*rows[0], EXACT_FROM_TEN) == Differences(cells=4, exact=1, narrow=1)
    assert difference(*rows[1], Rule()) == Differences(cells=4, exact=0, narrow=0)


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30)), min_size=1, max_size=40))
def test_rounded_tables_never_tell_a_small_increase_exactly(pairs: list[tuple[int, int]]) -> None:
    before = published(np.array([[count for count, _ in pairs]]), Rule())[0]
    after = published(np.array([[count + more for count, more in pairs]]), Rule())[0]
    assert difference(before, after, Rule()).narrow == 0


def test_a_table_of_practices_and_needs_is_audited_whole() -> None:
    counts = np.random.default_rng(5).poisson(20, size=(150, 24))
    cells = published(counts, Rule(threshold=8, base=1))
    suppressed = sum(cell is None for row in cells for cell in row)
    alone = sum(sum(cell is None for cell in row) == 1 for row in cells)
    exact = Table(
        cells=cells, row_totals=counts.sum(axis=1).tolist(), column_totals=counts.sum(axis=0).tolist()
    )
    audit = audit_table(exact, Rule(threshold=8, base=1))
    assert audit.suppressed == suppressed > 0
    assert len(audit.narrow) >= alone > 0
    assert ((audit.found.low <= counts) & (counts <= audit.found.high)).all()
    rounded = Table(cells=published(counts, HES), row_totals=None, column_totals=None)
    assert audit_table(rounded, HES).narrow == ()
