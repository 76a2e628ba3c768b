"""The figures of an evaluation: what each counts, by which codes, and what of it may be printed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.domain.pack import APART, APART_WORDS, Figure, Line, Number
from app.domain.pack_words import share
from app.domain.small_numbers import LEAST, number, numbers, several_numbers
from app.services.evaluation.pack_cases import Case, Gathered, by_code


class Sight(StrEnum):
    """Of whom an organisation may be told that they stand behind a line."""

    NOBODY = "nobody"  # it is not told this of single people
    HELPED = "helped"  # of those whom it helps or helped
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Spec:
    """One figure: `of` are the people counted, `codes` the lines that one of them is counted in.

    `several`: a person may be in several lines. `missing`: the line of those who gave no answer. `within`: the lines
    of another figure that its people are; where one is withheld, this figure is too. `adds`: lines of another figure
    whose people are this one's. `is_own`: its people are counted nowhere else, neither on the cover nor in a line.
    `folds`: small groups become one line. `population`: the kind of group that it is set beside.
    """

    key: str
    section: str
    title: str
    definition: str
    words: Mapping[str, str]
    codes: Callable[[Case], Collection[str]]
    of: Sequence[Case]
    sight: Sight = Sight.NOBODY
    several: bool = False
    missing: str | None = None
    within: tuple[str, str] | None = None
    adds: tuple[str, tuple[str, ...]] | None = None
    is_own: bool = False
    folds: str | None = None
    drops_nobody: bool = False  # lines of nobody are left out, where there may be very many
    population: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


SEVERAL: Final = "Somebody can be in several lines, so they add up to more than the people."
_WITHHELD: Final = "Withheld: 1 to 9 people, or a group that would give such a number away."
_APART: Final = "Their people stand in one line together, so the last line and every share count everybody."
_ROUNDED: Final = (
    "Each number is rounded to 5 by itself: the lines add up to %(lines)s, and everybody is %(whole)s. Shares are of "
    "the lines."
)
_FOLDED: Final = "Groups of fewer than 10 people are counted together in the last line."


def figure(spec: Spec, printed: Mapping[str, Figure]) -> Figure:
    """Return a figure as it may be printed; `printed` are those before it."""
    found = by_code((case, spec.codes(case)) for case in spec.of)
    counts = {code: len(found.get(code, ())) for code in spec.words}
    folded = spec.folds is not None and _fold(counts, spec.folds)
    told = {code: count for code, count in counts.items() if count or not spec.drops_nobody}
    hidden = spec.within is not None and _is_withheld(printed, *spec.within)
    shown, apart, total = _numbers(spec, list(told.values()), hidden=hidden)
    beside = _beside(spec, told)
    lines = [
        Line(code, spec.words[code], one, beside.get(code)) for code, one in zip(told, shown, strict=True)
    ]
    lines += [Line(APART, APART_WORDS, apart)] if apart else []
    whole = total if spec.several else _whole(spec, printed, total)
    notes = [*spec.notes, *([SEVERAL] if spec.several else []), *([_FOLDED] if folded else [])]
    if any(one.people is None for one in shown):
        notes.append(f"{_WITHHELD} {_APART}" if apart else _WITHHELD)
    else:
        notes += _answered(spec, lines)
    if whole != total:
        notes.append(_ROUNDED % {"lines": f"{total.people:,}", "whole": whole.words})
    return Figure(
        spec.key,
        spec.section,
        spec.title,
        spec.definition,
        tuple(lines),
        whole,
        tuple(notes),
        can_list=spec.sight is not Sight.NOBODY,
    )


def _whole(spec: Spec, printed: Mapping[str, Figure], lines: Number) -> Number:
    """Return all of a figure's people as the same people are told elsewhere: one population has one number.

    That of the cover, or of the line it is made of, is their count rounded once, which a reader knows already; people
    of several lines are the sum of those. People who are counted nowhere else (`is_own`, or where one of the several
    is withheld) are what the figure's own lines add up to, so that nothing is told that the lines do not tell.
    """
    if lines.people is None or spec.is_own:
        return lines
    if spec.adds is None:
        return number(len(spec.of))
    key, codes = spec.adds
    parts = [line.number.people for line in printed[key].lines if line.code in codes]
    told = [part for part in parts if part is not None]
    return Number(sum(told)) if told and len(told) == len(parts) else lines


def _answered(spec: Spec, lines: Sequence[Line]) -> list[str]:
    """Of the printed numbers, so that it says nothing that they do not."""
    silent = next((line.number for line in lines if line.code == spec.missing), None)
    if silent is None:
        return []
    people = sum(line.number.people or 0 for line in lines if line.code != spec.missing)
    return [f"{people:,} people answered; {share(silent)} gave no answer."]


def _numbers(
    spec: Spec, counts: Sequence[int], *, hidden: bool
) -> tuple[Sequence[Number], Number | None, Number]:
    if spec.several:
        shown, total = several_numbers(counts, len(spec.of), hidden=hidden)
        return shown, None, total
    return numbers(counts, hidden=hidden)


def _fold(counts: dict[str, int], into: str) -> bool:
    """Put groups of fewer than ten into one; return whether there were any."""
    small = [code for code, count in counts.items() if 0 < count < LEAST and code != into]
    for code in small:
        counts[into] = counts.get(into, 0) + counts.pop(code)
    return bool(small)


def folded_codes(spec: Spec, line: str) -> Collection[str]:
    """Return the codes that stand in a line: its own, or for the line of small groups all of theirs."""
    if line != spec.folds:
        return (line,)
    found = by_code((case, spec.codes(case)) for case in spec.of)
    return {line, *(code for code, cases in found.items() if len(cases) < LEAST)}


def _is_withheld(printed: Mapping[str, Figure], key: str, code: str) -> bool:
    parent = printed.get(key)
    return parent is not None and any(
        line.code == code and line.number.people is None for line in parent.lines
    )


def _beside(spec: Spec, told: Mapping[str, int]) -> dict[str, float]:
    whole = sum(spec.population.values())
    if not whole:
        return {}
    return {code: round(100 * spec.population[code] / whole, 1) for code in told if code in spec.population}


def figures_of(gathered: Gathered, specs: Callable[[Gathered], Sequence[Spec]]) -> tuple[Figure, ...]:
    """Return every figure of what was gathered, in their order."""
    printed: dict[str, Figure] = {}
    for spec in specs(gathered):
        printed[spec.key] = figure(spec, printed)
    return tuple(printed.values())
