"""Sees that no group of people is told by two rules: each number narrows what the other leaves open."""

import numpy as np

from anonymiser.tables.overlaps import Asked
from anonymiser.tables.rules import Bools, Ints


def told_by_both(new: Asked, old: Asked) -> Bools:
    """The printed cells that hold the very people of a printed cell of another answer, of which one has noise."""
    marks = np.random.default_rng(0).integers(1, 2**62, len(new.placed.begins), np.int64)
    mine, theirs = _marks(new, marks), _marks(old, marks)
    return np.asarray(~new.hidden & np.isin(mine, theirs[~old.hidden]), np.bool_)


def _marks(asked: Asked, marks: Ints) -> Ints:
    """A number for each cell that is the same for the same people; two others have one by a chance of 2 to the -62."""
    summed = np.concatenate([np.zeros(1, np.int64), np.cumsum(marks[asked.placed.by_cell])])
    ends = asked.placed.ends
    return np.asarray(summed[ends] - summed[ends - asked.placed.sizes], np.int64)
