"""A published table: its totals, its percentages, its words."""

import polars as pl

from anonymiser.tables.counting import count
from anonymiser.tables.publishing import Table, narrowed, publish
from anonymiser.tables.rules import DEFAULT, HES, HES_GUARDED, MIDPOINT_6, OPENSAFELY, Rule
from tests.unit.anonymiser_tables.referrals import referrals, sample

HEART_DISEASE = {("21-30",): 3, ("31-40",): 8, ("41-50",): 16, ("51+",): 23}


def by_age(rule: Rule) -> list[str]:
    table = publish(count(referrals(HEART_DISEASE, "age"), ["age"]), rule)
    return table.to_frame()["people"].to_list()


def crossed(rule: Rule) -> Table:
    people = {("a", "x"): 12, ("a", "y"): 4, ("b", "x"): 33, ("b", "y"): 17}
    return publish(count(referrals(people, "practice", "need"), ["practice"], ["need"]), rule)


def test_opensafelys_total_is_the_sum_of_what_it_shows() -> None:
    assert by_age(OPENSAFELY) == ["*", "10", "15", "25", "50"]


def test_hes_total_is_counted_and_then_rounded() -> None:
    assert by_age(HES) == ["*", "10", "15", "25", "50"]
    table = publish(count(referrals({("a",): 3, ("b",): 3, ("c",): 3}, "age"), ["age"]), HES)
    assert table.to_frame()["people"].to_list() == ["*", "*", "*", "10"]


def test_a_default_total_tells_nothing_that_its_cells_do_not() -> None:
    assert by_age(DEFAULT) == ["*", "*", "15", "25", "40"]


def test_midpoint_6_shows_a_number_everywhere() -> None:
    assert by_age(MIDPOINT_6) == ["3", "9", "15", "21", "48"]


def test_a_table_is_printed_with_its_totals_and_a_sign_for_what_is_withheld() -> None:
    assert crossed(DEFAULT).to_frame().rows() == [
        ("a", "10", "*", "10"),
        ("b", "35", "15", "50"),
        ("Total", "45", "15", "60"),
    ]


def test_a_percentage_is_of_printed_numbers_and_missing_where_one_is_withheld() -> None:
    assert crossed(DEFAULT).percentages().rows() == [("a", 100.0, None), ("b", 70.0, 30.0)]


def test_no_small_number_of_the_sample_comes_out() -> None:
    grid = count(sample(), ["practice"], ["need"])
    table = publish(grid, DEFAULT)
    small = (grid.cells > 0) & (grid.cells < 10)
    assert small.any()
    assert not table.printed[:-1, :-1][small].any()
    assert table.withheld == small.sum()
    words = table.to_frame().select(pl.exclude("practice"))
    shown = {word for column in words for word in column.to_list()} - {"*", "0"}
    assert min(map(int, shown)) == 10


def test_the_exact_hes_rule_gives_a_cell_away_and_says_so() -> None:
    table = publish(count(referrals({("a",): 18, ("b",): 1, ("c",): 18}, "age"), ["age"]), HES)
    assert table.to_frame()["people"].to_list() == ["20", "*", "20", "35"]
    assert narrowed(table) == 1  # 18 or more, twice, leave 1 at most of 37


def test_the_guarded_hes_rule_gives_no_cell_away() -> None:
    table = publish(count(referrals({("a",): 18, ("b",): 1, ("c",): 18}, "age"), ["age"]), HES_GUARDED)
    assert table.to_frame()["people"].to_list() == ["*", "*", "20", "35"]
    assert narrowed(table) == 0
