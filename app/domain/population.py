"""The people who live in an area, in groups: what an organisation's reach is set beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.areas import DISTRICT, read_area
from app.domain.errors import FieldProblem, Invalid

COLUMNS: Final = ("area", "kind", "group", "people")
EVERYBODY: Final = "everybody"
_MOST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Group:
    """So many people of a group of one kind ("age", "65-74") live in an area; kind and group "everybody": all of it."""

    area: str  # a typed code of app.domain.areas
    kind: str
    group: str
    people: int


def read_groups(lines: Sequence[Sequence[str]]) -> tuple[Group, ...]:
    """Return the groups of a file's lines after its heading; raises Invalid with every problem and its line."""
    found: dict[tuple[str, str, str], Group] = {}
    problems: list[FieldProblem] = []
    for place, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            one = _read(cells)
        except Invalid as fault:
            problems += [FieldProblem(f"line {place}", each.sentence) for each in fault.problems]
            continue
        if (one.area, one.kind, one.group) in found:
            problems.append(FieldProblem(f"line {place}", "This group of this area stands here twice."))
        found[(one.area, one.kind, one.group)] = one
    problems += _mixed(tuple(found.values()))
    if problems:
        raise Invalid(problems)
    return tuple(found.values())


def _read(cells: Sequence[str]) -> Group:
    if len(cells) != len(COLUMNS):
        raise Invalid([FieldProblem("", f"A line has four cells: {', '.join(COLUMNS)}.")])
    area, kind, group, people = (cell.strip() for cell in cells)
    problems: list[FieldProblem] = []
    try:
        area = read_area(area)
    except Invalid as fault:
        problems += fault.problems
    if not kind or not group:
        problems.append(FieldProblem("", 'Give a kind and a group, such as "age" and "65-74".'))
    digits = people.replace(",", "")
    if not digits.isascii() or not digits.isdigit() or int(digits) > _MOST:
        problems.append(FieldProblem("", "Give the people as a whole number."))
    if problems:
        raise Invalid(problems)
    return Group(area, kind, EVERYBODY if kind == EVERYBODY else group, int(digits))


def _mixed(groups: Sequence[Group]) -> list[FieldProblem]:
    """Areas of two sorts lie in one another: their people would be counted twice."""
    sorts: dict[str, set[str]] = defaultdict(set)
    for one in groups:
        sorts[one.kind].add(one.area.partition(":")[0] if ":" in one.area else DISTRICT)
    return [
        FieldProblem(kind, f"The areas of one kind must be of one sort; here are: {', '.join(sorted(told))}.")
        for kind, told in sorted(sorts.items())
        if len(told) > 1
    ]
