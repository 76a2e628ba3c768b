"""Measures by itself how much detail a release has lost, so that the engine's own figure can be doubted."""

from collections.abc import Mapping

import numpy as np

from anonymiser.checking.columns import Coded
from anonymiser.checking.hierarchies import ANY, Hierarchy


def losses(release: Coded, hierarchies: Mapping[str, Hierarchy], suppressed: int) -> Mapping[str, float]:
    """Each column's loss, 0 (every value exact) to 1: the mean of what each row's label leaves open.

    A suppressed row, which is not in the release, loses all.
    """
    found = {}
    rows = release.rows + suppressed
    for name, column in release.quasi.items():
        # Of a hierarchy that is published without any exact value, as none came out, "*" leaves everything open.
        each = np.array(
            [1.0 if label == ANY else hierarchies[name].loss(label or "") for label in column.labels]
        )
        found[name] = float((release.rows_per_label(name) @ each + suppressed) / rows) if rows else 0.0
    return found


def overall(columns: Mapping[str, float], weights: Mapping[str, float] | None = None) -> float:
    """The mean over the columns, each by its weight (1 where none is said)."""
    told = {name: (weights or {}).get(name, 1.0) for name in columns}
    return sum(told[name] * loss for name, loss in columns.items()) / sum(told.values())
