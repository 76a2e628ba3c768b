"""The fewest people that an intruder is left with are counted right, whichever targets are looked at first."""

import numpy as np
import polars as pl
import pytest

from anonymiser.checking.columns import Layout
from anonymiser.checking.hierarchies import hierarchy
from anonymiser.checking.intruder import attack

PLACES = [(f"E{at}", f"{'EN'[at % 2]}", "*") for at in range(8)]
AGES = [(str(age), f"{age // 10}0s", "*") for age in range(20, 60)]
TREES = {"area": hierarchy("area", PLACES), "age": hierarchy("age", AGES)}
LAYOUT = Layout(quasi=("area", "age"))


def people_who_fit(release: pl.DataFrame, target: dict[str, str]) -> set[int]:
    fits = [pl.col(name).is_in(TREES[name].above[target[name]]) for name in LAYOUT.quasi]
    return {*release.filter(*fits)["person"].to_list()}


@pytest.mark.parametrize("most_rows", [1, 3, 12])
@pytest.mark.parametrize("seed", range(6))
def test_nobody_fits_fewer_people_than_are_told(most_rows: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = 300
    exact = pl.DataFrame(
        {
            "person": chance.integers(0, rows // most_rows, rows),
            "area": [PLACES[at][0] for at in chance.integers(0, 8, rows)],
            "age": [AGES[at][0] for at in chance.integers(0, 40, rows)],
        }
    )
    level = chance.integers(0, 3, (rows, 2))
    told = {
        name: [TREES[name].above[leaf][at] for leaf, at in zip(exact[name], level[:, column], strict=True)]
        for column, name in enumerate(LAYOUT.quasi)
    }
    release = exact.with_columns(pl.Series(name, values) for name, values in told.items())
    targets = exact.unique("person", keep="first", maintain_order=True)
    found = attack(release, LAYOUT, TREES, targets)
    left = [people_who_fit(release, each) for each in targets.iter_rows(named=True)]
    there = [len(each) for each, who in zip(left, targets["person"], strict=True) if who in each]
    assert found.present == len(there)
    assert found.fewest_people == min(there)
    assert found.alone == sum(size == 1 for size in there)
