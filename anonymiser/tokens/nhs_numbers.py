"""Brings NHS numbers to one spelling and says which are possible, so that one person has one token."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.errors import Refusal

_SEPARATORS = r"[\s\u2010-\u2015-]"
_TEN_DIGITS = "^[0-9]{10}$"
_REPEATED = 1_111_111_111
_HALF = 100_000


def _weighed(weights: range) -> NDArray[np.int64]:
    """The weighted digit sum of every five digits, so that a check costs two look-ups."""
    five = np.arange(_HALF)
    total = np.zeros(_HALF, dtype=np.int64)
    for place, weight in zip(range(4, -1, -1), weights, strict=True):
        total += five // 10**place % 10 * weight
    return total


_FIRST, _LAST = _weighed(range(10, 5, -1)), _weighed(range(5, 0, -1))


def canonical(numbers: pl.Series) -> pl.Series:
    """Give each number as ten digits, or null where it is missing or cannot be one (see `values`)."""
    return spelt(values(numbers))


def values(numbers: pl.Series) -> pl.Series:
    """Give each number as an integer, which is faster to compare; null where it is missing or impossible.

    Spaces and hyphens are dropped. Modulus 11 is as the NHS Data Dictionary has it (NHS NUMBER): with its check
    digit at weight 1 the sum is a multiple of 11. Ten equal digits can pass the arithmetic but are only ever
    typed to fill a box, so they are null as well. Raises Refusal on a column that is not text: a number has
    lost its leading noughts.
    """
    if numbers.dtype == pl.Null:
        return numbers.cast(pl.Int64)
    if numbers.dtype != pl.String:
        raise Refusal(f"{numbers.name}: NHS numbers must be text, not {numbers.dtype}.")
    is_plain = numbers.str.contains(_TEN_DIGITS)
    if not is_plain.all():
        numbers = numbers.str.replace_all(_SEPARATORS, "")
        is_plain = numbers.str.contains(_TEN_DIGITS)
    found = pl.select(pl.when(is_plain).then(numbers).cast(pl.Int64).alias(numbers.name)).to_series()
    value = found.fill_null(0).to_numpy()
    possible = ((_FIRST[value // _HALF] + _LAST[value % _HALF]) % 11 == 0) & (value % _REPEATED != 0)
    return found.set(~pl.Series(possible), None)


def spelt(numbers: pl.Series) -> pl.Series:
    """Give the ten digits of each integer of `values`."""
    return numbers.cast(pl.String).str.zfill(10)
