"""Hierarchies of values, checked to be trees: a label that straddles two others would tell what they hide."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anonymiser.errors import SetUpRefusal

ANY = "*"
SHOWN_PROBLEMS = 20

Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The values that one column may be released with.

    `rows` holds a tuple per leaf: its value at level 0 (the leaf itself), 1, ... and "*" at the last level. The
    leaves stand in such an order that those under one value are neighbours. `weight` says how much an analyst misses
    this column's detail beside the others'. Make one with `define` or `read`.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    weight: float = 1.0

    @property
    def depth(self) -> int:
        """How many levels there are, the leaves' and that of "*" included."""
        return len(self.rows[0])

    @property
    def leaves(self) -> tuple[str, ...]:
        """The exact values; a row's code is its value's place in here."""
        return tuple(row[0] for row in self.rows)

    @cached_property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Level -> its values, in the order of the leaves."""
        return tuple(tuple(dict.fromkeys(row[level] for row in self.rows)) for level in range(self.depth))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Node -> its value. Nodes are the values of all levels, numbered from the first leaf up to "*"."""
        return tuple(value for values in self.levels for value in values)

    @cached_property
    def node_at(self) -> Codes:
        """Level x leaf -> the node that the leaf becomes there."""
        nodes, first = np.empty((self.depth, len(self.rows)), np.int32), 0
        for level, values in enumerate(self.levels):
            places = {value: first + place for place, value in enumerate(values)}
            nodes[level] = [places[row[level]] for row in self.rows]
            first += len(values)
        return nodes

    @cached_property
    def level_of(self) -> Codes:
        """Node -> its level."""
        return np.repeat(np.arange(self.depth, dtype=np.int32), [len(values) for values in self.levels])

    @cached_property
    def loss_of(self) -> NDArray[np.float64]:
        """Node -> normalised certainty penalty: 0 for a leaf, 1 for "*", else (n - 1) / (all - 1).

        n is the number of leaves under the node (Xu et al., KDD 2006, for categories), as ARX counts it.
        """
        leaves = np.bincount(self.node_at.ravel(), minlength=len(self.labels))
        return (leaves - 1) / max(len(self.rows) - 1, 1)

    @cached_property
    def cost_of(self) -> NDArray[np.float64]:
        """Node -> its loss times the weight: what recoders save on."""
        return self.loss_of * self.weight

    @cached_property
    def first_child_of(self) -> Codes:
        """Node -> the first of its children, which are neighbours; a leaf is its own."""
        first = np.arange(len(self.labels), dtype=np.int32)
        for level in range(1, self.depth):
            np.minimum.at(first, self.node_at[level], self.node_at[level - 1])
        return first

    @cached_property
    def children_of(self) -> Codes:
        """Node -> how many children it has; a leaf has none."""
        counts = np.zeros(len(self.labels), np.int32)
        for level in range(1, self.depth):
            ranks = self.node_at[level - 1] - self.first_child_of[self.node_at[level]]
            np.maximum.at(counts, self.node_at[level], ranks + 1)
        return counts


def define(name: str, rows: Iterable[Sequence[str]], weight: float = 1.0) -> Hierarchy:
    """Make a hierarchy of a row per leaf, finest value first. Raises SetUpRefusal with all that is wrong."""
    listed = [tuple(value.strip() for value in row) for row in rows]
    problems = _shape_problems(listed) or [*_leaf_problems(listed), *_nesting_problems(listed)]
    if not 0 < weight < float("inf"):
        problems.append("its weight has to be a number above 0.")
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        shown = [f"Hierarchy {name}: {problem}" for problem in problems[:SHOWN_PROBLEMS]]
        raise SetUpRefusal(*shown, *([f"Hierarchy {name}: {more} more like these."] if more > 0 else []))
    return Hierarchy(name, _neighbours_together(listed), weight)


def total_weight(hierarchies: Iterable[Hierarchy]) -> float:
    """The weight of some columns together, by which sums of costs are made means."""
    return sum(hierarchy.weight for hierarchy in hierarchies)


def read(path: Path, name: str) -> Hierarchy:
    """Read a hierarchy from a file of values separated by semicolons (or commas), a line per leaf, no heading."""
    text = path.read_text(encoding="utf-8-sig")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    return define(name, [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if row])


def _shape_problems(rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return ["it has no leaves."]
    depth = len(rows[0])
    problems = [] if depth > 1 else ['it needs two levels at least: the exact values and "*".']
    for line, row in enumerate(rows, start=1):
        if len(row) != depth:
            problems.append(f"line {line} has {len(row)} levels where line 1 has {depth}.")
        elif row[-1] != ANY:
            problems.append(f'line {line} ends in "{row[-1]}"; the last level has to be "{ANY}".')
        if "" in row:
            problems.append(f"line {line} has no value at level {row.index('')}.")
    return problems


def _leaf_problems(rows: list[tuple[str, ...]]) -> list[str]:
    leaves = [row[0] for row in rows]
    twice = (
        sorted({leaf for leaf in leaves if leaves.count(leaf) > 1}) if len(set(leaves)) < len(rows) else []
    )
    return [f'the exact value "{leaf}" is listed more than once.' for leaf in twice]


def _nesting_problems(rows: list[tuple[str, ...]]) -> list[str]:
    problems = []
    under: dict[str, tuple[int, frozenset[str]]] = {}
    for level in range(len(rows[0])):
        members: dict[str, dict[str, str]] = {}
        for row in rows:
            above = row[min(level + 1, len(row) - 1)]
            members.setdefault(row[level], {}).setdefault(above, row[0])
        for value, parents in members.items():
            if len(parents) > 1:
                straddled = " and ".join(f'"{parent}" (as for {leaf})' for parent, leaf in parents.items())
                problems.append(
                    f'"{value}" at level {level} straddles {straddled} at level {level + 1}; '
                    "split it, so that every value lies under one only."
                )
        problems += _ambiguous(rows, level, under)
    return problems


def _ambiguous(
    rows: list[tuple[str, ...]], level: int, under: dict[str, tuple[int, frozenset[str]]]
) -> list[str]:
    """Labels are read without their level: one word may not stand for different leaves at two levels."""
    leaves: dict[str, set[str]] = {}
    for row in rows:
        leaves.setdefault(row[level], set()).add(row[0])
    problems = []
    for value, found in leaves.items():
        lower, meant = under.setdefault(value, (level, frozenset(found)))
        if meant != found:
            problems.append(f'"{value}" means one thing at level {lower} and another at level {level}.')
    return problems


def _neighbours_together(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The rows in the order of a walk down the tree, which keeps the file's order among siblings."""
    order: list[dict[str, int]] = [{} for _ in rows[0]]
    for row in rows:
        for level, value in enumerate(row):
            order[level].setdefault(value, len(order[level]))
    return tuple(
        sorted(rows, key=lambda row: [order[level][row[level]] for level in reversed(range(len(row)))])
    )
