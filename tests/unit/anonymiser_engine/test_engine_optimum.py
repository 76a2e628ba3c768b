"""The engine beside others on the published samples: the same optimum, and local labels that tell as much."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings

from anonymiser.engine.crowds import Crowds
from anonymiser.engine.lattice import optimum, recode_at
from anonymiser.engine.model import Thresholds
from anonymiser.engine.recode import Method, recode
from anonymiser.engine.table import read_table
from anonymiser.errors import Refusal
from tests.unit.anonymiser_engine.engine_tables import (
    NAMES,
    ROWS,
    TREES,
    expected,
    sample,
    sample_policy,
    small_frames,
    small_policy,
    thresholds,
)


@pytest.mark.parametrize("rows", [10_000, 100_000])
def test_the_optimum_is_the_one_that_arx_finds(rows: int) -> None:
    theirs = expected()["arx_3_9_2_optimal_full_domain"][str(rows)]
    found = optimum(read_table(sample(rows), sample_policy(ROWS)), ROWS)
    assert list(found.levels) == theirs["levels"]
    assert found.recoding.loss == pytest.approx(theirs["ncp"], abs=5e-5)
    assert found.recoding.suppressed.mean() == pytest.approx(theirs["suppressed"], abs=5e-5)


@settings(max_examples=40, deadline=None)
@given(frame=small_frames(60), limits=thresholds)
def test_no_choice_of_levels_is_better_than_the_optimum(frame: pl.DataFrame, limits: Thresholds) -> None:
    assume(frame.height > 0)
    table = read_table(frame, small_policy(limits))
    crowds = Crowds(table, limits)
    every = [recode_at(table, levels, crowds) for levels in product(*(range(tree.depth) for tree in TREES))]
    allowed = [
        each.loss for each in every if each.suppressed.sum() <= limits.suppressed * frame.height + 1e-9
    ]
    try:
        found = optimum(table, limits).recoding
    except Refusal:
        assert allowed == []
        return
    assert found.loss == pytest.approx(min(allowed))


@pytest.mark.parametrize(("rows", "method"), [(10_000, Method.LOCAL), (100_000, Method.FAST)])
def test_local_labels_lose_no_more_than_two_hundredths_over_arx(rows: int, method: Method) -> None:
    theirs = expected()["arx_3_9_2_local_recoding"][str(rows)]["ncp"]
    assert recode(read_table(sample(rows), sample_policy(ROWS)), ROWS, method).loss <= 1.02 * theirs


def test_people_variety_and_closeness_cost_two_hundredths_at_most() -> None:
    strict = Thresholds(k=10, l=3, t=0.5)
    by_rows = recode(read_table(sample(10_000), sample_policy(ROWS)), ROWS).loss
    assert recode(read_table(sample(10_000), sample_policy(strict)), strict).loss <= 1.02 * by_rows


def test_the_loss_is_the_mean_over_columns_of_the_leaves_that_a_label_hides() -> None:
    recoding = recode(read_table(sample(10_000), sample_policy(ROWS)), ROWS, Method.FAST)
    labels = recoding.labels()
    policy = sample_policy(ROWS)
    means = []
    for name, tree in zip(NAMES, policy.hierarchies, strict=True):
        under = {label: len({row[0] for row in tree.rows if label in row}) for label in labels[name].unique()}
        hidden = [(under[label] - 1) / (len(tree.rows) - 1) for label in labels[name]]
        means.append(np.mean(hidden))
    assert recoding.loss == pytest.approx(np.mean(means))
    assert recoding.losses == pytest.approx(means)
