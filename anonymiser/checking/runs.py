"""Counts pairs of numbers: the arithmetic under every measure of the checker."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Codes:
    """One number from 0 to size - 1 for each row; maybe short ones, so make them long before adding them up."""

    values: Ints
    size: int


@dataclass(frozen=True)
class Runs:
    """The different pairs of class and value, and the rows that have both.

    `pairs` are sorted by class, then value, as class times `size` plus value; `starts` tells where in them each class
    begins.
    """

    pairs: npt.NDArray[np.integer[Any]]
    rows: Ints
    starts: Ints
    size: int

    @cached_property
    def crowd(self) -> Ints:
        """The number of the class of each pair."""
        ends = np.diff(self.starts, append=len(self.pairs))
        return np.repeat(np.arange(len(self.starts)), ends)

    @cached_property
    def value(self) -> Ints:
        """The value of each pair."""
        return self.pairs.astype(np.int64) - self.crowd * self.size


def pairs(crowd: Codes, other: Codes) -> Runs:
    """Count the rows of every pair of class and value; there is no class without rows."""
    crowd, other = fit(crowd, other)
    packed = crowd.values.astype(np.int64)
    packed *= other.size
    packed += other.values
    found: npt.NDArray[np.integer[Any]]
    if crowd.size * other.size <= 2 * len(packed):
        # So few pairs are counted faster than sorted.
        counts = np.bincount(packed)
        found = np.flatnonzero(counts)
        rows = counts[found]
    else:
        # Short numbers are sorted in half the time.
        ordered = packed.astype(np.uint32) if crowd.size * other.size <= 2**32 else packed
        ordered.sort()
        is_first = np.ones(len(ordered), dtype=np.bool_)
        np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
        begins = np.flatnonzero(is_first)
        found = ordered[begins]
        rows = np.diff(begins, append=len(packed))
    firsts = (np.arange(crowd.size) * other.size).astype(found.dtype)
    return Runs(pairs=found, rows=rows, starts=np.searchsorted(found, firsts), size=other.size)


def fit(first: Codes, second: Codes) -> tuple[Codes, Codes]:
    """Squeeze two columns where a pair of their numbers would not fit into 63 bits."""
    if first.size * second.size >= 2**63:
        first = squeeze(first)
    return (first, second) if first.size * second.size < 2**63 else (first, squeeze(second))


def squeeze(codes: Codes) -> Codes:
    """Leave out the numbers that no row has; the order stays."""
    if codes.size <= 4 * len(codes.values):
        # So few numbers are counted faster than sorted.
        present = np.zeros(codes.size, np.bool_)
        present[codes.values] = True
        return Codes((np.cumsum(present) - 1)[codes.values], int(present.sum()))
    found, values = np.unique(codes.values, return_inverse=True)
    return Codes(values.astype(np.int64), len(found))
