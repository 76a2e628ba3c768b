"""Which counts of people may be printed: none that tells of fewer than ten, nor gives such a one away beside others.

The rule is that of the dataset's tables: a count shows when it is 0 or at least 10, rounded to 5; a mean needs 10
people and no two of them with 90 per cent of its sum (the (n,k) and p-ratio rules of the SACRO guide).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from app.domain.pack import Interval, Number

LEAST: Final = 10  # people
STEP: Final = 5
LEAST_CHOICES: Final = 5  # so many values at least a reader must hold possible for a withheld number
_SLACK: Final = STEP // 2  # a printed number stands for itself and so many on either side
LEAST_REACH: Final = 10  # points: of a narrower scale too few sums would be possible
_NOISE: Final = 1e-9  # what is left over where numbers with a decimal point are added up
_DOMINANT, _SHARE, _REST = 2, 0.90, 0.10


def rounded(people: int) -> int | None:
    """Return a count as it may be printed on its own, None where it is withheld."""
    if 0 < people < LEAST:
        return None
    return (people + _SLACK) // STEP * STEP


def number(people: int, *, of: int | None = None) -> Number:
    """Return a count on its own, with its share of `of` (printed people) where both are told."""
    printed = rounded(people)
    return Number(printed, _percent(printed, of))


def printed_counts(
    counts: Sequence[int],
    *,
    hidden: bool = False,
    others: Sequence[int] | None = None,
    are_apart: bool = True,
) -> list[int | None]:
    """Return the counts of groups that make up a whole as they may be printed beside the rounded whole.

    Every count from 1 to 9 is withheld; then the next smallest too, until those who are withheld are ten together and
    a reader who knows the whole, the number of those withheld together and the rule of rounding cannot bound a
    withheld number to fewer than five values. `hidden` withholds all: the whole itself is withheld somewhere. `others`
    are the people of each group whom the reader does not know already: the same holds for them. `are_apart` False:
    somebody may be in several groups, so no number of those withheld together is told. Nought stays nought.
    """
    known = counts if others is None else others
    shown = [
        None if people and (hidden or 0 < strangers < LEAST) else rounded(people)
        for people, strangers in zip(counts, known, strict=True)
    ]
    while _is_given_away(counts, shown, are_apart=are_apart) or (are_apart and _are_few(known, shown)):
        left = [at for at, value in enumerate(shown) if value]
        if not left:
            break
        shown[min(left, key=lambda at: (counts[at], at))] = None
    return shown


def numbers(
    counts: Sequence[int], *, hidden: bool = False, others: Sequence[int] | None = None
) -> tuple[list[Number], Number | None, Number]:
    """Return the groups of a whole as they may be printed, those withheld together (None where none is), and all.

    Each person is in one group. All is the sum of what is printed, so shares are of everybody. Fewer than ten people
    in all, or a whole that is `hidden`, is told of no more than that: all is withheld then.
    """
    shown = printed_counts(counts, hidden=hidden, others=others)
    if None not in shown:
        total = sum(value or 0 for value in shown)
        return [Number(value, _percent(value, total)) for value in shown], None, Number(total)
    apart = None if hidden or _are_few(others or counts, shown) else rounded(_withheld(counts, shown))
    if apart is None:
        return [Number(value) for value in shown], None, Number(None)
    total = apart + sum(value or 0 for value in shown)
    told = [Number(value, _percent(value, total)) for value in shown]
    return told, Number(apart, _percent(apart, total)), Number(total)


def several_numbers(
    counts: Sequence[int], people: int, *, hidden: bool = False
) -> tuple[list[Number], Number]:
    """Return groups in several of which somebody may be, as they may be printed, and the people in them."""
    shown = printed_counts(counts, hidden=hidden, are_apart=False)
    whole = Number(None) if hidden else number(people)
    return [Number(value, _percent(value, whole.people)) for value in shown], whole


def step_of(people: int, reach: float) -> float:
    """Return in which steps a mean of so many answers is told, on a scale of so many points from end to end.

    The smallest of 0.1, 0.2, 0.5, 1, 2, 5 and so on of which `people` make the whole scale, and ten points at least:
    two means told more finely, of people who differ by one, give that one's answer away.
    """
    tens, wanted = 1, 10 * max(reach, LEAST_REACH)
    while 0 < 5 * tens * people < wanted:
        tens *= 10
    return next((digit * tens / 10 for digit in (1, 2) if digit * tens * people >= wanted), 5 * tens / 10)


def in_steps(mean: Fraction, half: float, step: float) -> Interval:
    """Return a mean with its interval (mean less and more `half`) as it may be printed.

    The mean is the nearest step. The ends are rounded outwards: equally far from the printed mean, so that they do not
    tell where between two steps the mean lies, and one step at least, so that nobody learns that all said the same.
    """
    tenths = round(10 * step)
    middle = round(mean * 10 / tenths)
    off = abs(float(mean) * 10 / tenths - middle)
    out = max(1, ceil(half * 10 / tenths + off - _NOISE))
    mean_told, low, high = (each * tenths / 10 for each in (middle, middle - out, middle + out))
    return Interval(mean_told, low, high)


def may_show_mean(values: Sequence[float]) -> bool:
    """Tell whether a mean of these (one for each person) may be printed."""
    if len(values) < LEAST:
        return False
    sizes = sorted((abs(value) for value in values), reverse=True)
    whole, first = sum(sizes), sum(sizes[:_DOMINANT])
    if not whole:
        return True  # everybody said nought, or nobody's answer changed
    return first < _SHARE * whole and whole - first >= _REST * sizes[0]


def _withheld(counts: Sequence[int], shown: Sequence[int | None]) -> int:
    return sum(people for people, value in zip(counts, shown, strict=True) if value is None)


def _are_few(counts: Sequence[int], shown: Sequence[int | None]) -> bool:
    """Whether those who are withheld are fewer than ten together."""
    return None in shown and _withheld(counts, shown) < LEAST


def _is_given_away(counts: Sequence[int], shown: Sequence[int | None], *, are_apart: bool) -> bool:
    """Whether what is printed too (the whole, and those withheld together) leaves too few values for one of them.

    A reader who knows how they are chosen knows that none is larger than a printed one, and that one is under ten.
    """
    withheld = sum(value is None for value in shown)
    whole = rounded(sum(counts))
    if not withheld or whole is None:
        return False
    if withheld == 1:
        return True
    apart = rounded(_withheld(counts, shown)) if are_apart else None
    return len(_choices([value for value in shown if value], whole, withheld, apart)) < LEAST_CHOICES


def _choices(printed: Sequence[int], whole: int, withheld: int, apart: int | None) -> set[int]:
    """Values that a withheld number may have, as many as LEAST_CHOICES where there are more."""
    least = whole - _SLACK - sum(value + _SLACK for value in printed)
    rest = [max(value - _SLACK, LEAST) for value in sorted(printed)]
    most = whole + _SLACK - sum(rest)
    if apart is not None:
        least, most = max(least, apart - _SLACK, LEAST), min(most, apart + _SLACK)
    others, found = withheld - 1, set[int]()
    for together in range(max(least, withheld), most + 1):
        # The smallest printed one is the largest that a withheld one can be, and all of them make up the whole.
        largest = min(printed, default=whole) + _SLACK
        largest = min([largest, *([whole + _SLACK - together - sum(rest[1:])] if printed else [])])
        if_small = range(max(1, together - others * largest), min(LEAST - 1, largest, together - others) + 1)
        if_not = range(
            max(LEAST, together - (others - 1) * largest - (LEAST - 1)), min(largest, together - others) + 1
        )
        found.update(if_small[:LEAST_CHOICES], if_not[:LEAST_CHOICES])
    return found


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else round(100 * part / whole, 1)
