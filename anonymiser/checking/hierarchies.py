"""Reads the published hierarchies by itself, so that the checker knows without the engine which labels there may be."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anonymiser.errors import Refusal

ANY = "*"


@dataclass(frozen=True)
class Hierarchy:
    """One column's tree: its exact values, and for every label at any level the exact values that it covers."""

    column: str
    leaves: tuple[str, ...]
    covers: Mapping[str, frozenset[str]]
    above: Mapping[str, tuple[str, ...]]
    """Exact value -> every label that covers it, finest first; the exact value itself is among them."""

    def loss(self, label: str) -> float:
        """How much a label leaves open: the other exact values it may stand for, as a part of all others there are.

        0 for an exact value, 1 for "*" and for an unknown label. This is the normalised certainty penalty by which
        ARX compares releases.
        """
        others = len(self.leaves) - 1
        return (len(self.covers.get(label, self.leaves)) - 1) / others if others else 0.0


def read_hierarchy(path: Path, column: str) -> Hierarchy:
    """Read a CSV without heading, one exact value a line with its label at each level, by comma or semicolon."""
    text = path.read_text(encoding="utf-8")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    return hierarchy(column, csv.reader(text.splitlines(), delimiter=separator))


def hierarchy(column: str, lines: Iterable[Sequence[str]]) -> Hierarchy:
    """Make a hierarchy of lines (exact value, its label at each level up to "*").

    Raises Refusal where it is no tree: a value twice, lines of different length, no "*" at the top, a label under
    two others, or one word that means two things.
    """
    table = [tuple(line) for line in lines if line]
    problems = _shape_problems(column, table) or _tree_problems(column, table)
    if problems:
        raise Refusal(*problems)
    members: dict[str, set[str]] = {}
    for line in table:
        for label in line:
            members.setdefault(label, set()).add(line[0])
    return Hierarchy(
        column=column,
        leaves=tuple(line[0] for line in table),
        covers={label: frozenset(covered) for label, covered in members.items()},
        above={line[0]: tuple(dict.fromkeys(line)) for line in table},
    )


def _shape_problems(column: str, table: list[tuple[str, ...]]) -> list[str]:
    if not table:
        return [f"{column}: the hierarchy is empty."]
    problems = []
    if len({len(line) for line in table}) > 1:
        problems.append(f"{column}: the lines of the hierarchy are not all of one length.")
    if any(line[-1] != ANY for line in table):
        problems.append(f"{column}: the last level of the hierarchy is not * on every line.")
    if len({line[0] for line in table}) < len(table):
        problems.append(f"{column}: an exact value stands twice in the hierarchy.")
    return problems


def _tree_problems(column: str, table: list[tuple[str, ...]]) -> list[str]:
    problems = []
    covered: dict[str, frozenset[str]] = {}
    for level in range(len(table[0])):
        here: dict[str, set[str]] = {}
        for line in table:
            here.setdefault(line[level], set()).add(line[0])
        for label, leaves in here.items():
            if covered.setdefault(label, frozenset(leaves)) != leaves:
                problems.append(f"{column}: {label} means two things, at level {level} another than below.")
        if level + 1 < len(table[0]):
            parents = {(line[level], line[level + 1]) for line in table}
            torn = sorted({label for label in here if sum(child == label for child, _ in parents) > 1})
            problems += [
                f"{column}: {label} at level {level} lies under more than one label of the next."
                for label in torn
            ]
    return problems
