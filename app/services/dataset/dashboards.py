"""Shapes the published numbers of a release into figures: nothing here counts anybody, or knows more than a reader."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from app.domain.errors import NotFound
from app.domain.vocabulary import NEED_WORDS, Need
from app.services.dataset.control_limits import ControlLimits, control_limits
from app.services.dataset.releases import Cell

TIMES: Final = ("month", "quarter")
FAIRNESS: Final = ("deprivation", "ethnic_group", "gender", "age_band")
_COLUMNS: Final = ("need", "area", *FAIRNESS, "source", "practice")
_MEASURES: Final = (
    *("people", "need_group", "need", "weeks_to_start", "uptake", "declines", "decline_reason", "unanswered"),
    *("outcome", "help", "end", "end_reason"),
)
_ORDERS: Final = (
    ("better", "no-change", "worse", "did-not-engage"),
    ("attended", "not attended"),
    ("completed", "ended-early"),
    ("none", "one", "two or more"),
)
_LAST: Final = (
    "other",
    "not-started",
    "not-known",
    "unknown",
    "no-practice",
    "not-measured",
    "no-provider",
    "none",
)
_OF_SHOWN, _OF_ALL = "about, of the numbers shown", "about, of all numbers"
_NEEDS: Final = frozenset(Need)  # told apart by their words, as people read them
_NUMBERS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole in per cent; of the printed numbers alone where one that belongs to the whole is withheld.

    It bounds nothing: every printed number is rounded, and may be that of an earlier release.
    """

    percent: float
    of_shown: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One group of people and the published numbers of each answer, by answer."""

    value: str
    cells: Mapping[str, Cell]

    @property
    def shown(self) -> int:
        """The people in the numbers that are printed; somebody with two answers is in two of them."""
        return sum(cell.people or 0 for cell in self.cells.values())

    @property
    def is_whole(self) -> bool:
        """Whether no number of the line is withheld."""
        return all(cell.people is not None for cell in self.cells.values())

    @property
    def withheld_at_most(self) -> int | None:
        """The most people that the withheld numbers can be together; None where no one can say."""
        withheld = [cell for cell in self.cells.values() if cell.people is None]
        is_small = all(cell.status == "small" for cell in withheld)
        return sum(cell.rule.most_of_small for cell in withheld) if is_small else None

    def share(self, answer: str) -> Share | None:
        """Return what part of the printed numbers one answer is; None where it is withheld or there is nobody."""
        cell = self.cells.get(answer)
        if cell is None or cell.people is None or not self.shown:
            return None
        return Share(100 * cell.people / self.shown, of_shown=not self.is_whole)


@dataclass(frozen=True, slots=True)
class Figure:
    """One published table: `lines` are the values of the column `by`, `answers` those of the measure."""

    table: str
    by: str
    measure: str
    answers: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def is_over_time(self) -> bool:
        """Whether the lines follow one another in time."""
        return self.by in TIMES

    @property
    def withheld(self) -> int:
        """How many of its numbers are not printed."""
        return sum(cell.people is None for line in self.lines for cell in line.cells.values())


@dataclass(frozen=True, slots=True)
class Series:
    """One answer over time: a value for each period, None where it is withheld, and what stands out."""

    answer: str
    periods: tuple[str, ...]
    values: tuple[float | None, ...]
    limits: ControlLimits


@dataclass(frozen=True, slots=True)
class Beside:
    """One group's part of everybody who was referred, beside its part of those with one answer."""

    value: str
    referred: Share | None
    answered: Share | None
    cell: Cell


def shape(cells: Iterable[Cell]) -> Mapping[str, Figure]:
    """Return every table among the cells as a figure, by the table's name, in their order."""
    tables: dict[str, list[Cell]] = {}
    for cell in cells:
        tables.setdefault(cell.table, []).append(cell)
    return {table: _figure(told) for table, told in tables.items()}


def measures(found: Mapping[str, Figure]) -> Sequence[str]:
    """Return the measures that there are tables of: the known ones in their order, then any others."""
    there = {figure.measure for figure in found.values()}
    return sorted(there, key=lambda name: (_place(name, _MEASURES), name))


def figures_of(found: Mapping[str, Figure], measure: str) -> Sequence[Figure]:
    """Return a measure's figures: by kind of person and place first, over time last; raises NotFound."""
    of_it = [figure for figure in found.values() if figure.measure == measure]
    if not of_it:
        raise NotFound("The release has no such measure.")
    known = (*_COLUMNS, *reversed(TIMES))
    return sorted(of_it, key=lambda each: (_place(each.by, known), each.by))


def over_time(figure: Figure, *, as_share: bool) -> Sequence[Series]:
    """Return a series with its limits for each answer of a figure over time: people, or per cent of the period.

    A share is told only of periods in which no number is withheld, so that no series bends because of that.
    """
    periods, most = tuple(line.value for line in figure.lines), 100.0 if as_share else inf
    found = []
    for answer in figure.answers:
        values = tuple(_value_in(line, answer, as_share) for line in figure.lines)
        found.append(Series(answer, periods, values, control_limits(values, most=most)))
    return found


def equity(figure: Figure, answer: str, everybody: Figure) -> Sequence[Beside]:
    """Return each group's part of all who were referred beside its part of those with one answer.

    `everybody` is the table by the same column that tells how many were referred in each group: see `fullest`.
    """
    if answer not in figure.answers:
        raise NotFound("The table has no such answer.")
    cells = [line.cells[answer] for line in figure.lines]
    part, part_is_whole = sum(cell.people or 0 for cell in cells), all(c.people is not None for c in cells)
    groups = {line.value: line for line in everybody.lines}
    whole, all_is_whole = sum(line.shown for line in everybody.lines), everybody.withheld == 0
    found = []
    for line, cell in zip(figure.lines, cells, strict=True):
        group = groups.get(line.value)
        referred = _part(group.shown, whole, all_is_whole) if group and group.is_whole else None
        found.append(Beside(line.value, referred, _part(cell.people, part, part_is_whole), cell))
    return found


def fullest(found: Mapping[str, Figure], by: str) -> Figure:
    """Return the table by a column that has the fewest numbers withheld; raises NotFound where there is none."""
    of_it = [figure for figure in found.values() if figure.by == by]
    if not of_it:
        raise NotFound("The release has no such table.")
    return min(of_it, key=lambda each: (each.withheld, len(each.answers), each.table))


def figure_csv(figure: Figure) -> str:
    """Return a figure's numbers as they were published, with the shares that the page shows."""
    rows = [
        (
            *(cell.table, cell.by, cell.value, cell.measure, cell.answer),
            *_number_of(cell),
            *_told(line.share(answer)),
        )
        for line in figure.lines
        for answer, cell in line.cells.items()
    ]
    head = ("table", "by", "value", "measure", "answer", "people", "status", "percent", "percent_is")
    return _csv(head, rows)


def equity_csv(parts: Mapping[str, Sequence[Beside]]) -> str:
    """Return what a page of equity shows: by each column, each group's part of all and of those with the answer."""
    rows = [
        (
            by,
            each.value,
            *_told(each.referred),
            each.cell.answer,
            *_number_of(each.cell),
            *_told(each.answered),
        )
        for by, groups in parts.items()
        for each in groups
    ]
    referred = ("percent_of_referred", "percent_of_referred_is")
    answered = ("answer", "people", "status", "percent_of_answer", "percent_of_answer_is")
    return _csv(("by", "value", *referred, *answered), rows)


def _figure(cells: Sequence[Cell]) -> Figure:
    first = cells[0]
    answers = _ordered({cell.answer for cell in cells})
    by_value: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        by_value.setdefault(cell.value, {})[cell.answer] = cell
    lines = tuple(
        Line(value, {answer: by_value[value][answer] for answer in answers if answer in by_value[value]})
        for value in _ordered(by_value)
    )
    return Figure(first.table, first.by, first.measure, answers, lines)


def _ordered(values: Iterable[str]) -> tuple[str, ...]:
    """Return values in an order that says nothing of merit: an agreed one, else by number and letter, gaps last."""
    there = set(values)
    agreed = next((order for order in _ORDERS if order[0] in there and order[1] in there), ())
    return tuple(sorted(there, key=lambda value: _sort_key(value, agreed)))


def _sort_key(value: str, agreed: tuple[str, ...]) -> tuple[int, list[tuple[int, int, str]]]:
    if value in agreed:
        return agreed.index(value) - len(agreed), []
    words = NEED_WORDS[Need(value)] if value in _NEEDS else value
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBERS.split(words) if part]
    return _LAST.index(value) + 1 if value in _LAST else 0, parts


def _value_in(line: Line, answer: str, as_share: bool) -> float | None:
    cell = line.cells.get(answer)
    if cell is None or cell.people is None:
        return None
    if not as_share:
        return float(cell.people)
    share = line.share(answer)
    return share.percent if share and line.is_whole else None


def _part(people: int | None, everybody: int, is_whole: bool) -> Share | None:
    if people is None or not everybody:
        return None
    return Share(100 * people / everybody, of_shown=not is_whole)


def _place(name: str, known: Sequence[str]) -> int:
    return known.index(name) if name in known else len(known)


def _number_of(cell: Cell) -> tuple[int | str, str]:
    return "" if cell.people is None else cell.people, cell.status


def _told(share: Share | None) -> tuple[str, str]:
    return ("", "") if share is None else (f"{share.percent:.1f}", _OF_SHOWN if share.of_shown else _OF_ALL)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
