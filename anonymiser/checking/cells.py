"""Reads published cells as somebody who wants to know more: each is a range, and two tables are a difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anonymiser.checking.runs import Ints

UNBOUNDED = 2**40
"""More people than there are."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How counts were published: from `threshold` on, to the nearest multiple of `base` (1: exact).

    A suppressed cell is None and means 1 to threshold - 1, or 0 as well where zeros are suppressed. What is shown is
    rounded after that. HES and OpenSAFELY: threshold 8, base 5.
    """

    threshold: int = 10
    base: int = 5
    zero_is_shown: bool = True


@dataclass(frozen=True)
class Ranges:
    """The lowest and the highest that each count may be."""

    low: Ints
    high: Ints

    def values(self) -> Ints:
        """How many different counts are possible for each cell."""
        return self.high - self.low + 1


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What two versions of a table tell of the people who were added between them.

    `exact` cells give a small increase as one number, `narrow` ones (these among them) as fewer numbers than allowed.
    """

    cells: int
    exact: int
    narrow: int


def ranges_of(cells: Sequence[int | None], rule: Rule) -> Ranges:
    """The range that each published cell stands for; a ValueError tells of a number that the rule cannot give."""
    low, high = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    half = rule.base // 2
    for at, cell in enumerate(cells):
        if cell is None:
            low[at], high[at] = (1 if rule.zero_is_shown else 0), rule.threshold - 1
        elif cell:
            low[at], high[at] = max(rule.threshold, cell - half), cell + half
            # Half an even base is rounded up or down: the range takes both in.
            if cell % rule.base or high[at] < low[at]:
                raise ValueError(f"Cell {at}: the rule gives no such number.")
    return Ranges(low, high)


def difference(
    earlier: Sequence[int | None], later: Sequence[int | None], rule: Rule, *, fewest_values: int = 5
) -> Differences:
    """Subtract two versions of a table of counts that only grow; cells stand in the same order in both.

    An increase is small from 1 to threshold - 1. Where nobody may have been added at all nothing is told.
    """
    before, after = ranges_of(earlier, rule), ranges_of(later, rule)
    low = np.maximum(after.low - before.high, 0)
    high = after.high - before.low
    small = (low >= 1) & (high < rule.threshold)
    return Differences(
        cells=len(low),
        exact=int((small & (low == high)).sum()),
        narrow=int((small & (high - low + 1 < fewest_values)).sum()),
    )
