"""Turns counted people into a table that may be printed, and says of every number why it is or is not there."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import polars as pl

from anonymiser.tables.complementary import further_withheld, given_away
from anonymiser.tables.counting import Grid
from anonymiser.tables.rules import Bools, Ints, Rule, Totals

WITHHELD: Final = "*"
TOTAL: Final = "Total"


class Why(IntEnum):
    """Why an entry of a table is as it is."""

    SHOWN = 0
    SMALL = 1  # too few people, or nobody in a line of which nothing is told
    FURTHER = 2  # withheld so that a total does not give a small one back


@dataclass(frozen=True)
class Table:
    """What is printed. `numbers` and `why` have the totals in the last row and column.

    Where `printed` is false the number is withheld, and `numbers` says nothing.
    """

    rule: Rule
    grid: Grid
    numbers: Ints
    printed: Bools
    why: Ints

    @property
    def withheld(self) -> int:
        """How many cells are withheld, totals left out."""
        return int(np.count_nonzero(~self.printed[:-1, :-1]))

    def percentages(self) -> pl.DataFrame:
        """Each printed cell of each printed row total, to one decimal; made from what is printed alone."""
        numbers, whole = self.numbers[:-1, :-1], self.numbers[:-1, -1:]
        known = self.printed[:-1, :-1] & self.printed[:-1, -1:] & (whole > 0)
        shares = np.round(100 * numbers / np.maximum(whole, 1), 1)
        columns = [
            pl.Series(name, np.where(known[:, at], shares[:, at], np.nan)).fill_nan(None)
            for at, name in enumerate(self._column_names())
        ]
        return pl.concat([self.grid.rows, pl.DataFrame(columns)], how="horizontal")

    def to_frame(self) -> pl.DataFrame:
        """The table as it is printed: words, `*` for what is withheld, a last row (and column) of totals."""
        words = np.where(self.printed, self.numbers.astype(str), WITHHELD)
        names = [*self._column_names(), TOTAL] if self.grid.is_crossed else self._column_names()
        below = pl.DataFrame({name: [TOTAL] for name in self.grid.rows.columns})
        printed = pl.DataFrame({name: words[:, at].tolist() for at, name in enumerate(names)})
        return pl.concat([pl.concat([self.grid.rows, below]), printed], how="horizontal")

    def _column_names(self) -> list[str]:
        if not self.grid.is_crossed:
            return ["people"]
        return [" / ".join(labels) for labels in self.grid.columns.rows()]


def publish(grid: Grid, rule: Rule) -> Table:
    """Apply a rule to counted people.

    With totals of people, each total is treated like a cell, and the rule may ask for further cells to be
    withheld; with totals of what is shown, a total is the sum of its printed cells.
    """
    people = grid.people
    why = np.where(rule.shows(people), Why.SHOWN, Why.SMALL).astype(np.int64)
    if rule.totals is Totals.OF_PEOPLE and rule.complementary:
        why[further_withheld(people, rule, crossed=grid.is_crossed)] = Why.FURTHER
    if grid.is_crossed:
        why[:-1][people[:-1, -1] < rule.line] = reason_of_a_bare_line(rule)
    return with_totals(Table(rule, grid, rule.rounded(people), why == Why.SHOWN, why))


def reason_of_a_bare_line(rule: Rule) -> Why:
    """Why nothing is told of a line of a few people: the same for each cell, whoever is in it."""
    return Why.SMALL if rule.smallest > 1 else Why.FURTHER


def told_lines(table: Table) -> Bools:
    """The lines of which some number above nought is printed, totals left out."""
    return np.asarray(np.any(table.printed[:-1, :-1] & (table.numbers[:-1, :-1] > 0), axis=1), np.bool_)


def told_answers(table: Table) -> Bools:
    """The answers of which some number above nought is printed, totals left out."""
    return np.asarray(np.any(table.printed[:-1, :-1] & (table.numbers[:-1, :-1] > 0), axis=0), np.bool_)


def with_totals(table: Table) -> Table:
    """The same with its totals made again from its printed cells, where its rule makes them so."""
    if table.rule.totals is Totals.OF_PEOPLE:
        return table
    numbers, printed, why = table.numbers.copy(), table.printed.copy(), table.why.copy()
    shown = np.where(printed[:-1, :-1], numbers[:-1, :-1], 0)
    numbers[:-1, -1], numbers[-1, :-1], numbers[-1, -1] = shown.sum(axis=1), shown.sum(axis=0), shown.sum()
    printed[:, -1] = printed[-1] = True
    why[:, -1] = why[-1] = Why.SHOWN
    return Table(table.rule, table.grid, numbers, printed, why)


def narrowed(table: Table) -> int:
    """How many withheld entries an intruder narrows to fewer than five values: for the risk report."""
    if table.rule.totals is Totals.OF_SHOWN:
        return 0  # its totals are sums of what is printed, so each withheld cell keeps all its values
    further = table.why == Why.FURTHER
    told = not table.rule.complementary  # a rule that withholds nothing further leaves no doubt
    return len(given_away(table.grid.people, further, table.rule, crossed=table.grid.is_crossed, told=told))
