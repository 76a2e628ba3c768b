"""The table that leaves the house: people by need and area, small numbers hidden, and no total that gives one away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.unmet_need import FEWEST, STEP, AreaKind, Unmet

ALL = ""  # the name of the line and of the column of totals
Cell = tuple[str, str]  # need, area


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers of people by need and area, each rounded, None where it is hidden; ALL names the totals."""

    needs: Sequence[str]
    areas: Sequence[str]
    cells: Mapping[Cell, int | None]
    reasons: Mapping[str, int | None]  # by reason, of all needs and areas together

    @property
    def is_empty(self) -> bool:
        """True when nothing can be told at all."""
        return not any(self.cells.values())


def table(found: Sequence[Unmet]) -> Table:
    """Return the table of what was found; a person counts once in each cell and once in each total.

    A number under FEWEST is hidden, none at all included. In a line or column with a total, the hidden numbers
    together stand for FEWEST people at least and are never one alone: else one more is hidden, where it costs least.
    What is told is rounded to STEP.
    """
    true = _count(found)
    needs = sorted({need for need, _ in true if need != ALL})
    areas = sorted({area for _, area in true if area != ALL})
    hidden = {cell for cell, people in true.items() if people < FEWEST}
    hidden |= {cell for line in _lines(needs, areas) for cell in line if true.get(cell, 0) < FEWEST}
    while any(_hide_more(line, true, hidden) for line in _lines(needs, areas)):
        pass
    cells = {
        (need, area): None if (need, area) in hidden else rounded(true.get((need, area), 0))
        for need in (*needs, ALL)
        for area in (*areas, ALL)
    }
    return Table(needs, areas, cells, _reasons(found))


def rounded(people: int) -> int:
    """Return a number of people to the nearest STEP."""
    return STEP * ((2 * people + STEP) // (2 * STEP))


def _count(found: Iterable[Unmet]) -> dict[Cell, int]:
    people: dict[Cell, set[UUID]] = defaultdict(set)
    for each in found:
        area = each.area(AreaKind.NEIGHBOURHOOD)
        for cell in ((each.need, area), (each.need, ALL), (ALL, area), (ALL, ALL)):
            people[cell].add(each.person_id)
    return {cell: len(who) for cell, who in people.items()}


def _lines(needs: Sequence[str], areas: Sequence[str]) -> list[list[Cell]]:
    """Every set of numbers that has a total beside it, the total left out: lines, columns, and the totals' own."""
    along = [[(need, area) for area in areas] for need in (*needs, ALL)]
    return along + [[(need, area) for need in needs] for area in (*areas, ALL)]


def _hide_more(line: Sequence[Cell], true: Mapping[Cell, int], hidden: set[Cell]) -> bool:
    """Hide one more number of a line that would give a hidden one away; True when it did."""
    inside = [cell for cell in line if cell in hidden]
    shown = [cell for cell in line if cell not in hidden]
    if not inside or not shown:
        return False
    if len(inside) > 1 and sum(true.get(cell, 0) for cell in inside) >= FEWEST:
        return False
    beside = hidden.difference(line)
    hidden.add(min(shown, key=lambda cell: (not _is_crossed(cell, beside), true.get(cell, 0), cell)))
    return True


def _is_crossed(cell: Cell, hidden: set[Cell]) -> bool:
    """True when the other line through a cell hides something already: hiding it there too costs no third number."""
    return any(cell[0] == need or cell[1] == area for need, area in hidden)


def _reasons(found: Iterable[Unmet]) -> dict[str, int | None]:
    """The reasons are a column beside the total of all people, so they are guarded as one."""
    people: dict[Cell, set[UUID]] = defaultdict(set)
    for each in found:
        people[each.why, ALL].add(each.person_id)
    true = {cell: len(who) for cell, who in sorted(people.items())}
    hidden = {cell for cell, count in true.items() if count < FEWEST}
    while _hide_more(list(true), true, hidden):
        pass
    return {cell[0]: None if cell in hidden else rounded(count) for cell, count in true.items()}
