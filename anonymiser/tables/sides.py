"""Rules out, by the words of a few people of each cell, most pairs of cells of which one could lie within the other."""

from dataclasses import dataclass

import numpy as np

from anonymiser.tables.placed import LOOKED_UP, Codes, Few, Lacking, Placed
from anonymiser.tables.rules import Ints


@dataclass(frozen=True)
class Side:
    """One column that an answer tells people apart by: each row's word in the order of people, and each cell's."""

    name: str
    words: int
    codes: Codes
    at: Ints


def lacking(parts: Placed, side: Side) -> Lacking:
    """What a column says of the people of an answer's cells; kept with these, as many answers have the column."""
    if side.name not in parts.lacking:
        parts.lacking[side.name] = _looked_up(parts, side)
    return parts.lacking[side.name]


def _looked_up(parts: Placed, side: Side) -> Lacking:
    some, (cell, person, at) = np.minimum(parts.sizes, LOOKED_UP), parts.looked_up
    # One word more than there are, the last, for rows without one: there NOWHERE is.
    wide = side.words + 1
    has_it = np.zeros(len(cell) * wide, np.bool_)
    has_it[person * wide + side.codes[at] % wide] = True
    who, word = np.divmod(np.flatnonzero(has_it), wide)
    met = np.bincount(cell[who] * wide + word, minlength=parts.cells * wide)
    missing = (some[:, None] - met.reshape(parts.cells, wide)[:, :-1]).astype(np.int8)
    return Lacking(missing, missing.min(axis=1, initial=LOOKED_UP))


def fewest_missing(parts: Placed, sides: tuple[Side, ...], most: int) -> tuple[Ints, Few]:
    """Some cells, and for each of them and each cell with these sides how many of its people lack a word of that.

    So many at the least are not in that cell, as whoever is in it has all its words. Cells of which more than `most`
    lack one everywhere are left out.
    """
    found = [lacking(parts, side) for side in sides]
    rows = np.flatnonzero(np.all([each.least <= most for each in found], axis=0))
    missing = [each.people[rows][:, side.at] for each, side in zip(found, sides, strict=True)]
    return rows, np.max(missing, axis=0)
