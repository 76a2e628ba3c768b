"""Limits of a published series: the same as the anonymiser works them out, and as the published rules say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymiser.tables.control_chart import control_chart
from app.services.control_limits import Signal, control_limits

POINTS = st.lists(st.one_of(st.none(), st.integers(0, 60).map(lambda n: float(5 * n))), max_size=40)


@given(POINTS)
def test_limits_are_those_of_the_anonymisers_own_chart(points: list[float | None]) -> None:
    ours, theirs = control_limits(points), control_chart(points)
    if theirs.mean is None:
        assert (ours.mean, ours.lower, ours.upper) == (None, None, None)
    else:
        told = (ours.mean, ours.lower, ours.upper)
        assert told == pytest.approx((theirs.mean, theirs.lower, theirs.upper), abs=1e-6)
        on_the_edge = any(
            point is not None
            and min(
                abs(abs(point - theirs.mean) - part * (theirs.mean - theirs.lower)) for part in (2 / 3, 1)
            )
            < 1e-9
            for point in points
            if theirs.lower is not None
        )
        if on_the_edge or any(p is not None and abs(p - theirs.mean) < 1e-9 for p in points):
            return  # a point on a line may fall to either side by the last bit
    assert [[each.value for each in at] for at in ours.signals] == [
        [each.value for each in at] for at in theirs.signals
    ]


def test_one_month_outside_the_limits_is_told() -> None:
    points = [50.0, 60.0, 45.0, 65.0, 40.0, 55.0, 60.0, 45.0, 60.0, 50.0, 65.0, 45.0, 120.0]
    found = control_limits(points)
    assert Signal.OUTSIDE in found.signals[-1]
    assert not any(Signal.OUTSIDE in each for each in found.signals[:-1])


def test_seven_on_one_side_are_a_shift() -> None:
    found = control_limits(
        [40.0, 42.0, 39.0, 41.0, 40.0, 43.0, 41.0, *[60.0, 62.0, 61.0, 63.0, 60.0, 61.0, 62.0]]
    )
    assert all(Signal.SHIFT in each for each in found.signals)


def test_a_withheld_month_ends_a_run() -> None:
    rising = [10.0, 20.0, 30.0, None, 40.0, 50.0, 60.0, *[35.0] * 8]
    assert not any(Signal.TREND in each for each in control_limits(rising).signals)


def test_eleven_points_have_no_limits() -> None:
    assert control_limits([5.0] * 11).mean is None
    assert control_limits([5.0] * 12).mean == 5.0
