"""Tells a real change of a published series from the ups and downs that every series has (XmR charts)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import inf
from statistics import fmean
from typing import Final

FEWEST_POINTS: Final = 12  # below that, limits say more about the points that are missing
_LIMIT: Final = 2.66  # three standard deviations from the mean moving range: 3 / 1.128
_SCREEN: Final = 3.267  # a moving range above this many mean ranges is left out of them
_RUN: Final = 7
_Values = Sequence[float | None]


class Signal(StrEnum):
    """Why a point is more than ups and downs."""

    OUTSIDE = "outside-limits"
    SHIFT = "seven-on-one-side"
    TREND = "seven-in-one-direction"
    NEAR_LIMIT = "two-of-three-near-a-limit"


@dataclass(frozen=True, slots=True)
class ControlLimits:
    """Mean and limits, None with fewer than twelve points, and the signals of each point."""

    mean: float | None
    lower: float | None
    upper: float | None
    signals: tuple[tuple[Signal, ...], ...]


def control_limits(values: _Values, *, most: float = inf) -> ControlLimits:
    """Return the limits of a series as it was published; None is a withheld point, which ends a run.

    Counts and shares are never below nought, so the lower limit is not either; `most` is the greatest value that there
    can be, 100 of a share in per cent. The signals follow the rules' own limits: none can lie beyond what is possible.

    The rules are those of NHS England's Making Data Count, as its R package NHSRplotthedots computes them. Worked
    out of published numbers alone, they give nothing further away.
    """
    known = [value for value in values if value is not None]
    if len(known) < FEWEST_POINTS:
        return ControlLimits(None, None, None, ((),) * len(values))
    mean = fmean(known)
    spread = _LIMIT * _mean_range(values)
    side = [_sign(value - mean) if value is not None else 0 for value in values]
    far = [abs(value - mean) if value is not None else 0.0 for value in values]
    outside = [each > spread for each in far]
    near = [2 / 3 * spread < each <= spread for each in far]
    found = {
        Signal.OUTSIDE: outside,
        Signal.SHIFT: _in_windows(side, _RUN, lambda run: abs(sum(run)) == _RUN),
        Signal.TREND: _in_a_trend(values),
        Signal.NEAR_LIMIT: _two_of_three(near, side),
    }
    signals = tuple(tuple(signal for signal, at in found.items() if at[n]) for n in range(len(values)))
    return ControlLimits(mean, max(mean - spread, 0.0), min(mean + spread, most), signals)


def _mean_range(values: _Values) -> float:
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    if not ranges:
        return 0.0
    most = _SCREEN * fmean(ranges)
    usual = [each for each in ranges if each < most]
    return fmean(usual) if usual else 0.0


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _in_windows(steps: Sequence[int], length: int, holds: Callable[[Sequence[int]], bool]) -> list[bool]:
    """Return which steps belong to at least one stretch of this length of which something holds."""
    found = [False] * len(steps)
    for start in range(len(steps) - length + 1):
        if holds(steps[start : start + length]):
            found[start : start + length] = [True] * length
    return found


def _in_a_trend(values: _Values) -> list[bool]:
    steps = [_sign(b - a) if a is not None and b is not None else 0 for a, b in pairwise(values)]
    in_run = _in_windows(steps, _RUN - 1, lambda run: abs(sum(run)) == _RUN - 1)
    return [
        any(in_run[at] for at in (n - 1, n) if 0 <= at < len(in_run)) if values[n] is not None else False
        for n in range(len(values))
    ]


def _two_of_three(near: Sequence[bool], side: Sequence[int]) -> list[bool]:
    """Return which points near a limit belong to three on one side of the mean, two of them near it."""
    found = [False] * len(near)
    for start in range(len(near) - 2):
        if sum(near[start : start + 3]) >= 2 and abs(sum(side[start : start + 3])) == 3:
            found[start : start + 3] = [True] * 3
    return [near[n] and found[n] for n in range(len(near))]
