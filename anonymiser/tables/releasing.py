"""Makes one table of a release: counted, put under its rule, held against every earlier release, written down."""

from collections.abc import Sequence, Set
from itertools import product

import numpy as np
import polars as pl

from anonymiser.tables.auditing import Audit
from anonymiser.tables.cell_keys import with_noise
from anonymiser.tables.counting import Grid, count
from anonymiser.tables.ledger import Cell, Entry, Ledger
from anonymiser.tables.noughts import with_fit_noughts
from anonymiser.tables.overlaps import Labels
from anonymiser.tables.publishing import (
    Table,
    Why,
    publish,
    reason_of_a_bare_line,
    told_answers,
    told_lines,
    with_totals,
)
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import Rule, Totals
from anonymiser.tables.updates import as_before, check_rule_kept, held_back, last_true

_NOBODY = Cell((), 0, 0.0)


def release_table(
    frame: pl.DataFrame, query: Query, rule: Rule, ledger: Ledger, *, release: str, audit: Audit | None = None
) -> Table:
    """The table that may be printed, after its entry in the ledger is on the disk.

    `frame` has one row per referral, with its `person`. What would have changed by 1 to 9 people is as it was before,
    and nothing says so but the ledger: just there is the change. What would give a few people away beside what `audit`
    remembers is withheld as FURTHER. Of a line of which no number above nought may be printed nothing is: its noughts
    would tell in which cells its people are. What is later in the question's `over` (a month) than all before was never
    said to be nought, and is as it is now. The same release again is the same table, and no second entry.
    """
    earlier = ledger.of(query.identity)
    check_rule_kept(rule.name, earlier)
    before = [entry for entry in earlier if entry.release != release]
    grid = _counted(frame, query, _lines(query, before), audit)
    table = with_noise(publish(grid, rule), frame) if query.noisy else publish(grid, rule)
    places = _places(grid, rule)
    made = [entry for entry in earlier if entry.release == release]
    now = _today(table, places, audit.apart_from_earlier(query) if audit else frozenset())
    cells = [
        new if table.why[at] == Why.FURTHER or _is_later(new, query, before) else old
        for (_, at), new, old in zip(places, now, held_back(now, before, smallest=rule.smallest), strict=True)
    ]
    shows = [cell.printed is not None for cell in now]
    cells = _as_made(now, made[-1]) if made else with_fit_noughts(cells, query, rule, before, shows)
    same = as_before(cells, before)
    if audit and not made:
        further = audit.to_withhold(query, _withheld(cells), same)
        cells = [
            cell._replace(printed=None, held_back=False) if cell.labels in further else cell for cell in cells
        ]
    if not made:
        cells = with_fit_noughts(cells, query, rule, before, [False] * len(places))
    ledger.record(release, query.identity, rule.name, cells)
    if audit:
        audit.remember(query, _withheld(cells), same)
    true = last_true(before)
    for (_, at), cell in zip(places, cells, strict=True):
        _put(table, at, cell, true.get(cell.labels, _NOBODY) if cell.held_back else cell)
    return with_totals(_with_one_reason(table))


def _with_one_reason(table: Table) -> Table:
    """With the same reason for each cell of a line of which nothing is told, and for each told line of such an answer.

    Where they differ, it is that of most people; a cell that is in both has its line's.
    """
    if table.rule.line and table.grid.is_crossed:
        why, lines = table.why[:-1, :-1], told_lines(table)
        is_further, always = why == Why.FURTHER, reason_of_a_bare_line(table.rule) == Why.FURTHER
        is_further[~lines] = np.any(is_further[~lines], axis=1, keepdims=True) | always
        answers = ~told_answers(table)
        of_answers = np.any(is_further[lines][:, answers], axis=0) | always
        is_further[np.ix_(lines, answers)] = of_answers[None, :]
        bare = ~lines[:, None] | answers[None, :]
        why[bare] = np.where(is_further, Why.FURTHER, Why.SMALL)[bare]
    return table


def _today(table: Table, places: Sequence[tuple[Labels, tuple[int, int]]], apart: Set[Labels]) -> list[Cell]:
    """The cells as today's people are, without what a few people part from another table of an earlier release."""
    return [_cell(table, labels, at, hidden=labels in apart) for labels, at in places]


def _as_made(now: Sequence[Cell], made: Entry) -> list[Cell]:
    """What the release printed already; the cells of today where those are of other people."""
    there = {cell.labels: cell for cell in made.cells}
    if [(cell.labels, cell.people) for cell in now] != [(cell.labels, cell.people) for cell in made.cells]:
        return list(now)
    return [there[cell.labels] for cell in now]


def _withheld(cells: Sequence[Cell]) -> set[Labels]:
    return {cell.labels for cell in cells if cell.printed is None}


def _put(table: Table, at: tuple[int, int], cell: Cell, true: Cell) -> None:
    """A number with its reason; of one that is held back, the reason that there was when it was `true`."""
    is_small = true.people < table.rule.smallest
    withheld = Why.SMALL if is_small and table.rule.smallest > 1 else Why.FURTHER
    table.why[at] = withheld if cell.printed is None else Why.SHOWN
    table.printed[at], table.numbers[at] = cell.printed is not None, int(cell.printed or 0)


def _is_later(cell: Cell, query: Query, before: Sequence[Entry]) -> bool:
    if not query.over:
        return False
    at = query.dimensions.index(query.over)
    latest = max((str(each.labels[at]) for entry in before for each in entry.cells), default="")
    return str(cell.labels[at]) > latest


def _counted(
    frame: pl.DataFrame, query: Query, also: tuple[pl.DataFrame, pl.DataFrame] | None, audit: Audit | None
) -> Grid:
    if audit and not query.filters and len(query.rows) == len(query.columns) == 1:
        return audit.today.grid(*query.rows, *query.columns, also)
    return count(_kept(frame, query), query.rows, query.columns, also=also)


def _kept(frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    return frame.filter(*(pl.col(column).is_in(values) for column, values in query.filters.items()))


def _lines(query: Query, earlier: Sequence[Entry]) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """The rows and the columns that earlier releases had."""
    known = [cell.labels for entry in earlier for cell in entry.cells if None not in cell.labels]
    if not known:
        return None
    seen = pl.DataFrame(known, schema=dict.fromkeys(query.dimensions, pl.String), orient="row")
    return seen.select(query.rows).unique(), seen.select(query.columns).unique()


def _places(grid: Grid, rule: Rule) -> list[tuple[Labels, tuple[int, int]]]:
    """The labels of each entry that is counted from people, and where it stands."""
    rows: list[Labels] = [*grid.rows.rows()] or [()]
    columns: list[Labels] = [*grid.columns.rows()] or [()]
    if rule.totals is Totals.OF_PEOPLE:
        rows = [*rows, (None,) * grid.rows.width]
        columns = [*columns, (None,) * grid.columns.width] if grid.is_crossed else columns
    numbered = product(enumerate(rows), enumerate(columns))
    return [((*across, *down), (row, column)) for (row, across), (column, down) in numbered]


def _cell(table: Table, labels: Labels, at: tuple[int, int], *, hidden: bool) -> Cell:
    """A cell as today's people are; that of nobody as if its line were told, which is seen from what is printed of it.

    By the people of the line one whom no number shows would bring its noughts or take them away. A rule that withholds
    further cells for its totals decides on its noughts with them.
    """
    people = int(table.grid.people[at])
    is_nought = not people and table.grid.is_crossed and not table.rule.complementary
    is_told = (bool(table.printed[at]) or is_nought) and not hidden
    return Cell(labels, people, float(table.numbers[at]) if is_told else None)
