"""Short numbers for labels are never reckoned with as they are: pairs of many labels are still told apart."""

import numpy as np
import polars as pl
import pytest

from anonymiser.checking.columns import Layout, code, number_labels
from anonymiser.checking.crowds import crowds
from anonymiser.checking.hierarchies import hierarchy
from anonymiser.checking.runs import pairs


def test_pairs_of_two_short_columns() -> None:
    one = number_labels(pl.Series("one", [f"{at:03}" for at in range(250)] * 2))
    other = number_labels(pl.Series("other", [f"{at % 240:03}" for at in range(500)]))
    assert one.values.dtype == other.values.dtype == np.uint8
    found = pairs(one, other)
    wanted = {(at % 250, at % 240) for at in range(500)}
    assert set(zip(found.crowd.tolist(), found.value.tolist(), strict=True)) == wanted


def test_classes_are_found_by_two_columns_as_by_each() -> None:
    release = pl.DataFrame(
        {
            "age": [f"{at % 200:03}" for at in range(1000)],
            "place": [["A", "B", "*"][at % 3] for at in range(1000)],
            "person": [str(at) for at in range(1000)],
        }
    )
    trees = {
        "age": hierarchy("age", [(f"{at:03}", "*") for at in range(200)]),
        "place": hierarchy("place", [("A", "*"), ("B", "*")]),
    }
    coded = code(release, Layout(quasi=("age", "place")))
    arranged = crowds(coded, release["person"], trees)
    index = arranged.index(("age", "place"))
    assert index.names == ("age", "place")
    found = arranged.found(index, {"age": "150", "place": "B"})
    members = sorted(release["person"][int(at)] for at in np.flatnonzero(np.isin(coded.crowd.values, found)))
    fits = release.filter(pl.col("age") == "150", pl.col("place").is_in(["B", "*"]))
    assert members == sorted(fits["person"].to_list()) != []


@pytest.mark.parametrize("classes", [40, 30_000])
def test_words_and_categories_of_many_rows_are_the_same_classes(classes: int) -> None:
    """Words that come again are grouped at once, others numbered column by column."""
    chance = np.random.default_rng(6)
    rows = 20_000
    at = chance.integers(0, classes, rows)
    words = pl.DataFrame(
        {
            "area": [None if each % 7 == 3 else f"E{each % 10}" for each in at.tolist()],
            "month": [f"{each // 10}" for each in at.tolist()],
            "outcome": chance.choice(["better", "worse"], rows),
            "person": np.arange(rows) // 2,
        }
    )
    layout = Layout(quasi=("area", "month"), sensitive=("outcome",))
    one, other = code(words, layout), code(words.cast({pl.String: pl.Categorical}), layout)
    assert one.crowd.size == other.crowd.size == words["area", "month"].unique().height
    assert np.array_equal(one.crowd.values, other.crowd.values)
    assert np.array_equal(one.class_rows, other.class_rows)
    for name in layout.quasi:
        assert one.quasi[name].labels == other.quasi[name].labels
        assert np.array_equal(one.quasi[name].values, other.quasi[name].values)
