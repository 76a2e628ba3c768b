"""Paired change from raw answers, with an interval whose t is found by adding up the curve itself."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from math import exp, lgamma, pi, sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any
from zoneinfo import ZoneInfo

from app.demo import directory
from tests.integration.evaluation.raw_counts import Cell, alone, together

_FILES = Path(directory.__file__).parents[1] / "measures"
_GOAL = {"code": "goal", "low": 0, "high": 10, "better": "higher"}
_WITHHELD = Cell(None)
Scale = Mapping[str, Any]
Answers = dict[tuple[str, str], dict[Any, tuple[float | None, float | None]]]


def change_cells(
    helped: Sequence[Any], outcomes: Mapping[Any, Any], measures: Mapping[Any, Sequence[Any]], today: date
) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return every number of change as the CSV prints it, by scale, time and line."""
    found, scales = _answers(helped, outcomes, measures)
    cells = {}
    for (key, phase), of in found.items():
        months = int(phase) if phase else 0
        asked = {row.person_id for row in helped if row.ended_at and _months(row.ended_at, today) >= months}
        asked |= {person for person, (_, after) in of.items() if after is not None}
        pairs = [(before, after) for before, after in of.values() if before is not None and after is not None]
        when = f"{months} months after the end" if months else "at the end"
        for line, told in _lines(scales[key], len(asked), pairs):
            cells[key, when, line] = told
    return cells


def _answers(
    helped: Sequence[Any], outcomes: Mapping[Any, Any], measures: Mapping[Any, Sequence[Any]]
) -> tuple[Answers, dict[str, Scale]]:
    """First and last answer of each person: by the scale and, of a follow-up, its months."""
    found: Answers = defaultdict(dict)
    scales: dict[str, Scale] = {"goal": _GOAL}
    for row in helped:
        outcome = outcomes.get(row.id)
        if outcome is not None and (outcome.goal_before, outcome.goal_after) != (None, None):
            found["goal", ""][row.person_id] = (outcome.goal_before, outcome.goal_after)
        first: dict[str, float] = {}
        last: dict[tuple[str, str], float] = {}
        for taken in measures.get(row.referral_id, ()):
            if taken.placement_id not in (None, row.id):
                continue
            for scale, value in _scores(taken):
                key = f"{taken.measure}.{scale['code']}"
                scales[key] = scale
                if taken.phase == "before":
                    first.setdefault(key, value)
                else:
                    last[key, str(taken.months) if taken.phase == "follow-up" else ""] = value
        for key, phase in {*last, *((key, "") for key in first)}:
            found[key, phase][row.person_id] = (first.get(key), last.get((key, phase)))
    return found, scales


def _scores(taken: Any) -> Iterator[tuple[Scale, float]]:
    told = _measure(taken.measure)
    if "before" not in told.get("phases", ("before",)):
        return
    for total in told.get("totals", ()):
        if all(item in taken.answers for item in total["items"]):
            yield total, sum(taken.answers[item] for item in total["items"])
    for item in told["items"] if not told.get("totals") else ():
        if item["code"] in taken.answers:
            yield item, taken.answers[item["code"]]


@cache
def _measure(code: str) -> Mapping[str, Any]:
    return tomllib.loads((_FILES / f"{code}.toml").read_text())


def _lines(
    scale: Scale, asked: int, pairs: Sequence[tuple[float, float]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    could, paired = alone(asked), alone(len(pairs))
    missing = None
    if could.people and paired.people is not None:
        missing = Fraction(100 * max(0, could.people - paired.people), could.people)
    yield "asked", _people(could)
    yield "paired", _people(paired)
    yield "missing", ("", Cell(0, missing).share, "", "", "", "")
    moved = [after - before for before, after in pairs]
    columns = {"before": [one for one, _ in pairs], "after": [one for _, one in pairs], "change": moved}
    told = not scale.get("category") and all(_may_be_told(values) for values in columns.values())
    tenths = _tenths(len(pairs), scale["high"] - scale["low"]) if told else 0
    for line, values in columns.items():
        yield line, ("", "", "", *(_interval(values, tenths) if told else ("withheld",) * 3))
    sign = 1 if scale["better"] == "higher" else -1
    matters = scale.get("change_that_matters") or 0
    senses = [0 if abs(one) < matters else sign * one for one in moved]
    counts = [sum(one > 0 for one in senses), senses.count(0), sum(one < 0 for one in senses)]
    shown, apart, _ = together(counts) if len(pairs) >= 10 else ([_WITHHELD] * 3, None, _WITHHELD)
    yield from zip(("better", "same", "worse"), map(_people, shown), strict=True)
    if apart:
        yield "withheld-together", _people(apart)


def _people(cell: Cell) -> tuple[str, ...]:
    return (cell.words, cell.share, "", "", "", "")


def _may_be_told(values: Sequence[float]) -> bool:
    """Ten people at least, and no two who make up nearly all of it."""
    sizes = sorted((Fraction(abs(value)) for value in values), reverse=True)
    if len(sizes) < 10 or not any(sizes):
        return len(sizes) >= 10
    rest = sum(sizes[2:])
    return rest * 10 > sum(sizes) and rest * 10 >= sizes[0]


def _tenths(people: int, points: float) -> int:
    """So many tenths of a point that all people's make the whole scale, or ten points of a narrower one."""
    usual = (1, 2, 5, 10, 20, 50, 100, 200, 500)
    return next(each for each in usual if Fraction(each * people, 10) >= max(points, 10))


def _interval(values: Sequence[float], tenths: int) -> tuple[str, str, str]:
    """As many steps from the nearest one to the mean as hold the whole interval, one at least."""
    middle = mean(Fraction(value) for value in values) * 10 / tenths
    spread = stdev(values) / sqrt(len(values)) if len(set(values)) > 1 else 0.0
    half = _t(len(values) - 1) * spread * 10 / tenths
    nearest, steps = round(middle), 1
    while nearest - steps > float(middle) - half + 1e-9 or nearest + steps < float(middle) + half - 1e-9:
        steps += 1
    ends = (nearest, nearest - steps, nearest + steps)
    return tuple(str(each * tenths / 10) for each in ends)  # type: ignore[return-value]


@cache
def _t(freedom: int) -> float:
    """The point that a t so free lies beyond, on either side, one time in twenty: by halving, and Simpson's rule."""
    low, high = 1.9, 13.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
    return (low + high) / 2


def _within(end: float, freedom: int, steps: int = 2000) -> float:
    height = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    width = end / steps
    curve = [height * (1 + (at * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for at in range(steps + 1)]
    return 2 * width / 3 * (curve[0] + curve[-1] + 4 * sum(curve[1:-1:2]) + 2 * sum(curve[2:-1:2]))


def _months(ended: datetime, today: date) -> int:
    """Whole months since a day."""
    day, months = ended.astimezone(ZoneInfo("Europe/London")).date(), 0
    while (day.year * 12 + day.month + months + 1, day.day) <= (today.year * 12 + today.month, today.day):
        months += 1
    return months
