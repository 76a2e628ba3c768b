"""What weighs more is told more exactly; where all weigh alike nothing is different from an engine without weights."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.engine.frozen import apply_cut, cut_of
from anonymiser.engine.hierarchies import Hierarchy, define
from anonymiser.engine.model import Column, Policy, Role, Thresholds
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.recoding import Recoding
from anonymiser.engine.table import read_table
from anonymiser.errors import Refusal, SetUpRefusal
from tests.unit.anonymiser_engine.engine_tables import (
    TREES,
    released,
    sample,
    sample_policy,
    small_frames,
    small_policy,
    thresholds,
    unsafe_classes,
)

STRICT = Thresholds(k=10, l=3, t=0.5)
NEED = define("need", [("food", "*"), ("digital", "*")])
PLACE = define("place", [("E8", "*"), ("N16", "*")])
# Ten people for each need and ten for each place, but five for both: only one of the two can be told.
TORN = pl.DataFrame(
    [(need, place) for need in NEED.leaves for place in PLACE.leaves for _ in range(5)],
    schema=["need", "place"],
    orient="row",
).with_row_index("person")
TEN = Thresholds(k=10, l=1, t=1)


def weighing(policy: Policy, weights: Mapping[str, float]) -> Policy:
    """The same policy with other weights."""
    columns = (
        replace(each, hierarchy=each.hierarchy and replace(each.hierarchy, weight=weights.get(each.name, 1)))
        for each in policy.columns
    )
    return replace(policy, columns=tuple(columns))


def told(frame: pl.DataFrame, policy: Policy, method: Method) -> Recoding:
    return recode(read_table(frame, policy), policy.thresholds, method)


def torn(weights: Mapping[str, float]) -> Policy:
    quasi = (Column(name=tree.name, role=Role.QUASI_IDENTIFIER, hierarchy=tree) for tree in (NEED, PLACE))
    return weighing(
        Policy(columns=(Column(name="person", role=Role.PERSON), *quasi), thresholds=TEN), weights
    )


def written(recoding: Recoding) -> bytes:
    return recoding.labels().write_csv().encode() + recoding.class_of.tobytes()


@pytest.mark.parametrize("method", Method)
def test_weights_of_one_give_the_bytes_of_an_engine_without_weights(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed = told(sample(10_000), sample_policy(STRICT), method)
    with monkeypatch.context() as patched:
        patched.setattr(Hierarchy, "cost_of", property(lambda tree: tree.loss_of))
        for module in ("grouping", "lattice", "recoding"):
            patched.setattr(f"anonymiser.engine.{module}.total_weight", len)
        plain = told(sample(10_000), sample_policy(STRICT), method)
        assert plain.loss == sum(plain.losses) / len(plain.losses)
        loss = plain.loss
    assert written(weighed) == written(plain)
    assert weighed.loss == loss


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("heavier", ["need", "place"])
def test_where_only_one_of_two_columns_can_be_told_it_is_the_heavier(heavier: str, method: Method) -> None:
    lighter = "place" if heavier == "need" else "need"
    labels = told(TORN, torn({heavier: 2}), method).labels()
    assert set(labels[heavier]) == set(TORN[heavier])
    assert set(labels[lighter]) == {"*"}


def test_the_loss_of_a_recoding_is_the_mean_by_weight() -> None:
    found = told(TORN, torn({"need": 3}), Method.LOCAL)
    assert found.losses == (0, 1)
    assert found.loss == 1 / 4


@settings(max_examples=60, deadline=None)
@given(
    frame=small_frames(60),
    limits=thresholds,
    heavier=st.sampled_from([tree.name for tree in TREES]),
    weight=st.sampled_from([1.5, 3.0, 10.0]),
)
def test_in_the_optimum_a_heavier_column_never_loses_more(
    frame: pl.DataFrame, limits: Thresholds, heavier: str, weight: float
) -> None:
    # Any t but 1 takes further classes out after the choice, and with them their labels.
    policy = small_policy(replace(limits, t=1.0))
    place = [tree.name for tree in TREES].index(heavier)
    try:
        light = told(frame, policy, Method.FULL_DOMAIN)
    except Refusal:
        return
    heavy = told(frame, weighing(policy, {heavier: weight}), Method.FULL_DOMAIN)
    assert heavy.losses[place] <= light.losses[place] + 1e-9


@pytest.mark.parametrize("heavier", ["age", "ethnicity", "lsoa", "month", "practice", "need"])
def test_on_the_sample_a_heavier_column_loses_less(heavier: str) -> None:
    frame, policy = sample(10_000).head(2_000), sample_policy(STRICT)
    place = [tree.name for tree in policy.hierarchies].index(heavier)
    light = told(frame, policy, Method.FAST).losses[place]
    assert told(frame, weighing(policy, {heavier: 6}), Method.FAST).losses[place] < light


@settings(max_examples=40, deadline=None)
@given(
    frame=small_frames(),
    limits=thresholds,
    weights=st.fixed_dictionaries({tree.name: st.sampled_from([0.25, 1.0, 6.0]) for tree in TREES}),
    method=st.sampled_from([Method.LOCAL, Method.FAST]),
)
def test_whatever_the_weights_every_class_is_a_safe_crowd(
    frame: pl.DataFrame, limits: Thresholds, weights: dict[str, float], method: Method
) -> None:
    found = told(frame, weighing(small_policy(limits), weights), method)
    assert unsafe_classes(released(frame, found), limits) == []


@settings(max_examples=40, deadline=None)
@given(first=small_frames(), later=small_frames(), limits=thresholds)
def test_a_later_release_keeps_to_the_labels_of_the_first_even_under_other_weights(
    first: pl.DataFrame, later: pl.DataFrame, limits: Thresholds
) -> None:
    base = told(first, weighing(small_policy(limits), {"kind": 6}), Method.FAST)
    other = weighing(small_policy(limits), {"place": 6})
    placed = apply_cut(cut_of(base), read_table(later, other), limits)
    assert set(placed.labels().iter_rows()) <= set(base.labels().iter_rows())
    # Crowds and variety: the distance of an ordered column also moves with the values that only waiting rows have.
    assert unsafe_classes(released(later, placed), replace(limits, t=1)) == []


@pytest.mark.parametrize("weight", [0, -1, float("inf"), float("nan")])
def test_a_weight_that_is_no_number_above_nothing_is_refused(weight: float) -> None:
    with pytest.raises(SetUpRefusal, match=r"Hierarchy x: its weight has to be a number above 0\."):
        define("x", [("a", "*"), ("b", "*")], weight)


def test_people_are_counted_whatever_weighs_most() -> None:
    twice = TORN.with_columns(person=pl.col("person") // 2)
    labels = told(twice, torn({"need": 6}), Method.LOCAL).labels()
    assert set(labels["need"]) == set(labels["place"]) == {"*"}
