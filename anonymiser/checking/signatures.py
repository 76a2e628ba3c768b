"""Shows what a person token beside anonymised rows would undo: the classes that somebody is in are a signature."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymiser.checking.columns import Coded
from anonymiser.checking.runs import Ints

MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
"""The constants of splitmix64, which scatters small numbers over 64 bits."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """People with so many referrals: how many have a signature of their own, and how many share it with too few."""

    referrals: str
    people: int
    unique: int
    below: int


def signatures(release: Coded, people: int = 10) -> tuple[Signature, ...]:
    """Say of people with one, two and more referrals how many are singled out by the classes that they appear in.

    Only where a token tells which rows are one person's is this an attack; a release has no such token. `people` is
    the crowd below which a signature is shared by too few.
    """
    if release.rows == 0:
        return ()
    runs = release.people
    referrals = np.bincount(runs.value, weights=runs.rows, minlength=release.person.size)
    # A sum does not mind the order of the classes; that two differ and have one sum is less likely than a lottery win.
    sums = np.zeros(release.person.size, dtype=np.uint64)
    np.add.at(sums, runs.value, _scatter(runs.crowd) * runs.rows.astype(np.uint64))
    somebody = referrals > 0
    referrals, sums = referrals[somebody], sums[somebody]
    _, place, sharing = np.unique(sums, return_inverse=True, return_counts=True)
    shared = sharing[place]
    groups = (("1", referrals == 1), ("2", referrals == 2), ("3 or more", referrals >= 3))
    return tuple(
        Signature(
            referrals=name,
            people=int(those.sum()),
            unique=int((shared[those] == 1).sum()),
            below=int((shared[those] < people).sum()),
        )
        for name, those in groups
    )


def _scatter(numbers: Ints) -> npt.NDArray[np.uint64]:
    mixed = (numbers.astype(np.uint64) + np.uint64(1)) * MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * MIX[1]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * MIX[2]
    scattered: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return scattered
