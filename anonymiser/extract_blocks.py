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
            columns = {name: self._column(cells, at) for at, name in enumerate(cells.columns)}
        except (UnfitError, PolarsError):
            return None
        return pl.DataFrame([columns[name] for name in SCHEMA])

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
        if cells.height != block.count(b"\n") or sum(cells.null_count().row(0)):
            raise UnfitError
        return cells

    def _column(self, cells: pl.DataFrame, at: int) -> pl.Series:
        name = cells.columns[at]
        # What makes an object of one member again: the record's own braces are at its first and its last.
        around = ("" if at == 0 else "{", "" if at == cells.width - 1 else "}")
        return self._own(cells[name], around) if name in _OWN else self._shared(cells[name], around)

    def _shared(self, cells: pl.Series, around: tuple[str, str]) -> pl.Series:
        """A column in which values come again: each different text is judged once."""
        codes, texts = cells.to_physical(), _words(cells)
        is_there = np.zeros(len(texts), np.bool_)
        is_there[codes.to_numpy()] = True
        present = np.flatnonzero(is_there)
        values = [self._value(cells.name, text, around) for text in texts.gather(present).to_list()]
        place = np.zeros(len(texts), np.uint32)
        place[present] = np.arange(len(present))
        known = pl.Series(cells.name, values, dtype=SCHEMA.get(cells.name, pl.String))
        return known.gather(place).gather(codes)

    def _own(self, cells: pl.Series, around: tuple[str, str]) -> pl.Series:
        """A column in which each row has a value of its own: all have to be written as the first is."""
        name, text = cells.name, str(cells[0])
        value = self._member(name, text, around)
        head, quoted, tail = text.rpartition("null" if value is None else f'"{value}"')
        found = cells.str.strip_prefix(f'{head}"').str.strip_suffix(f'"{tail}')
        if name in POLICY and POLICY[name].nullable:
            found = found.set(cells == f"{head}null{tail}", None)
        # What is left is the value, or it has something that no value has.
        if not quoted or not found.str.contains(_OWN[name]).all():
            raise UnfitError
        return found.set(possible(found).is_null(), None) if name == "nhs_number" else found

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


def _words(cells: pl.Series) -> pl.Series:
    """The texts that the numbers of a column stand for."""
    kind = cells.dtype
    return kind.categories.to_series() if isinstance(kind, pl.Categorical) else cells.clear()


def _alike() -> pl.DataType:
    return pl.Categorical(pl.Categories.random())
