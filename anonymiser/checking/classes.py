"""Measures the classes of a release, rows alike in every quasi-identifier: how many rows, how many people."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from anonymiser.checking.columns import Coded
from anonymiser.checking.diversity import Diversity, diversity
from anonymiser.checking.runs import Ints, Runs, pairs


@dataclass(frozen=True)
class Measured:
    """What the classes of a release were found to be; each array has one number per class, in one order.

    `largest` is the rows of the person who has most rows in the class.
    """

    rows: int
    class_rows: Ints
    class_people: Ints
    largest: Ints
    diversity: Mapping[str, Diversity]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_rows)

    @property
    def k_rows(self) -> int:
        """Rows in the smallest class; 0 for a release without rows."""
        return int(self.class_rows.min(initial=self.rows))

    @property
    def k_people(self) -> int:
        """Distinct people in the class that has fewest; 0 for a release without rows."""
        return int(self.class_people.min(initial=self.rows))

    @property
    def largest_share(self) -> float:
        """The largest part of any one class that is about one person."""
        return float((self.largest / self.class_rows).max(initial=0.0))

    def rows_below(self, people: int) -> int:
        """Rows in classes of fewer people than this."""
        return int(self.class_rows[self.class_people < people].sum())


def measure(release: Coded) -> Measured:
    """Measure every class of a release by rows, by people and by the sensitive values it holds."""
    if release.rows == 0:
        nothing = release.class_rows
        return Measured(0, nothing, nothing, nothing, {})
    with ThreadPoolExecutor(max_workers=1) as beside:
        people = beside.submit(_people, release)
        diversities = {
            name: _diversity(release, pairs(release.crowd, column), ordered=column.ordered)
            for name, column in release.sensitive.items()
        }
        return Measured(release.rows, release.class_rows, *people.result(), diversities)


def _diversity(release: Coded, runs: Runs, *, ordered: bool) -> Diversity:
    return diversity(runs.crowd, runs.value, runs.rows, release.class_rows, ordered=ordered)


def _people(release: Coded) -> tuple[Ints, Ints]:
    """The different people of each class, and the rows of the one who has most there."""
    if not release.has_people:
        return release.class_rows, np.ones_like(release.class_rows)
    people = release.people
    return np.diff(people.starts, append=len(people.rows)), np.maximum.reduceat(people.rows, people.starts)
