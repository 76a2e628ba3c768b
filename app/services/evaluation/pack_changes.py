"""Paired change on each scale: one pair a person, with its interval, and how many were better, the same and worse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import isfinite
from typing import Final

from scipy import stats

from app.domain.measure_parts import Item, Total
from app.domain.measures import Library, Measure
from app.domain.outcomes import Phase, Taken
from app.domain.pack import Change, Interval, Number
from app.domain.small_numbers import LEAST, in_steps, may_show_mean, number, numbers, step_of
from app.services.evaluation.pack_cases import Case

_SURE: Final = 0.95
_GOAL: Final = "goal"
SENSES: Final = ("better", "same", "worse")


@dataclass(frozen=True, slots=True)
class Scale:
    """What is compared: an item or a total of one version of a measure, or the person's own goal."""

    key: str
    measure: str
    title: str
    low: float
    high: float
    higher_is_better: bool
    matters: float | None = None  # a smaller change counts as the same
    is_number: bool = True  # False: its answers are kinds, of which no mean can be told
    place: int = 0  # among those of its measure


GOAL: Final = Scale(_GOAL, "Own goal", "How near people said they were to their own goal", 0, 10, True)


@dataclass
class Series:
    """One scale at one time after: each person's first and last answer."""

    scale: Scale
    phase: str
    pairs: list[tuple[Case, float, float]] = field(default_factory=list)
    answered: list[Case] = field(default_factory=list)  # afterwards, whether or not before


def series_of(cases: Sequence[Case], library: Library, today: date = date.max) -> Sequence[Series]:
    """Return every scale that somebody answered, by the library's order, the own goal first."""
    found: dict[tuple[str, str], Series] = {}
    scales = _Scales(library, today)
    for case in cases:
        for scale, phase, before, after in _answers(case, scales):
            one = found.get((scale.key, phase)) or found.setdefault((scale.key, phase), Series(scale, phase))
            if after is not None:
                one.answered.append(case)
            if before is not None and after is not None:
                one.pairs.append((case, before, after))
    order = {code: place for place, code in enumerate((_GOAL, *library.codes()))}
    last = len(order)

    def place_of(each: Series) -> tuple[int, int, int, str]:
        code = each.scale.key.split(".")[0].split("@")[0]
        return (order.get(code, last), _months(each.phase), each.scale.place, each.scale.key)

    return sorted(found.values(), key=place_of)


def changes_of(cases: Sequence[Case], library: Library, today: date) -> tuple[Change, ...]:
    """Return the change on every scale that somebody answered."""
    return tuple(_change(each, cases, today) for each in series_of(cases, library, today))


def sense(scale: Scale, before: float, after: float) -> str:
    """Return better, same or worse, in the scale's own direction."""
    moved = (after - before) * (1 if scale.higher_is_better else -1)
    if abs(moved) < (scale.matters or 0) or not moved:
        return "same"
    return "better" if moved > 0 else "worse"


class _Scales:
    """The scales of each version of a measure, made once however many people answered it."""

    def __init__(self, library: Library, today: date) -> None:
        self._library = library
        self._today = today
        self._known: dict[tuple[str, str], tuple[Measure | None, Sequence[tuple[str, Scale]]]] = {}

    def scored(self, taken: Taken) -> Iterator[tuple[Scale, float]]:
        """Yield the totals of a measure, or its items where it has none; nothing of a measure whose file is gone, nor
        of one that is not asked at the start."""
        of = (taken.measure, taken.version)
        measure, scales = self._known.get(of) or self._known.setdefault(of, self._of(*of))
        scores = measure.scores(taken.answers) if measure else {}
        for code, scale in scales:
            if code in scores:
                yield scale, scores[code]

    def _of(self, code: str, version: str) -> tuple[Measure | None, Sequence[tuple[str, Scale]]]:
        measure = self._library.find(code, version)
        if measure is None or Phase.BEFORE not in measure.phases:
            return None, ()
        newest = self._library.newest(code, self._today)  # questions that are still to come make none older
        mark = "" if newest is measure or newest is None else f"@{measure.version}"
        shown: Sequence[Item | Total] = measure.totals or measure.items
        return measure, [(one.code, _scale(measure, one, mark, at)) for at, one in enumerate(shown)]


def _answers(case: Case, known: _Scales) -> Iterator[tuple[Scale, str, float | None, float | None]]:
    told = case.outcome
    if told and (told.goal_before is not None or told.goal_after is not None):
        yield GOAL, str(Phase.AFTER), told.goal_before, told.goal_after
    before: dict[str, float] = {}
    after: dict[str, dict[str, float]] = {}
    scales: dict[str, Scale] = {}
    for taken in case.measures:
        for scale, value in known.scored(taken):
            scales[scale.key] = scale
            if taken.phase is Phase.BEFORE:
                before.setdefault(scale.key, value)
            else:
                after.setdefault(_phase(taken), {})[scale.key] = value
    for phase in after.keys() | {str(Phase.AFTER)}:
        for key in before.keys() | after.get(phase, {}).keys():
            if phase == Phase.AFTER or key in after[phase]:
                yield scales[key], phase, before.get(key), after.get(phase, {}).get(key)


def _scale(measure: Measure, one: Item | Total, mark: str, place: int) -> Scale:
    return Scale(
        key=f"{measure.code}{mark}.{one.code}",
        measure=f"{measure.name} (version {measure.version})" if mark else measure.name,
        title=measure.display(one.code),
        low=one.low,
        high=one.high,
        higher_is_better=one.higher_is_better,
        matters=one.change_that_matters,
        is_number=not (isinstance(one, Item) and one.is_category),
        place=place,
    )


def _phase(taken: Taken) -> str:
    if taken.phase is Phase.FOLLOW_UP:
        return f"{Phase.FOLLOW_UP}-{taken.months}"
    return str(taken.phase)


def _months(phase: str) -> int:
    told = phase.removeprefix(f"{Phase.FOLLOW_UP}-")
    return int(told) if told.isdigit() else 0


def _change(series: Series, cases: Sequence[Case], today: date) -> Change:
    scale = series.scale
    asked = {case.came.person_id for case in cases if could_answer(case, _months(series.phase), today)}
    asked |= {case.came.person_id for case in series.answered}
    befores = [before for _, before, _ in series.pairs]
    afters = [after for _, _, after in series.pairs]
    moved = [after - before for _, before, after in series.pairs]
    told = scale.is_number and all(may_show_mean(values) for values in (befores, afters, moved))
    step = step_of(len(series.pairs), scale.high - scale.low) if told else None
    (better, same, worse), apart = _senses(series)
    asked_told, paired_told = number(len(asked)), number(len(series.pairs))
    return Change(
        key=scale.key,
        measure=scale.measure,
        title=scale.title,
        phase=series.phase,
        higher_is_better=scale.higher_is_better,
        low=scale.low,
        high=scale.high,
        asked=asked_told,
        paired=paired_told,
        missing_percent=_missing(asked_told, paired_told),
        before=interval(befores, step) if step else None,
        after=interval(afters, step) if step else None,
        change=interval(moved, step) if step else None,
        better=better,
        same=same,
        worse=worse,
        method=_method(scale, series.phase, step),
        apart=apart,
    )


def could_answer(case: Case, months: int, today: date) -> bool:
    """Return whether somebody's help has ended, so many months ago at least."""
    ended = case.came.ended_on
    if ended is None or not case.helped:
        return False
    return (today.year - ended.year) * 12 + today.month - ended.month - (today.day < ended.day) >= months


def _senses(series: Series) -> tuple[list[Number], Number | None]:
    """How many were better, the same and worse, and those withheld together; nought is told too only of ten or more."""
    told = [sense(series.scale, before, after) for _, before, after in series.pairs]
    if len(told) < LEAST:
        return [Number(None) for _ in SENSES], None
    shown, apart, _ = numbers([told.count(word) for word in SENSES])
    return shown, apart


def _missing(asked: Number, paired: Number) -> float | None:
    """Of the printed numbers, so that it says nothing that they do not."""
    if not asked.people or paired.people is None:
        return None
    return round(100 * max(0, asked.people - paired.people) / asked.people, 1)


def interval(values: Sequence[float], step: float) -> Interval:
    """Return the mean of at least two numbers with its 95 per cent interval by the t distribution, told in steps.

    Where everybody's number is the same the interval is one step around it.
    """
    return in_steps(*mean_and_half(values), step)


def mean_and_half(values: Sequence[float]) -> tuple[Fraction, float]:
    """Return the mean and half the width of its interval, not to be printed: of differences the paired t test's."""
    mean = sum(map(Fraction, values), Fraction()) / len(values)
    low, high = (
        stats.ttest_1samp(values, 0).confidence_interval(_SURE) if len(set(values)) > 1 else (0.0, 0.0)
    )
    half = float(high - low) / 2
    return mean, half if isfinite(half) else 0.0


def _method(scale: Scale, phase: str, step: float | None) -> str:
    months = _months(phase)
    last = f"the last answer about {months} months after the end" if months else "the last answer at the end"
    told = f"One pair for each person: the first answer before or at the start of help, and {last}. "
    told += "The mean change is told with its 95% interval (paired t). "
    if step:
        told += f"Averages and their intervals are told in steps of {step:g}. "
    if scale.matters:
        return f"{told}A change of less than {scale.matters:g} points counts as the same."
    return f"{told}Any change counts: this scale has no published size of a change that matters."
