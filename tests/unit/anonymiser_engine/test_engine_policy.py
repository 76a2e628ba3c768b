"""Hierarchies are trees, roles and thresholds make sense, and what is wrong is told at once and without values."""

from pathlib import Path

import polars as pl
import pytest

from anonymiser.engine.hierarchies import define, read
from anonymiser.engine.model import Column, Policy, Role, Thresholds
from anonymiser.engine.table import read_table
from anonymiser.errors import Refusal, SetUpRefusal
from tests.unit.anonymiser_engine.engine_tables import NAMES, PLACE, SAMPLES, small_policy


def test_a_band_that_straddles_another_is_refused_by_name_and_level() -> None:
    with pytest.raises(SetUpRefusal) as refused:
        define("age", [("64", "60-79", "18-64", "*"), ("65", "60-79", "65+", "*"), ("80", "80+", "65+", "*")])
    assert refused.value.problems == (
        'Hierarchy age: "60-79" at level 1 straddles "18-64" (as for 64) and "65+" (as for 65) at level 2; '
        "split it, so that every value lies under one only.",
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "it has no leaves."),
        ([("*",)], 'it needs two levels at least: the exact values and "*".'),
        ([("a", "*"), ("b", "x", "*")], "line 2 has 3 levels where line 1 has 2."),
        ([("a", "all")], 'line 1 ends in "all"; the last level has to be "*".'),
        ([("a", "", "*")], "line 1 has no value at level 1."),
        ([("a", "*"), ("a", "*")], 'the exact value "a" is listed more than once.'),
        ([("a", "b", "*"), ("b", "c", "*")], '"b" means one thing at level 0 and another at level 1.'),
    ],
)
def test_a_hierarchy_that_is_no_tree_is_refused(rows: list[tuple[str, ...]], sentence: str) -> None:
    with pytest.raises(SetUpRefusal) as refused:
        define("x", rows)
    assert f"Hierarchy x: {sentence}" in refused.value.problems


def test_a_value_may_stay_as_it_is_for_a_level() -> None:
    tree = define("need", [("other", "other", "*"), ("food", "home", "*"), ("rent", "home", "*")])
    assert tree.loss_of[tree.node_at[1]].tolist() == [0, 0.5, 0.5]


@pytest.mark.parametrize("name", NAMES)
def test_the_published_hierarchies_are_trees(name: str) -> None:
    tree = read(SAMPLES / f"h_{name}.csv", name)
    assert tree.labels[tree.node_at[-1][0]] == "*"
    assert (tree.loss_of[tree.node_at[0]] == 0).all()


def test_a_hierarchy_may_be_written_with_commas(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text("F,*\nM,*\n")
    assert read(tmp_path / "sex.csv", "sex").leaves == ("F", "M")


def test_leaves_under_one_value_are_neighbours_whatever_the_order_of_the_file() -> None:
    tree = define("x", [("a", "odd", "*"), ("b", "even", "*"), ("c", "odd", "*"), ("d", "even", "*")])
    assert tree.leaves == ("a", "c", "b", "d")


def test_a_policy_tells_all_that_is_wrong_at_once() -> None:
    with pytest.raises(SetUpRefusal) as refused:
        Policy(
            columns=(
                Column(name="age", role=Role.QUASI_IDENTIFIER),
                Column(name="need", role=Role.KEPT, hierarchy=PLACE),
                Column(name="need", role=Role.KEPT, order=("a",)),
            )
        )
    assert refused.value.problems == (
        "Column need has more than one role.",
        "Column age is a quasi-identifier and has no hierarchy.",
        "Column need has a hierarchy and is no quasi-identifier.",
        "Column need has an order and is not sensitive.",
        "One column has to be the person; 0 are.",
    )


def test_thresholds_that_mean_nothing_are_refused() -> None:
    with pytest.raises(SetUpRefusal) as refused:
        Thresholds(k=0, l=0, t=1.5, suppressed=-1)
    assert len(refused.value.problems) == 4


def test_a_frame_that_does_not_fit_is_refused_with_counts_and_without_values() -> None:
    policy = small_policy(Thresholds())
    fitting = {
        "place": ["street 1"],
        "band": ["0"],
        "kind": ["a"],
        "person": [1],
        "outcome": ["same"],
        "score": ["low"],
    }
    with pytest.raises(Refusal) as refused:
        read_table(pl.DataFrame(fitting | {"nickname": ["Bo"]}).drop("score"), policy)
    assert refused.value.problems == ("Column score is missing.", "Column nickname has no role.")
    with pytest.raises(Refusal) as refused:
        read_table(
            pl.DataFrame(fitting | {"place": ["10 Downing Street"], "outcome": [None], "score": ["11"]}),
            policy,
        )
    assert refused.value.problems == (
        "Column place: 1 rows hold a value that its hierarchy does not list.",
        "Column outcome has empty cells.",
        "Column score holds values that are not in its order.",
    )


def test_numbers_are_ordered_by_size_and_words_by_the_order_given() -> None:
    columns = (
        Column(name="place", role=Role.QUASI_IDENTIFIER, hierarchy=PLACE),
        Column(name="person", role=Role.PERSON),
        Column(name="weeks", role=Role.SENSITIVE),
        Column(name="band", role=Role.SENSITIVE, order=("few", "many", "all")),
        Column(name="outcome", role=Role.SENSITIVE),
    )
    frame = pl.DataFrame(
        {"place": ["street 1"] * 3, "person": [1, 2, 3], "weeks": [2, 10, 9]}
        | {"band": ["all", "few", "many"], "outcome": ["same", "better", "same"]}
    )
    weeks, band, outcome = read_table(frame, Policy(columns=columns)).sensitive
    assert (weeks.ordered, weeks.codes.tolist()) == (True, [0, 2, 1])
    assert (band.ordered, band.codes.tolist()) == (True, [2, 0, 1])
    assert (outcome.ordered, outcome.codes.tolist()) == (False, [1, 0, 1])
