"""Measures what a class tells of a sensitive value: l-diversity and t-closeness, as their authors define them."""

from dataclasses import dataclass

import numpy as np

from anonymiser.checking.runs import Floats, Ints

CELLS_AT_ONCE = 2_000_000
"""Classes times values that are held in memory at a time."""


@dataclass(frozen=True)
class Diversity:
    """One sensitive column, class by class.

    `distinct` values; `entropy` in nats; `distance` of the class's distribution from that of the whole release, 0 to
    1: half the sum of differences, or for ordered values the earth mover's distance (Li, Li and
    Venkatasubramanian, 2007).
    """

    distinct: Ints
    entropy: Floats
    distance: Floats

    @property
    def l_distinct(self) -> int:
        """The fewest distinct values in any class."""
        return int(self.distinct.min())

    @property
    def l_entropy(self) -> float:
        """e to the lowest entropy of any class: so many equally likely values would tell as little."""
        return float(np.exp(self.entropy.min()))

    @property
    def t(self) -> float:
        """The largest distance of any class."""
        return float(self.distance.max())


def diversity(crowd: Ints, value: Ints, rows: Ints, class_rows: Ints, *, ordered: bool) -> Diversity:
    """Measure one sensitive column from the rows of each pair of class (`crowd`) and value."""
    overall = np.bincount(value, weights=rows) / rows.sum()
    share = rows / class_rows[crowd]
    classes = len(class_rows)
    if ordered:
        distance = _earth_movers(crowd, value, share, overall, classes=classes)
    else:
        # Half the sum of absolute differences is the sum of those above zero: absent values need no looking at.
        distance = _sum(np.maximum(share - overall[value], 0.0), crowd, classes)
    return Diversity(
        distinct=np.bincount(crowd, minlength=classes),
        entropy=-_sum(share * np.log(share), crowd, classes),
        distance=distance,
    )


def _sum(parts: Floats, crowd: Ints, classes: int) -> Floats:
    return np.asarray(np.bincount(crowd, parts, minlength=classes), dtype=np.float64)


def _earth_movers(crowd: Ints, value: Ints, share: Floats, overall: Floats, *, classes: int) -> Floats:
    steps = len(overall) - 1
    if steps == 0:
        return np.zeros(classes)
    distance = np.empty(classes)
    at_once = max(CELLS_AT_ONCE // len(overall), 1)
    for first in range(0, classes, at_once):
        last = min(first + at_once, classes)
        low, high = np.searchsorted(crowd, (first, last))
        difference = np.tile(-overall, (last - first, 1))
        difference[crowd[low:high] - first, value[low:high]] += share[low:high]
        distance[first:last] = np.abs(np.cumsum(difference, axis=1)).sum(axis=1) / steps
    return distance
