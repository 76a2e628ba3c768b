"""Measures several releases as one: what somebody learns who puts them side by side."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from anonymiser.checking.classes import Measured, measure
from anonymiser.checking.columns import Layout, code, number
from anonymiser.checking.diversity import Diversity
from anonymiser.checking.runs import squeeze
from anonymiser.errors import Refusal


def measure_jointly(releases: Sequence[pl.DataFrame], layout: Layout, row: str) -> Measured:
    """Measure the classes over all releases together: rows that share their class in every one of them.

    `row` names the column that says which referral a row is; like the person it is known only inside. Being in one
    release and not in another tells something too: rows that do not go the same way are never in one class.
    Where no referral is in two releases, as in a series, those classes are the releases' own, each as far from the
    whole as it is in the release that it came out with: a later one cannot move what is already known.
    Raises Refusal where a referral stands twice in one release.
    """
    names = dict.fromkeys([row, layout.person or row, *layout.sensitive])
    everything = pl.concat([each.select(*names) for each in releases], how="vertical_relaxed")
    referrals = squeeze(number(everything[row]))
    ways, begin = [], 0
    for at, each in enumerate(releases):
        crowd = code(each, layout).crowd
        mine = referrals.values[begin : begin + each.height]
        begin += each.height
        way = np.full(
            referrals.size, crowd.size, dtype=np.int64
        )  # a class of its own for those who are not in it
        way[mine] = crowd.values
        if np.count_nonzero(way < crowd.size) < each.height:
            raise Refusal(f"Release {at + 1}: a referral stands in it more than once.")
        ways.append(pl.Series(f"in_release_{at}", way))
    if everything.height == referrals.size:
        return _beside_each_other([measure(code(each, layout)) for each in releases if each.height])
    row_of = np.zeros(referrals.size, dtype=np.int64)
    row_of[referrals.values] = np.arange(everything.height)
    joined = everything[row_of].with_columns(ways)
    together = Layout(
        quasi=tuple(way.name for way in ways),
        sensitive=layout.sensitive,
        orders=layout.orders,
        person=layout.person or row,
    )
    return measure(code(joined, together))


def _beside_each_other(parts: Sequence[Measured]) -> Measured:
    """The classes of releases that share no row."""
    columns = {
        name: Diversity(
            np.concatenate([each.diversity[name].distinct for each in parts]),
            np.concatenate([each.diversity[name].entropy for each in parts]),
            np.concatenate([each.diversity[name].distance for each in parts]),
        )
        for name in (parts[0].diversity if parts else ())
    }
    none = np.zeros(0, np.int64)
    return Measured(
        rows=sum(each.rows for each in parts),
        class_rows=np.concatenate([none, *(each.class_rows for each in parts)]),
        class_people=np.concatenate([none, *(each.class_people for each in parts)]),
        largest=np.concatenate([none, *(each.largest for each in parts)]),
        diversity=columns,
    )
