"""Rows are written in the order of their names, and as bytes that do not depend on the quicker way of writing them."""

import io

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from anonymiser.releasing.package import LINE_END, quotes_for
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


@given(st.lists(LETTERS, min_size=1, max_size=40), st.sampled_from(["", "A" * 16, "A" * 18]))
def test_rows_come_in_the_order_of_their_names(names: list[str], alike: str) -> None:
    named = [f"rf1.2026a.{(alike + name)[:26]}" for name in names]
    rows = pl.DataFrame({"row_id": named, "at": range(len(named))})
    found = in_order_of_names(rows)
    assert found["row_id"].to_list() == sorted(named)
    assert [named[at] for at in found["at"]] == found["row_id"].to_list()
