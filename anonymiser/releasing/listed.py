"""Reads the rows of a Parquet file with the words of lists as small numbers, without making a word of each cell.

In a file of Parquet the words of a group of rows are written once, and of each row the place of its own. DuckDB looks
each word up where it is written once; other readers make a word of each cell first, and look all of these up.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.releasing.package import ROWS_AT_ONCE

NAME = "row_id"
"""The column in which each row has a word of its own."""
_MOST_WORDS = 2**16
Places = NDArray[np.unsignedinteger[Any]]


def read_listed(path: Path, words: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The rows with each column of `words` as an Enum of these, unless something else stands in it.

    Columns of words that are in no list, and all of them where a cell is in none, are held as categories. Raises
    PolarsError where it is no Parquet file.
    """
    kinds = pl.scan_parquet(path).collect_schema()
    listed = {name: words[name] for name, kind in kinds.items() if kind == pl.String and words.get(name)}
    found = _looked_up(path, listed) if listed and max(map(len, listed.values())) < _MOST_WORDS else None
    if found is None:
        return _read(path)
    others = _read(path, [name for name in kinds if name not in listed])
    made = {name: _held(name, codes, words[name]) for name, codes in found.items()}
    return pl.DataFrame([made[name] if name in made else others[name] for name in kinds])


def _looked_up(path: Path, words: Mapping[str, Sequence[str]]) -> Mapping[str, Places] | None:
    """Each row's place in each list; None where a word is in none, or DuckDB does not read the file."""
    places = ", ".join(
        f"list_position(${at}::VARCHAR[], {_quoted(name)})::{_kind(listed)} AS {_quoted(name)}"
        for at, (name, listed) in enumerate(words.items(), start=2)
    )
    values = {str(at): value for at, value in enumerate((str(path), *map(list, words.values())), start=1)}
    statement = f"SELECT {places} FROM read_parquet($1, hive_partitioning = false)"  # noqa: S608  (names, quoted)
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
        try:
            found = database.execute(statement, values).fetchnumpy()
        except duckdb.Error:
            return None
    # A word that is in no list has the place 0, or like a missing cell none.
    is_listed = (not np.ma.isMaskedArray(each) and each.all() for each in found.values())
    return found if all(is_listed) else None


def _kind(words: Sequence[str]) -> str:
    """The smallest numbers for the places in a list, as SQL names them."""
    return "UTINYINT" if len(words) < 2**8 else "USMALLINT"


def _held(name: str, places: Places, words: Sequence[str]) -> pl.Series:
    return pl.Series(name, places - 1).cat.to(pl.Enum(words))


def _read(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Some columns of the rows; some rows at a time, to stay small where words become categories."""
    rows = pl.scan_parquet(path)
    kinds = rows.collect_schema()
    words = [name for name, kind in kinds.items() if kind == pl.String and name != NAME]
    if columns is not None and not set(words) & set(columns):
        return rows.select(columns).collect()
    wanted = rows.cast(dict.fromkeys(words, pl.Categorical)).select(pl.all() if columns is None else columns)
    height = rows.select(pl.len()).collect().item()
    begins = range(0, max(height, 1), ROWS_AT_ONCE)
    return pl.concat([wanted.slice(begin, ROWS_AT_ONCE).collect() for begin in begins])


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
