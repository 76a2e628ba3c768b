"""People are told apart by numbers, however their tokens are held."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymiser.engine.table import first_rows

TOKENS = st.lists(st.sampled_from("abcdefg"), max_size=40)


@given(TOKENS, st.permutations("abcdefg"))
def test_everybody_has_the_number_of_their_first_row_in_all_of_them(
    tokens: list[str], met: list[str]
) -> None:
    held = pl.Categorical(pl.Categories.random())
    pl.Series(
        met, dtype=held
    )  # words have their numbers in the order in which they were met, which may be any
    expected = [tokens.index(token) for token in tokens]
    assert first_rows(pl.Series(tokens, dtype=pl.String)).tolist() == expected
    assert first_rows(pl.Series(tokens, dtype=held)).tolist() == expected


@pytest.mark.parametrize("held", [pl.String, pl.Categorical])
def test_rows_without_a_person_are_one(held: type[pl.DataType]) -> None:
    assert first_rows(pl.Series(["a", None, "a", None], dtype=held)).tolist() == [0, 1, 0, 1]
