"""Tells a real change of a monthly figure from the ups and downs that every month has (XmR charts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anonymiser.tables.rules import Bools

Floats = NDArray[np.float64]

_LIMIT: Final = 2.66  # three standard deviations, from the mean moving range: 3 / 1.128
_SCREEN: Final = 3.267  # a moving range above this many mean ranges is left out of them
_RUN: Final = 7
FEWEST_POINTS: Final = 12  # below that, limits say more about the months that are missing


class Signal(StrEnum):
    """Why a point is no common ups and downs."""

    OUTSIDE = "outside-limits"
    SHIFT = "seven-on-one-side"
    TREND = "seven-in-one-direction"
    NEAR_LIMIT = "two-of-three-near-a-limit"


@dataclass(frozen=True)
class ControlChart:
    """The mean, the limits (None with fewer than twelve points) and each point's signals."""

    mean: float | None
    lower: float | None
    upper: float | None
    signals: tuple[tuple[Signal, ...], ...]


def control_chart(points: Sequence[float | None], *, most: float = np.inf) -> ControlChart:
    """The chart of a series as it was published; None is a withheld point, which ends a run and makes no range.

    Counts and shares are never below nought, so the lower limit is not either; `most` is the greatest value that there
    can be, 100 of a share in per cent. The signals follow the rules' own limits: none can lie beyond what is possible.

    The rules are those of NHS England's Making Data Count, as its R package NHSRplotthedots computes them.
    Made from published numbers alone, it gives nothing further away.
    """
    values = np.array([np.nan if point is None else float(point) for point in points])
    if np.count_nonzero(~np.isnan(values)) < FEWEST_POINTS:
        return ControlChart(None, None, None, ((),) * len(values))
    mean, spread = float(np.nanmean(values)), _LIMIT * _mean_range(values)
    side = np.sign(np.nan_to_num(values - mean))
    outside = np.nan_to_num(np.abs(values - mean)) > spread
    near = ~outside & (np.nan_to_num(np.abs(values - mean)) > 2 / 3 * spread)
    found = {
        Signal.OUTSIDE: outside,
        Signal.SHIFT: _in_a_run(side, _RUN),
        Signal.TREND: _in_a_trend(values),
        Signal.NEAR_LIMIT: near & _two_of_three(near, side),
    }
    signals = tuple(tuple(signal for signal, at in found.items() if at[n]) for n in range(len(values)))
    return ControlChart(mean, max(mean - spread, 0.0), min(mean + spread, most), signals)


def _mean_range(values: Floats) -> float:
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if not len(ranges):
        return 0.0
    usual = ranges[ranges < _SCREEN * ranges.mean()]
    return float(usual.mean()) if len(usual) else 0.0


def _in_a_run(side: Floats, length: int) -> Bools:
    """Which points belong to at least `length` together that share one sign."""
    found = np.zeros(len(side), dtype=np.bool_)
    for start in range(len(side) - length + 1):
        if abs(side[start : start + length].sum()) == length:
            found[start : start + length] = True
    return found


def _in_a_trend(values: Floats) -> Bools:
    found = np.zeros(len(values), dtype=np.bool_)
    steps = np.sign(np.nan_to_num(np.diff(values)))
    for start in np.flatnonzero(_in_a_run(steps, _RUN - 1)):
        found[start : start + 2] = True
    return found


def _two_of_three(near: Bools, side: Floats) -> Bools:
    """Which points belong to three on one side of the mean, two of them near the limit."""
    found = np.zeros(len(near), dtype=np.bool_)
    for start in range(len(near) - 2):
        three = slice(start, start + 3)
        if near[three].sum() >= 2 and abs(side[three].sum()) == 3:
            found[three] = True
    return found
