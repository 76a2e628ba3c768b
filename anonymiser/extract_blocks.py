"""Reads many records at once where all are spelt alike and right; anything else is left to the reader of one record.

A record without nesting is a list of members between commas. Cut there, most members come again and again: each
different text is read and judged once, as carefully as a single record is, and the rows are look-ups. Whatever does
not fit that plan (another order of fields, a comma within a text, a value that the policy refuses) gives None.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from anonymiser.policy import BESIDE, POLICY, Treatment
from anonymiser.tokens.nhs_numbers import values as possible

Value = str | int | None
SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    name: pl.Int16
    if field.bounds
    else pl.String
    if field.treatment is Treatment.PSEUDONYMISE
    else pl.Categorical
    for name, field in POLICY.items()
}
"""How the columns of an extract are held: as small as they can be, because there may be millions of rows."""
RECORD = "record"
_OWN: Mapping[str, str] = {
    name: "^(?:" + field.pattern.replace(r"\d", "[0-9]") + ")$"
    for name, field in {**POLICY, **BESIDE}.items()
    if field.treatment is Treatment.PSEUDONYMISE or name in BESIDE
}
"""The patterns of the fields in which each record has a value of its own."""

_AT_ONCE, _NEWLINE = 2**17, ord("\n")

Parse = Callable[[bytes], dict[str, Any] | None]
Judge = Callable[[str, Value], bool]


class UnfitError(Exception):
    """A block that has to be read record by record."""


class BlockReader:
    """Reads blocks of one extract. `parse` reads one JSON object strictly; `is_right` judges a field's value.

    With `beside`, records have the fields that are only looked at too.
    """

    def __init__(self, parse: Parse, is_right: Judge, *, beside: bool = False) -> None:
        self._parse, self._is_right = parse, is_right
        self._names = {RECORD, *SCHEMA, *(BESIDE if beside else ())}
        self._values: dict[tuple[str, str, tuple[str, str]], Value] = {}

    def read(self, block: bytes) -> pl.DataFrame | None:
        """The rows of a block of whole lines, each ended by a newline; None unless every one of them is right."""
        try:
            cells = self._cells(block)
            made = cells.select(self._column(cells, at) for at in range(cells.width))
            _check_own(made)
        except (UnfitError, PolarsError):
            return None
        numbers = made["nhs_number"]
        return made.select(*SCHEMA).with_columns(numbers.set(possible(numbers).is_null(), None))

    def _cells(self, block: bytes) -> pl.DataFrame:
        """A column of texts for each field, cut at the commas; the braces are still there."""
        first = self._parse(block[: block.find(b"\n")]) or {}
        if first.keys() != self._names or block[:1] != b"{":
            raise UnfitError
        cells = pl.read_csv(
            block,
            has_header=False,
            separator=",",
            quote_char=None,
            schema={name: pl.String if name in _OWN else _alike() for name in first},
        )
        if cells.height != _lines(block) or sum(cells.null_count().row(0)):
            raise UnfitError
        return cells

    def _column(self, cells: pl.DataFrame, at: int) -> pl.Expr:
        name = cells.columns[at]
        # What makes an object of one member again: the record's own braces are at its first and its last.
        around = ("" if at == 0 else "{", "" if at == cells.width - 1 else "}")
        return self._own(cells[name], around) if name in _OWN else self._shared(cells[name], around)

    def _shared(self, cells: pl.Series, around: tuple[str, str]) -> pl.Expr:
        """A column in which values come again: each different text is judged once."""
        values = [self._value(cells.name, text, around) for text in _words(cells).to_list()]
        known = pl.Series(cells.name, values, dtype=SCHEMA.get(cells.name, pl.String))
        return pl.lit(known).gather(pl.col(cells.name).to_physical()).alias(cells.name)

    def _own(self, cells: pl.Series, around: tuple[str, str]) -> pl.Expr:
        """A column in which each row has a value of its own: all have to be written as the first is."""
        name, text = cells.name, str(cells[0])
        value = self._member(name, text, around)
        head, quoted, tail = text.rpartition("null" if value is None else f'"{value}"')
        if not quoted:
            raise UnfitError
        found = pl.col(name).str.strip_prefix(f'{head}"').str.strip_suffix(f'"{tail}')
        is_nullable = name in POLICY and POLICY[name].nullable
        return pl.when(pl.col(name) != f"{head}null{tail}").then(found) if is_nullable else found

    def _value(self, name: str, text: str, around: tuple[str, str]) -> Value:
        """The value of a member that is right."""
        asked = (name, text, around)
        if asked not in self._values:
            value = self._member(*asked)
            if not (value == "outcome" if name == RECORD else self._is_right(name, value)):
                raise UnfitError
            self._values[asked] = value
        return self._values[asked]

    def _member(self, name: str, text: str, around: tuple[str, str]) -> Value:
        """The value of the one member that a text is, of this name."""
        fields = self._parse(text.join(around).encode()) or {}
        if [*fields] != [name] or isinstance(fields[name], list | dict):
            raise UnfitError
        value: Value = fields[name]
        return value


def _check_own(made: pl.DataFrame) -> None:
    """Raise UnfitError unless what is left of each row's own values is a value, without anything that no value has."""
    own = [name for name in made.columns if name in _OWN]
    if not all(made.select(pl.col(name).str.contains(_OWN[name]).all() for name in own).row(0)):
        raise UnfitError


def _lines(block: bytes) -> int:
    """How many lines end in a block; some of it at a time, which stays in the processor's cache."""
    octets = np.frombuffer(block, np.uint8)
    return sum(
        int(np.count_nonzero(octets[at : at + _AT_ONCE] == _NEWLINE))
        for at in range(0, len(octets), _AT_ONCE)
    )


def _words(cells: pl.Series) -> pl.Series:
    """The texts that the numbers of a column stand for."""
    kind = cells.dtype
    return kind.categories.to_series() if isinstance(kind, pl.Categorical) else cells.clear()


def _alike() -> pl.DataType:
    return pl.Categorical(pl.Categories.random())
