"""Asks the rows for a query's exact aggregates, through polars or through DuckDB, with one and the same answer."""

from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from anonymiser.tables.counting import PERSON
from anonymiser.tables.queries import Query

_MEAN_COLUMNS: Final = ("people", "total", "weight", "first", "two")


def aggregates_by_polars(frame: pl.DataFrame, query: Query, *, person: str = PERSON) -> pl.DataFrame:
    """One row per cell that has anybody in it, ordered by the dimensions: those, and the different `people`.

    A mean is of one row of each person, whatever is asked: their first that has the number, in the order of the rows.
    So its rows part two answers where its people do. Also given are the numbers' `total`, and without their sign the
    whole `weight`, the `first` (greatest) and the greatest `two` together.
    """
    by, conditions = (
        list(query.dimensions),
        [pl.col(name).is_in(given) for name, given in query.filters.items()],
    )
    if query.mean_of is None:
        return _grouped(
            frame.filter(*conditions), by, [pl.col(person).n_unique().cast(pl.Int64).alias("people")]
        )
    number = pl.col(query.mean_of).cast(pl.Float64)
    firsts = frame.filter(number.is_not_null()).unique(person, keep="first", maintain_order=True)
    return _grouped(
        firsts.filter(*conditions),
        by,
        [
            pl.len().cast(pl.Int64).alias("people"),
            number.sum().alias("total"),
            number.abs().sum().alias("weight"),
            number.abs().max().alias("first"),
            number.abs().top_k(2).sum().alias("two"),
        ],
    )


def aggregates_by_duckdb(parquet: Path, query: Query, *, person: str = PERSON) -> pl.DataFrame:
    """The same from a Parquet file, without reading more of it into memory than the columns asked for."""
    by = ", ".join(_quoted(name) for name in query.dimensions)
    kept, values = _source(parquet, query, person)
    if query.mean_of is None:
        select = f"count(DISTINCT {_quoted(person)}) AS people"
        names: tuple[str, ...] = ("people",)
    else:
        number = f"{_quoted(query.mean_of)}::DOUBLE"
        select = f"count(*), sum({number}), sum(abs({number})), max(abs({number})), list_sum(max(abs({number}), 2))"
        names = _MEAN_COLUMNS
    statement = f"SELECT {by + ', ' if by else ''}{select} {kept}"
    statement += f" GROUP BY {by} ORDER BY {by}" if by else " HAVING count(*) > 0"
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
        rows = database.execute(statement, values).fetchall()
    kinds = {name: pl.Int64 if name == "people" else pl.Float64 for name in names}
    return pl.DataFrame(rows, schema={**dict.fromkeys(query.dimensions, pl.String), **kinds}, orient="row")


def _grouped(frame: pl.DataFrame, by: list[str], aggregates: list[pl.Expr]) -> pl.DataFrame:
    if by:
        return frame.group_by(by).agg(aggregates).sort(by)
    return frame.select(aggregates) if frame.height else frame.select(aggregates).clear()


def _source(parquet: Path, query: Query, person: str) -> tuple[str, list[object]]:
    """The rows asked about, as a command's FROM and WHERE, and the values in it."""
    values: list[object] = [str(parquet)]
    rows = "read_parquet(?)"
    if query.mean_of is not None:
        rows = (
            f"(FROM read_parquet(?, file_row_number = true) WHERE {_quoted(query.mean_of)} IS NOT NULL QUALIFY "
            f"row_number() OVER (PARTITION BY {_quoted(person)} ORDER BY file_row_number) = 1)"
        )
    conditions = []
    for column, wanted in query.filters.items():
        conditions.append(f"{_quoted(column)} IN ({', '.join('?' * len(wanted))})")
        values += wanted
    return f"FROM {rows}{' WHERE ' + ' AND '.join(conditions) if conditions else ''}", values


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
