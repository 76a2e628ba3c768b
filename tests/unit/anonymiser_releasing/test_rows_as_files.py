"""Rows are written in the order of their names, and as bytes that do not depend on the quicker way of writing them."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.releasing.columns import JOURNEYS
from anonymiser.releasing.folder import laid, sha256
from anonymiser.releasing.lines import lines_of
from anonymiser.releasing.package import LINE_END, ROWS_AT_ONCE, parquet_beside, quotes_for, write_rows
from anonymiser.releasing.protect import in_order_of_names

WORDS = st.lists(st.text(st.sampled_from('aé-*., "\r\n'), max_size=4), min_size=1, max_size=30)
LETTERS = st.text(st.sampled_from("AZ27"), min_size=26, max_size=26)


@given(WORDS)
def test_cells_that_need_no_quotes_are_written_as_if_they_were_looked_for(words: list[str]) -> None:
    for kind in (pl.String(), pl.Categorical()):
        frame = pl.DataFrame({"word": pl.Series(words, dtype=pl.String).cast(kind), "other": "plain"})
        quick, careful = io.BytesIO(), io.BytesIO()
        frame.write_csv(quick, line_terminator=LINE_END, quote_style=quotes_for(frame))
        frame.write_csv(careful, line_terminator=LINE_END)
        assert quick.getvalue() == careful.getvalue()


def test_words_without_commas_quotes_or_gaps_need_no_quotes() -> None:
    assert quotes_for(pl.DataFrame({"word": ["25 to 44", "*", "E8"]})) == "never"
    assert quotes_for(pl.DataFrame({"word": ["25 to 44", "a,b"]})) == "necessary"
    assert quotes_for(pl.DataFrame({"word": ["25 to 44", ""]})) == "necessary"


def test_a_column_without_quotes_needs_none_because_another_of_its_list_does() -> None:
    held = pl.Categorical(pl.Categories.random())
    frame = pl.DataFrame({"one": ["a", "b"], "other": ["b", "c,d"]}, schema={"one": held, "other": held})
    assert quotes_for(frame.select("one")) == "never"
    assert quotes_for(frame) == "necessary"


def test_a_file_that_was_laid_is_known_by_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"one\r\ntwo\r\n")
    found = laid(path)
    assert (found.path, found.bytes) == (path, 10)
    assert sha256(found) == sha256(path) == sha256(path.read_bytes())


def written(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_csv(out, line_terminator=LINE_END)
    return out.getvalue()


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40), st.lists(st.integers(1, 500), min_size=1, max_size=6))
def test_neighbouring_columns_are_put_together_as_the_lines_that_the_library_writes(
    seed: int, rows: int, sizes: list[int]
) -> None:
    chance = np.random.default_rng(seed)
    columns = {"row_id": pl.Series([f"name {at}" for at in range(rows)], dtype=pl.String)}
    for at, size in enumerate(sizes):
        kind = pl.Enum([f"word {word} of {at}" for word in range(size)])
        columns[f"column {at}"] = kind.categories.gather(chance.integers(0, size, rows)).cast(kind)
    frame = pl.DataFrame(columns).select(chance.permutation([*columns]).tolist())
    assert b"".join(lines_of(frame)) == written(frame)


@pytest.mark.parametrize("word", ["a,b", 'a"b', "a\r", ""])
def test_words_that_need_quotes_have_them_wherever_they_stand(word: str) -> None:
    listed = pl.Series("listed", [word, "b", "b"], dtype=pl.Enum(["b", word]))
    other = pl.Series("other", ["c", "d", "c"], dtype=pl.Enum(["c", "d"]))
    for name in ("plain", word):
        frame = pl.DataFrame([pl.Series("row_id", ["x", name, "y"]), other, other.alias("more"), listed])
        assert b"".join(lines_of(frame)) == written(frame)


def test_many_rows_are_written_some_at_a_time() -> None:
    rows = 40_000
    frame = pl.DataFrame(
        {"row_id": [str(at) for at in range(rows)], "word": ["a", "b"] * (rows // 2)},
        schema_overrides={"word": pl.Enum(["a", "b"])},
    )
    assert len([*lines_of(frame)]) > 2
    assert b"".join(lines_of(frame)) == written(frame)


@given(st.lists(LETTERS, min_size=1, max_size=40), st.sampled_from(["", "A" * 16, "A" * 18]))
def test_rows_come_in_the_order_of_their_names(names: list[str], alike: str) -> None:
    named = [f"rf1.2026a.{(alike + name)[:26]}" for name in names]
    rows = pl.DataFrame({"row_id": named, "at": range(len(named))})
    found = in_order_of_names(rows)
    assert found["row_id"].to_list() == sorted(named)
    assert [named[at] for at in found["at"]] == found["row_id"].to_list()


@pytest.mark.parametrize("rows", [0, 1, ROWS_AT_ONCE + 40_000])
def test_words_held_as_numbers_are_the_same_parquet_file_as_texts(rows: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(rows)
    words = pl.Series([f"word {at}" for at in range(300)], dtype=pl.Categorical)
    columns = {name: words.gather(chance.integers(0, len(words), rows)) for name in JOURNEYS.names}
    frame = pl.DataFrame(columns | {"row_id": pl.Series([f"{at:07}" for at in range(rows)], dtype=pl.String)})
    write_rows(tmp_path, JOURNEYS, frame)
    texts = frame.select(pl.col(JOURNEYS.names).cast(pl.String))
    as_texts = tmp_path / "texts.parquet"
    texts.lazy().sink_parquet(as_texts, compression="zstd", statistics=False, row_group_size=ROWS_AT_ONCE)
    path = tmp_path / parquet_beside(JOURNEYS.path)
    assert path.read_bytes() == as_texts.read_bytes()
    assert pl.read_parquet(path).equals(texts)
