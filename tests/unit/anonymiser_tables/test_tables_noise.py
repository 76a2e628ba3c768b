"""Counts with noise: ONS's cell keys against ONS's own package, and differential privacy from OpenDP."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tables.cell_keys import perturbed_counts, ptable_10_5, ptable_centred, record_keys
from anonymiser.tables.private_counts import Budget, private_counts
from tests.unit.anonymiser_tables.referrals import KEY, referrals, sample

ONS = json.loads((Path(__file__).parents[2] / "data" / "ons-cell-keys" / "expected.json").read_text())
NOISE = np.random.default_rng(3).integers(-4, 5, (750, 256))
PTABLES = {"10-5": ptable_10_5(), "noise": NOISE, "centred": ptable_centred()}


def with_keys() -> pl.DataFrame:
    """One row for each person of the sample, as ONS's package has it."""
    people = sample().unique("person", keep="first", maintain_order=True)
    return people.with_columns(record_keys(people["person"], KEY))


@pytest.mark.parametrize("made", ONS, ids=[f"{made['ptable']}-{'-'.join(made['by'])}" for made in ONS])
def test_perturbed_counts_are_those_of_onss_own_package(made: dict[str, object]) -> None:
    ours = perturbed_counts(with_keys(), made["by"], PTABLES[made["ptable"]])
    assert [list(row) for row in ours.rows()] == made["counts"]


def test_noise_is_nought_on_average_and_never_more_than_four() -> None:
    ptable = ptable_centred()
    assert (ptable[13:].sum(axis=1) == 0).all()
    assert (ptable[9:].min(), ptable[9:].max()) == (-4, 4)
    counts = np.arange(1, 751)[:, None]
    assert ((counts + ptable)[9:] >= 10).all()
    assert ((counts + ptable)[:9] == 0).all()
    assert {*np.bincount(ptable[100] + 4)} == {1, 8, 28, 56, 70}


def test_the_same_people_get_the_same_number_in_every_table() -> None:
    frame = with_keys()
    by_sex = perturbed_counts(frame, ["sex"], NOISE)
    women = perturbed_counts(frame.filter(pl.col("sex") == "F"), ["sex"], NOISE)
    assert women.row(0) == by_sex.row(by_sex["sex"].to_list().index("F"))


def test_record_keys_depend_on_the_key_and_on_nothing_else() -> None:
    people = pl.Series("person", [f"p{n}" for n in range(2000)])
    once, again, other = (record_keys(people, key) for key in (KEY, KEY, b"another" * 5))
    assert once.equals(again)
    assert (once == other).mean() < 0.02
    assert once.n_unique() > 250


LEVELS = {"sex": ("F", "M"), "need": ("debt", "food", "rent")}
PEOPLE = {("F", "food"): 400, ("F", "debt"): 120, ("M", "food"): 300}


def test_private_counts_list_every_cell_whether_anybody_is_in_it_or_not() -> None:
    budget = Budget(epsilon=1.0, cap=1)
    counts = private_counts(referrals(PEOPLE, "sex", "need"), LEVELS, budget, key=KEY)
    assert counts.cells.select("sex", "need").rows() == [
        (s, n) for s in LEVELS["sex"] for n in LEVELS["need"]
    ]
    assert counts.epsilon == pytest.approx(1.0)


def test_private_counts_are_near_the_truth_as_far_as_they_say() -> None:
    counts = private_counts(referrals(PEOPLE, "sex", "need"), LEVELS, Budget(epsilon=1.0, cap=1), key=KEY)
    for sex, need, people in counts.cells.rows():
        assert abs(people - PEOPLE.get((sex, need), 0)) < 12 * counts.accuracy


def test_private_counts_have_more_noise_for_a_smaller_budget() -> None:
    frame = referrals(PEOPLE, "sex", "need")
    small, large = (private_counts(frame, LEVELS, Budget(epsilon=e, cap=1), key=KEY) for e in (0.1, 10.0))
    assert small.accuracy > 10 * large.accuracy


def test_a_person_is_in_no_more_private_cells_than_the_cap() -> None:
    needs = [f"n{n}" for n in range(40)]
    frame = pl.DataFrame({"need": needs * 50, "person": [p for p in range(50) for _ in needs]})
    counts = private_counts(frame, {"need": needs}, Budget(epsilon=1000.0, cap=3), key=KEY)
    assert abs(int(counts.cells["people"].sum()) - 150) <= 3


@pytest.mark.parametrize("budget", [Budget(epsilon=0.0, cap=1), Budget(epsilon=1.0, cap=0)])
def test_a_budget_of_nothing_is_refused(budget: Budget) -> None:
    with pytest.raises(Refusal, match="epsilon above 0"):
        private_counts(referrals(PEOPLE, "sex", "need"), LEVELS, budget, key=KEY)
