"""People are counted, not referrals, in cells and in whole lines."""

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tables.counting import count
from tests.unit.anonymiser_tables.referrals import referrals, sample


def test_a_person_referred_three_times_is_one_person() -> None:
    frame = pl.DataFrame({"need": ["food", "food", "food"], "person": ["a", "a", "b"]})
    assert count(frame, ["need"]).cells.tolist() == [[2]]


def test_a_person_in_two_cells_is_one_person_in_their_total() -> None:
    frame = pl.DataFrame({"practice": ["p", "p"], "need": ["food", "debt"], "person": ["a", "a"]})
    assert count(frame, ["practice"], ["need"]).people.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_cells_and_lines_agree_with_a_count_of_the_sample_done_another_way() -> None:
    frame = sample()
    grid = count(frame, ["practice", "sex"], ["need"])
    rows, needs = grid.rows.rows(), grid.columns["need"].to_list()
    different = pl.col("person").n_unique().alias("people")
    for practice, sex, need, people in frame.group_by("practice", "sex", "need").agg(different).rows():
        assert grid.cells[rows.index((practice, sex)), needs.index(need)] == people
    for practice, sex, people in frame.group_by("practice", "sex").agg(different).rows():
        assert grid.people[rows.index((practice, sex)), -1] == people
    for need, people in frame.group_by("need").agg(different).rows():
        assert grid.people[-1, needs.index(need)] == people
    assert grid.people[-1, -1] == frame["person"].n_unique()


def test_people_may_be_told_apart_by_words_or_by_numbers() -> None:
    frame = sample()
    words = frame.with_columns(person=pl.format("token-{}", "person"))
    assert (count(frame, ["need"], ["sex"]).people == count(words, ["need"], ["sex"]).people).all()


def test_a_line_of_an_earlier_release_stays_when_nobody_is_in_it() -> None:
    frame = referrals({("a", "x"): 3}, "practice", "need")
    known = pl.DataFrame({"practice": ["a", "b"]}), pl.DataFrame({"need": ["x", "y"]})
    grid = count(frame, ["practice"], ["need"], also=known)
    assert grid.rows["practice"].to_list() == ["a", "b"]
    assert grid.cells.tolist() == [[3, 0], [0, 0]]


def test_a_missing_value_has_to_be_named_before_it_is_counted() -> None:
    frame = pl.DataFrame({"need": ["food", None], "person": [1, 2]})
    with pytest.raises(Refusal, match="need has missing values"):
        count(frame, ["need"])


def test_columns_that_are_not_there_are_all_told_at_once() -> None:
    with pytest.raises(Refusal, match=r"no column colour\.\nThere is no column taste\."):
        count(sample(), ["colour"], ["taste"])


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(Refusal, match="nobody to count"):
        count(sample().clear(), ["need"])
