"""Writes rows of words as the lines of a CSV, some at a time: neighbouring columns as one, because words come again.

A file of a million rows has few different combinations of the words of some neighbouring columns. Each combination is
put together once, with its commas, and a row is then a handful of look-ups instead of one for each column.
"""

import io
import math
from collections.abc import Collection, Iterator
from functools import cached_property

import numpy as np
import polars as pl

from anonymiser.hashing import each_ahead
from anonymiser.releasing.package import LINE_END, NEEDS_QUOTES, quotes_for

_AT_ONCE = 16_384
"""Rows that are written at once, so that they stay in the processor's cache."""
_MOST_COMBINED = 2**13
"""Of so many combinations the texts stay in the processor's cache too."""


class _Combined:
    """Some neighbouring columns of words as one."""

    def __init__(self) -> None:
        self._columns: list[tuple[pl.Series, pl.Series]] = []

    def takes(self, words: pl.Series) -> bool:
        """Whether the combinations stay few enough with a column of these words too."""
        sizes = [len(each) for _, each in self._columns]
        return math.prod([*sizes, len(words)]) <= _MOST_COMBINED

    def take(self, column: pl.Series, words: pl.Series) -> None:
        """Put a column beside those that are there."""
        self._columns.append((column.to_physical(), words))

    def texts(self, begin: int) -> pl.Series:
        """Some of the rows, from one on."""
        key = np.zeros(1, np.uint32)
        for codes, words in self._columns:
            key = key * np.uint32(len(words)) + codes[begin : begin + _AT_ONCE].to_numpy()
        return self._every_text.gather(key)

    @cached_property
    def _every_text(self) -> pl.Series:
        left = np.arange(math.prod(len(words) for _, words in self._columns))
        parts: list[pl.Series] = []
        for _, words in reversed(self._columns):
            left, at = np.divmod(left, len(words))
            parts.insert(0, words.gather(at))
        return pl.select(pl.concat_str(parts, separator=",")).to_series()


def lines_of(frame: pl.DataFrame, plain: Collection[str] = ()) -> Iterator[bytes]:
    """The lines of a frame without empty cells, that of its heading first, exactly as polars writes them.

    Columns of listed words (Enum) are put together where no word needs quotes; of those named as `plain` it is known.
    """
    head = io.BytesIO()
    frame.clear().write_csv(head, line_terminator=LINE_END)
    yield head.getvalue()
    columns = _combined(frame)
    # Of a text that is in no list each is looked at; what needs quotes is left to the library, column by column.
    doubtful = [each for each in columns if isinstance(each, pl.Series) and each.name not in plain]
    quotes = quotes_for(pl.DataFrame(doubtful))
    if quotes != "never":
        columns = [*frame.iter_columns()]

    def written(begin: int) -> bytes:
        out = io.BytesIO()
        some = (
            each.texts(begin) if isinstance(each, _Combined) else each[begin : begin + _AT_ONCE]
            for each in columns
        )
        named = pl.DataFrame([each.alias(str(at)) for at, each in enumerate(some)])
        named.write_csv(out, include_header=False, line_terminator=LINE_END, quote_style=quotes)
        return out.getvalue()

    yield from each_ahead(written, range(0, frame.height, _AT_ONCE))


def _combined(frame: pl.DataFrame) -> list[pl.Series | _Combined]:
    """The columns, those of words put together with their neighbours as far as their combinations are few."""
    made: list[pl.Series | _Combined] = []
    for column in frame.iter_columns():
        words = _plain_words(column.dtype)
        if words.is_empty():
            made.append(column)
            continue
        beside = made[-1] if made else column
        if not (isinstance(beside, _Combined) and beside.takes(words)):
            beside = _Combined()
            made.append(beside)
        beside.take(column, words)
    return made


def _plain_words(kind: pl.DataType) -> pl.Series:
    """The words that a column lists; none where it lists none, or one that needs quotes."""
    words = kind.categories if isinstance(kind, pl.Enum) else pl.Series([], dtype=pl.String)
    return words.clear() if words.str.contains(NEEDS_QUOTES).any() else words
