"""Two packs that differ by one person's answers do not tell them to whoever fits sums to every printed number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from math import ceil, floor
from random import Random

import pytest
from scipy import stats

from app.domain.pack import Interval
from app.domain.small_numbers import step_of
from app.services.evaluation.pack_changes import interval

Pair = tuple[int, int]
Fits = dict[
    int, tuple[int, int]
]  # a sum of answers, with the least and the greatest sum of squares beside it
_TINY = 1e-7
SCALES = [(0, 10), (3, 9), (1, 5), (1, 4)]


@pytest.mark.parametrize(("low", "high"), SCALES)
@pytest.mark.parametrize("people", [10, 11, 14, 19, 24, 30, 49, 60])
def test_no_printed_numbers_fit_the_answers_of_one_person_alone(low: int, high: int, people: int) -> None:
    dice = Random(f"{low} to {high}, {people} people")
    for spread in (0.03, 0.1, 0.2, 0.4) * 5:
        pairs = list(_pairs(dice, low, high, people + 1, spread=spread * (high - low)))
        fits = fitting(pairs[:-1], pairs[-1], low, high)
        assert pairs[-1] in fits
        assert len(fits) > 1, (pairs, fits)


def fitting(pairs: Sequence[Pair], newest: Pair, low: int, high: int) -> set[Pair]:
    """Every pair of answers that may be what is new, to a reader who knows how many people are in both packs."""
    reach = high - low
    found = []
    for column, least, most in ((0, low, high), (1, low, high), (2, -reach, reach)):
        old, new = ([(*each, each[1] - each[0])[column] for each in of] for of in (pairs, [*pairs, newest]))
        before, after = _sums(old, reach, least, most), _sums(new, reach, least, most)
        found.append({one for one in range(least, most + 1) if _may_be_new(one, before, after)})
    return {(one, two) for one, two in product(*found[:2]) if two - one in found[2]}


def _may_be_new(one: int, before: Fits, after: Fits) -> bool:
    for total, (least, most) in before.items():
        if total + one in after:
            lower, upper = (end - one * one for end in after[total + one])
            start = max(least, lower)
            if start + (start + total) % 2 <= min(most, upper):  # a sum of squares is odd where its sum is
                return True
    return False


def _sums(answers: Sequence[int], reach: int, least: int, most: int) -> Fits:
    people = len(answers)
    step = step_of(people, reach)
    told = interval(answers, step)
    sums = range(
        ceil(people * (told.mean - step / 2) - _TINY), floor(people * (told.mean + step / 2) + _TINY) + 1
    )
    return {
        total: squares
        for total in sums
        if people * least <= total <= people * most
        and (squares := _squares(total, people, told, step)) is not None
    }


def _squares(total: int, people: int, told: Interval, step: float) -> tuple[int, int] | None:
    """Between which sums of squares the interval is printed as it is, where the answers have this sum."""
    off = abs(total / people - told.mean)
    widest = told.high - told.mean - off
    narrowest = 0.0 if widest + off < 1.5 * step else widest - step
    each, over = divmod(total, people)
    fewest = (
        over * (each + 1) ** 2 + (people - over) * each**2
    )  # whole numbers as near to one another as can be
    least, most = (
        (max(0.0, half) / _t(people)) ** 2 * people * (people - 1) + total**2 / people
        for half in (narrowest, widest)
    )
    ends = (max(fewest, ceil(least - _TINY)), floor(most + _TINY))
    return ends if widest > -_TINY and ends[0] <= ends[1] else None


@cache
def _t(people: int) -> float:
    return float(stats.t.ppf(0.975, people - 1))


def _pairs(dice: Random, low: int, high: int, people: int, *, spread: float) -> Iterator[Pair]:
    middle, moved = dice.uniform(low, high), dice.uniform(-0.2, 0.3) * (high - low)
    for _ in range(people):
        before = round(dice.gauss(middle, spread))
        after = round(before + dice.gauss(moved, spread))
        yield max(low, min(high, before)), max(low, min(high, after))
