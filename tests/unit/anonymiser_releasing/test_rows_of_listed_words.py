"""Rows are read with their words as numbers, whichever way they are read, and a verifier's reading misses nothing."""

from pathlib import Path

import polars as pl
import pytest
from polars.exceptions import PolarsError

from anonymiser.releasing.listed import read_listed

NEEDS = ["a need", 'it\'s an "odd" one', "œ", "z"]
MANY = [f"place {at:03}" for at in range(300)]
WORDS = {"row_id": [], "need": NEEDS, 'an "odd" column': ["x", "y"], "place": MANY}


def rows(**other: list[str | None]) -> pl.DataFrame:
    columns = {
        "row_id": [f"name {at}" for at in range(70_000)],
        "need": [NEEDS[at % 4] for at in range(70_000)],
        'an "odd" column': ["xy"[at % 2] for at in range(70_000)],
        "place": [MANY[at % 300] for at in range(70_000)],
    }
    return pl.DataFrame({**columns, **other})


def read(folder: Path, frame: pl.DataFrame) -> pl.DataFrame:
    frame.write_parquet(folder / "rows.parquet")
    return read_listed(folder / "rows.parquet", WORDS)


def test_words_of_lists_come_as_these_in_the_order_of_the_rows(tmp_path: Path) -> None:
    found = read(tmp_path, rows())
    assert found.cast(pl.String).equals(rows())
    assert [found.schema[name] for name in ("need", "place")] == [pl.Enum(NEEDS), pl.Enum(MANY)]
    assert found.schema["row_id"] == pl.String


@pytest.mark.parametrize("strange", ["another", "", "A need", "a need ", None])
def test_a_cell_that_is_in_no_list_is_there_as_it_is(tmp_path: Path, strange: str | None) -> None:
    needs = rows()["need"].to_list()
    needs[65_537] = strange
    found = read(tmp_path, rows(need=needs))
    assert found["need"][65_537] == strange
    assert found.cast(pl.String).equals(rows(need=needs))


def test_columns_without_a_list_or_of_other_kinds_come_too(tmp_path: Path) -> None:
    frame = rows().with_columns(pl.Series("number", range(70_000)), pl.lit("w").alias("word")).reverse()
    found = read(tmp_path, frame)
    assert found.columns == frame.columns
    assert found["number"].to_list() == frame["number"].to_list()
    assert found["word"].unique().to_list() == ["w"]


def test_no_rows_and_no_words(tmp_path: Path) -> None:
    assert read(tmp_path, rows().clear()).shape == (0, 4)
    only = read(tmp_path, rows().select("row_id"))
    assert only.equals(rows().select("row_id"))


def test_what_is_no_parquet_file_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(PolarsError):
        read_listed(tmp_path / "rows.parquet", WORDS)
