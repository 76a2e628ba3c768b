"""Withholds the noughts that would tell of the few beside them: of a line of few people, and of an answer of few."""

from collections.abc import Sequence
from typing import Final

from anonymiser.tables.ledger import Cell, Entry
from anonymiser.tables.overlaps import Labels
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import Rule
from anonymiser.tables.updates import last_true

FEWEST_OF_AN_ANSWER: Final = 10
"""Of an answer whose printed numbers add up to fewer people, over all lines, nothing is told."""


def with_fit_noughts(
    cells: Sequence[Cell], query: Query, rule: Rule, before: Sequence[Entry], shows: Sequence[bool]
) -> list[Cell]:
    """The cells of a table with the noughts that tell of nobody, and without the others.

    Nothing is told of an answer that is told of fewer than ten people in all, and no nought of one of which a single
    line is told to be small: who knows that one person gave it would read off each table where that person stands.
    Which answers these are follows from what the other cells print, and those move by ten people or more, each by
    itself: were they added up, one person whom no number shows would bring a nought or take it away. So a nought that
    was withheld with its line comes back as soon as a number of the line is told, and one that was withheld with its
    answer when a number of the answer is told that is greater than all before. `shows` says of each cell whether
    today's people let it be told in a line that is told. A rule that is kept to the letter has all its noughts.
    """
    if not rule.line or not query.across:
        return list(cells)
    width = len(query.rows)
    true = last_true(before)
    seen = [true.get(cell.labels, Cell((), 0, 0.0)) if cell.held_back else cell for cell in cells]
    few, alone = _few(cells, width), _alone(cells, seen, width, rule)
    closed = few | alone | _still_closed(cells, before, width)
    found = []
    for cell, was, may in zip(cells, seen, shows, strict=True):
        line, answer = cell.labels[:width], cell.labels[width:]
        is_nought = cell.printed == 0 or (cell.printed is None and not was.people)
        if (answer in closed and is_nought) or (answer in few and None not in line):
            # What is held back in truth stays so: of it the reason is that which there was.
            cell = cell._replace(printed=None, held_back=cell.held_back and was.people > 0)
        elif may and cell.held_back and cell.printed is None and is_nought and not cell.people:
            cell = cell._replace(printed=0.0, held_back=False) if None not in cell.labels else cell
        found.append(cell)
    return without_bare_lines(found, query, rule)


def without_bare_lines(cells: Sequence[Cell], query: Query, rule: Rule) -> list[Cell]:
    """Nothing of a line of which no number above nought is printed."""
    if not rule.line or not query.across:
        return list(cells)
    width = len(query.rows)
    bare = _bare(cells, width)
    return [
        cell._replace(printed=None, held_back=False)
        if cell.printed is not None and None not in cell.labels and cell.labels[:width] in bare
        else cell
        for cell in cells
    ]


def _few(cells: Sequence[Cell], width: int) -> set[Labels]:
    """The answers that are told of fewer than ten people in all."""
    told = _summed(cells, slice(width, None), [cell.printed or 0.0 for cell in cells])
    return {answer for answer, people in told.items() if people < FEWEST_OF_AN_ANSWER}


def _alone(cells: Sequence[Cell], seen: Sequence[Cell], width: int, rule: Rule) -> set[Labels]:
    """The answers of which just one line is told to be small, but for the lines of which nothing is told."""
    bare = _bare(cells, width)
    is_small = [
        float(cell.printed is None and 0 < was.people < rule.smallest and cell.labels[:width] not in bare)
        for cell, was in zip(cells, seen, strict=True)
    ]
    return {answer for answer, lines in _summed(cells, slice(width, None), is_small).items() if lines == 1}


def _still_closed(cells: Sequence[Cell], before: Sequence[Entry], width: int) -> set[Labels]:
    """The answers whose noughts were withheld when they were last told, and of which no number is greater since."""
    if not before:
        return set()
    last = before[-1].cells
    bare = _bare(last, width)
    hidden = {
        cell.labels[width:]
        for cell in last
        if cell.printed is None
        and not cell.people
        and not cell.held_back
        and None not in cell.labels
        and cell.labels[:width] not in bare
    }
    most: dict[Labels, float] = {}
    for entry in before:
        for cell in entry.cells:
            most[cell.labels] = max(most.get(cell.labels, 0.0), cell.printed or 0.0)
    grown = {cell.labels[width:] for cell in cells if (cell.printed or 0.0) > most.get(cell.labels, 0.0)}
    return (hidden | _few(last, width)) - grown


def _bare(cells: Sequence[Cell], width: int) -> set[Labels]:
    told = _summed(cells, slice(width), [cell.printed or 0.0 for cell in cells])
    return {line for line, people in told.items() if not people}


def _summed(cells: Sequence[Cell], part: slice, numbers: Sequence[float]) -> dict[Labels, float]:
    """A number of each cell, added up by line or by answer; totals are no cells."""
    summed: dict[Labels, float] = {}
    for cell, number in zip(cells, numbers, strict=True):
        if None not in cell.labels:
            summed[cell.labels[part]] = summed.get(cell.labels[part], 0.0) + number
    return summed
