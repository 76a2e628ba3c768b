"""Whatever the table: who comes out stands in a crowd, under published labels, and the same each time."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.engine.hierarchies import define
from anonymiser.engine.model import Column, Count, Policy, Role, Thresholds
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.table import read_table
from anonymiser.errors import Refusal
from tests.unit.anonymiser_engine.engine_tables import (
    TREES,
    covers,
    released,
    small_frames,
    small_policy,
    thresholds,
    unsafe_classes,
)

LOCAL = st.sampled_from([Method.LOCAL, Method.FAST, Method.FAST])


@settings(max_examples=80, deadline=None)
@given(frame=small_frames(), limits=thresholds, method=LOCAL)
def test_every_class_of_a_local_recoding_is_a_safe_crowd(
    frame: pl.DataFrame, limits: Thresholds, method: Method
) -> None:
    rows = released(frame, recode(read_table(frame, small_policy(limits)), limits, method))
    assert unsafe_classes(rows, limits) == []


@settings(max_examples=80, deadline=None)
@given(frame=small_frames(), limits=thresholds)
def test_every_class_of_a_full_domain_recoding_is_a_safe_crowd(
    frame: pl.DataFrame, limits: Thresholds
) -> None:
    table = read_table(frame, small_policy(limits))
    try:
        recoding = recode(table, limits, Method.FULL_DOMAIN)
    except Refusal:
        assert unsafe_classes(released(frame, recode(table, limits)), limits) == []
        return
    assert unsafe_classes(released(frame, recoding), limits) == []


@settings(max_examples=60, deadline=None)
@given(frame=small_frames(), limits=thresholds, method=LOCAL)
def test_every_label_is_a_value_of_its_hierarchy_over_the_exact_value(
    frame: pl.DataFrame, limits: Thresholds, method: Method
) -> None:
    rows = released(frame, recode(read_table(frame, small_policy(limits)), limits, method))
    assert all(
        covers(tree, label, each.row[tree.name])
        for each in rows
        for tree, label in zip(TREES, each.labels, strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(frame=small_frames(), limits=thresholds, method=LOCAL)
def test_the_same_table_is_recoded_the_same_way_twice(
    frame: pl.DataFrame, limits: Thresholds, method: Method
) -> None:
    first, second = (recode(read_table(frame, small_policy(limits)), limits, method) for _ in range(2))
    assert first.class_of.tobytes() == second.class_of.tobytes()
    assert first.nodes.tobytes() == second.nodes.tobytes()


@settings(max_examples=60, deadline=None)
@given(frame=small_frames(), limits=thresholds)
def test_a_local_recoding_suppresses_all_or_nothing(frame: pl.DataFrame, limits: Thresholds) -> None:
    suppressed = recode(read_table(frame, small_policy(limits)), limits, Method.FAST).suppressed
    assert suppressed.all() or not suppressed.any()


@settings(max_examples=60, deadline=None)
@given(frame=small_frames(), limits=thresholds)
def test_classes_are_told_apart_by_their_labels(frame: pl.DataFrame, limits: Thresholds) -> None:
    recoding = recode(read_table(frame, small_policy(limits)), limits, Method.FAST)
    assert len(np.unique(recoding.nodes, axis=0)) == len(recoding.nodes)


def test_the_rest_of_a_split_counts_a_person_in_two_small_children_once() -> None:
    """Three streets with the same two people: six if summed, two in truth."""
    streets = ["A"] * 6 + ["B"] * 2 + ["C"] * 2 + ["D"] * 2
    people = [1, 2, 3, 4, 5, 6, 7, 8, 7, 8, 7, 8]
    frame = pl.DataFrame({"street": streets, "person": people})
    limits = Thresholds(k=3, l=1, t=1)
    tree = define("street", [(street, "*") for street in "ABCD"])
    columns = (
        Column(name="street", role=Role.QUASI_IDENTIFIER, hierarchy=tree),
        Column(name="person", role=Role.PERSON),
    )
    recoding = recode(read_table(frame, Policy(columns=columns, thresholds=limits)), limits)
    people_of = (
        frame.with_columns(label=recoding.labels()["street"])
        .group_by("label")
        .agg(pl.col("person").n_unique())
    )
    assert dict(people_of.iter_rows()) == {"A": 5, "*": 3}


def test_a_child_that_would_lose_its_variety_lends_no_rows_to_the_rest() -> None:
    """A's fourth and fifth person are next to lend, and the only ones whose outcome differs."""
    frame = pl.DataFrame(
        {
            "place": ["street 0"] * 6 + ["street 9"],
            "band": ["0"] * 7,
            "kind": ["a"] * 7,
            "person": range(7),
            "outcome": ["same", "same", "same", "better", "better", "same", "worse"],
            "score": ["low", "fair", "good", "low", "fair", "good", "low"],
        }
    )
    limits = Thresholds(k=3, l=2, t=1)
    rows = released(frame, recode(read_table(frame, small_policy(limits)), limits, Method.FAST))
    assert unsafe_classes(rows, limits) == []
    assert len(rows) == 7


def test_a_person_with_ten_referrals_is_no_crowd_of_ten() -> None:
    frame = pl.DataFrame(
        {
            "place": ["street 0"] * 10 + ["street 9"] * 10,
            "band": ["0"] * 20,
            "kind": ["a"] * 20,
            "person": [1] * 10 + list(range(2, 12)),
            "outcome": ["same"] * 20,
            "score": ["low"] * 20,
        }
    )
    people, rows = (Thresholds(k=10, l=1, t=1, count=count) for count in (Count.PEOPLE, Count.ROWS))
    by_people = recode(read_table(frame, small_policy(people)), people).labels()["place"].unique().to_list()
    by_rows = recode(read_table(frame, small_policy(rows)), rows).labels()["place"].unique().to_list()
    assert (by_people, sorted(by_rows)) == (["*"], ["street 0", "street 9"])


def test_a_table_that_is_no_crowd_comes_out_empty_and_counted() -> None:
    frame = pl.DataFrame(
        {"place": ["street 0"] * 3, "band": ["0"] * 3, "kind": ["a"] * 3, "person": [1, 2, 3]}
        | {"outcome": ["same", "worse", "better"], "score": ["low", "fair", "good"]}
    )
    limits = Thresholds(k=4)
    recoding = recode(read_table(frame, small_policy(limits)), limits)
    assert (recoding.suppressed.sum(), recoding.labels().height, recoding.loss) == (3, 0, 1.0)
    with pytest.raises(Refusal, match="No choice of levels is safe"):
        recode(read_table(frame, small_policy(limits)), limits, Method.FULL_DOMAIN)
