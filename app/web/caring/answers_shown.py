"""Answers as they are shown beside a referral: a line for each question, a column for each time it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.measures import Library
from app.domain.outcomes import SKIP_REASONS, Phase, Taken
from app.domain.said_in_answers import named_by_them, said_in
from app.domain.standing import replaced, standing
from app.web.caring.follow_up_words import after
from app.web.frame.words import day

Time = tuple[Phase, int | None]
_ORDER = (Phase.BEFORE, Phase.AFTER, Phase.FOLLOW_UP)
_WORDS = {Phase.BEFORE: "Start", Phase.AFTER: "End"}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One question or total with its scale; `values` in the order of the columns, "–" where nobody answered."""

    words: str
    scale: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaidLine:
    """What the person said to one question in their own words, when, and of which time."""

    question: str
    time: str
    on: date
    words: str


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """All answers of one referral; `left_out` says in sentences what was left out, and why; `said` is never counted."""

    columns: tuple[str, ...]
    lines: tuple[AnswerLine, ...]
    left_out: tuple[str, ...]
    said: tuple[SaidLine, ...] = ()
    earlier: tuple[str, ...] = ()  # what was said before it was changed or taken back: kept, and not counted


def answer_table(measures: Sequence[Taken], library: Library, *, for_practice: bool = False) -> AnswerTable:
    """Return what was answered when, as it stands now; of several doors' the first start and the last of all others.

    `for_practice`: only what a follow-up answered, because start and end are told already.
    """
    told = [each for each in standing(measures) if not each.skipped]
    if for_practice and not any(each.phase is Phase.FOLLOW_UP for each in told):
        return AnswerTable((), (), ())
    times = sorted({_time(each) for each in told}, key=lambda time: (_ORDER.index(time[0]), time[1] or 0))
    found: dict[tuple[str, str], dict[Time, str]] = {}
    named: dict[tuple[str, str], tuple[str, str]] = {}
    for taken in told:
        for code, value in library.scores(taken).items():
            line = found.setdefault((taken.measure, code), {})
            named[taken.measure, code] = _named(library, taken, code)
            if taken.phase is not Phase.BEFORE or _time(taken) not in line:
                line[_time(taken)] = f"{value:g}"
    if for_practice:
        found = {key: line for key, line in found.items() if any(time[0] is Phase.FOLLOW_UP for time in line)}
    by_them = {} if for_practice else named_by_them(library, measures)
    lines = tuple(
        AnswerLine(
            by_them.get(key, named[key][0]), named[key][1], tuple(line.get(time, "–") for time in times)
        )
        for key, line in found.items()
    )
    left_out = tuple(_left_out(standing(measures), library))
    if for_practice:
        return AnswerTable(tuple(map(_column, times)), lines, left_out)
    earlier = tuple(_earlier(measures, library, by_them))
    return AnswerTable(tuple(map(_column, times)), lines, left_out, _said(measures, library), earlier)


def _said(measures: Sequence[Taken], library: Library) -> tuple[SaidLine, ...]:
    return tuple(
        SaidLine(each.question, _column((each.phase, each.months)), each.on, each.words)
        for each in said_in(library, measures)
    )


def _named(library: Library, taken: Taken, code: str) -> tuple[str, str]:
    measure = library.find(taken.measure, taken.version)
    scale = measure.scale(code) if measure else ""
    return library.display(taken.measure, code, taken.version), scale


def _left_out(measures: Iterable[Taken], library: Library) -> Iterable[str]:
    for taken in measures:
        if taken.skipped:
            measure = library.find(taken.measure, taken.version)
            reason = SKIP_REASONS.get(taken.skipped, "another reason")
            name = measure.name if measure else taken.measure
            yield f"{name}, {_column(_time(taken)).lower()}: left out. {reason}."


def _earlier(
    measures: Sequence[Taken], library: Library, by_them: Mapping[tuple[str, str], str]
) -> Iterable[str]:
    """What no longer stands, in sentences: the team can see that something was changed, and what it was."""
    for taken in replaced(measures):
        told = library.scores(taken)
        if not told:
            continue
        measure = library.find(taken.measure, taken.version)
        name = measure.name if measure else taken.measure
        lines = (
            f"{by_them.get((taken.measure, code)) or _named(library, taken, code)[0]} {value:g}"
            for code, value in told.items()
        )
        yield f"{name}, {_column(_time(taken)).lower()}: {'; '.join(lines)}. Told of {day(taken.taken_on)}."


def _time(taken: Taken) -> Time:
    return taken.phase, taken.months


def _column(time: Time) -> str:
    return _WORDS.get(time[0]) or after(time[1] or 0)
