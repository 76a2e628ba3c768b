"""Limits and signals of a published series, by the rules of Making Data Count."""

import pytest

from app.services.dataset.control_limits import Signal, control_limits

# From NHSRplotthedots' account of its differences from the Excel tool: UPL 4.6, mean 1.94, LPL -0.72.
DOTS = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
STEADY = [50.0, 54, 49, 52, 48, 53, 51, 47, 52, 50, 49, 53]


def flagged(points: list[float | None], signal: Signal) -> list[int]:
    return [at for at, signals in enumerate(control_limits(points).signals) if signal in signals]


def test_limits_are_those_of_the_nhs_package_that_screens_outliers() -> None:
    chart = control_limits(DOTS)
    assert (chart.mean, chart.upper) == pytest.approx((1.94, 4.6), abs=0.005)
    assert chart.lower == 0  # by its formula -0.72, which no count can be
    assert flagged(DOTS, Signal.OUTSIDE) == [4]


def test_limits_are_values_that_there_can_be() -> None:
    shares = [98.0, 100, 96, 100, 97, 100, 95, 100, 98, 100, 96, 100]
    assert control_limits(shares).upper == pytest.approx(107, abs=3)
    assert control_limits(shares, most=100).upper == 100
    assert control_limits(STEADY, most=100).lower == control_limits(STEADY).lower


def test_common_ups_and_downs_give_no_signal() -> None:
    assert not any(control_limits(STEADY).signals)


def test_seven_points_on_one_side_of_the_mean_are_a_shift() -> None:
    points = [*[40.0, 42] * 4, *[51.0, 49] * 4]
    assert flagged(points, Signal.SHIFT) == list(range(16))
    assert flagged([*[40.0, 42] * 3, *[51.0, 49] * 3], Signal.SHIFT) == []  # six and six


def test_seven_points_in_one_direction_are_a_trend() -> None:
    points = [50.0, 54, 49, 52, 45, 46, 47, 48, 50, 51, 53, 50, 52]
    assert flagged(points, Signal.TREND) == [4, 5, 6, 7, 8, 9, 10]


def test_two_of_three_points_near_a_limit_are_a_signal() -> None:
    points = [*STEADY, 59.0, 51.5, 59.0, *STEADY]
    assert flagged(points, Signal.NEAR_LIMIT) == [12, 14]


def test_a_withheld_point_ends_a_run_and_makes_no_range() -> None:
    chart = control_limits([*STEADY[:6], None, *STEADY[6:]])
    assert chart.mean == pytest.approx(control_limits(STEADY).mean)
    assert chart.signals[6] == ()
    broken = [*[40.0, 42] * 3, None, 40.0, *[51.0, 49] * 3]
    assert flagged(broken, Signal.SHIFT) == []


def test_a_series_that_never_changes_has_no_signal() -> None:
    chart = control_limits([5.0] * 12)
    assert (chart.mean, chart.lower, chart.upper) == (5.0, 5.0, 5.0)
    assert not any(chart.signals)


def test_a_short_series_gets_no_limits() -> None:
    chart = control_limits([*STEADY[:11], None])
    assert (chart.mean, chart.lower, chart.upper) == (None, None, None)
    assert len(chart.signals) == 12


def test_one_month_outside_the_limits_is_told_alone() -> None:
    assert flagged([*STEADY, 120.0], Signal.OUTSIDE) == [12]
