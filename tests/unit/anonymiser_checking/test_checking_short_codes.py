"""Short numbers for labels are never reckoned with as they are: pairs of many labels are still told apart."""

import numpy as np
import polars as pl

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
