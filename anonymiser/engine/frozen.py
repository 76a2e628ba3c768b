"""Keeps a release's classes for the next ones: a delta goes out under the labels of before, or its rows wait."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from anonymiser.engine.crowds import Crowds, Groups
from anonymiser.engine.grouping import Levels
from anonymiser.engine.hierarchies import Codes, Hierarchy
from anonymiser.engine.model import Thresholds
from anonymiser.engine.recoding import SUPPRESSED, Recoding, merged, settled
from anonymiser.engine.table import Table
from anonymiser.errors import Refusal

FORMAT = "backstitch-cut-1"


@dataclass(frozen=True)
class Cut:
    """The classes that a series of releases may use.

    `classes` holds a tuple per class: a label for each of `columns`, but in an open column the level instead.
    A column is open where time brings values that no release has had yet, as the month of referral does.
    """

    columns: tuple[str, ...]
    open_columns: frozenset[str]
    classes: tuple[tuple[str | int, ...], ...]

    def to_json(self) -> str:
        """The cut as text, the same bytes for the same cut."""
        written = {
            "format": FORMAT,
            "columns": list(self.columns),
            "open": sorted(self.open_columns),
            "classes": [list(each) for each in self.classes],
        }
        text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
        return text.replace("],[", "],\n[") + "\n"


def cut_of(recoding: Recoding, open_columns: Iterable[str] = ()) -> Cut:
    """The cut of a release. Raises Refusal for an open column that the release has not."""
    names = tuple(hierarchy.name for hierarchy in recoding.hierarchies)
    opened = frozenset(open_columns)
    if strange := sorted(opened - set(names)):
        raise Refusal(*(f"Column {name} cannot be open: it is no quasi-identifier." for name in strange))
    used = np.unique(recoding.class_of[~recoding.suppressed])
    told: list[list[str | int]] = []
    for hierarchy, nodes in zip(recoding.hierarchies, recoding.nodes[used].T.tolist(), strict=True):
        words = hierarchy.level_of.tolist() if hierarchy.name in opened else hierarchy.labels
        told.append([words[node] for node in nodes])
    return Cut(names, opened, tuple(sorted(set(zip(*told, strict=True)), key=str)))


def read_cut(text: str) -> Cut:
    """Read what `to_json` wrote. Raises Refusal for anything else."""
    try:
        read = json.loads(text)
        if read["format"] != FORMAT:
            raise Refusal(f"The cut is not of the format {FORMAT}.")
        cut = Cut(
            tuple(read["columns"]), frozenset(read["open"]), tuple(tuple(each) for each in read["classes"])
        )
    except (ValueError, KeyError, TypeError):
        raise Refusal("The file is not the cut of a release.") from None
    if any(len(each) != len(cut.columns) for each in cut.classes):
        raise Refusal("A class of the cut has not as many labels as there are columns.")
    return cut


def apply_cut(cut: Cut, table: Table, thresholds: Thresholds) -> Recoding:
    """Place a delta's rows, none of which was released before, in the classes of a cut.

    Every row goes to the finest class where the delta alone makes a safe crowd: whoever knows which release a
    person is in gains nothing, and all releases together only add to a crowd. Rows without such a class are
    suppressed in the answer; they wait and belong into the next delta.
    """
    _check(cut, table.hierarchies)
    left = np.arange(len(table))
    crowds = Crowds(table, thresholds)
    class_of, nodes, classes = np.full(len(table), SUPPRESSED, np.int32), [], 0
    for levels, patterns in _by_levels(cut, table.hierarchies):
        made = _nodes(table, left, levels)
        inside = left[_matches(cut, made, patterns)]
        found, groups = np.unique(_nodes(table, inside, levels), axis=0, return_inverse=True)
        groups = groups.reshape(-1)
        safe = crowds.safe(groups, len(found), inside)
        placed = safe[groups]
        class_of[inside[placed]] = (np.cumsum(safe) - 1)[groups[placed]] + classes
        nodes.append(found[safe])
        classes += int(safe.sum())
        left = left[class_of[left] == SUPPRESSED]
    made = np.concatenate(nodes) if nodes else np.empty((0, len(cut.columns)), np.int32)
    return settled(merged(Recoding(table.hierarchies, class_of, made)), table, thresholds)


def _check(cut: Cut, hierarchies: tuple[Hierarchy, ...]) -> None:
    names = tuple(hierarchy.name for hierarchy in hierarchies)
    if names != cut.columns:
        raise Refusal("The cut has other quasi-identifiers than the delta; start a new series.")
    problems = []
    for column, hierarchy in enumerate(hierarchies):
        used = {each[column] for each in cut.classes}
        known = range(hierarchy.depth) if hierarchy.name in cut.open_columns else set(hierarchy.labels)
        problems += [
            f'Hierarchy {hierarchy.name} no longer has "{each}", which the cut uses; put it back or start a new series.'
            for each in sorted(used, key=str)
            if each not in known
        ]
    if problems:
        raise Refusal(*problems)


def _by_levels(cut: Cut, hierarchies: tuple[Hierarchy, ...]) -> list[tuple[Levels, Codes]]:
    """The classes' nodes (-1 in an open column) by their levels, the levels that lose least first."""
    # The highest node of a label, as recoders keep it: a label of two levels has the same leaves at both.
    places = [{label: node for node, label in enumerate(hierarchy.labels)} for hierarchy in hierarchies]
    found: dict[Levels, list[list[int]]] = {}
    for each in cut.classes:
        nodes = [
            -1 if isinstance(label, int) else place[label] for label, place in zip(each, places, strict=True)
        ]
        levels = tuple(
            label if isinstance(label, int) else int(hierarchy.level_of[node])
            for label, node, hierarchy in zip(each, nodes, hierarchies, strict=True)
        )
        found.setdefault(levels, []).append(nodes)
    ordered = sorted(found, key=lambda levels: (_loss(levels, hierarchies), levels))
    return [(levels, np.array(found[levels], np.int32)) for levels in ordered]


def _loss(levels: Levels, hierarchies: tuple[Hierarchy, ...]) -> float:
    columns = zip(hierarchies, levels, strict=True)
    return sum(float(hierarchy.cost_of[hierarchy.node_at[level]].mean()) for hierarchy, level in columns)


def _nodes(table: Table, rows: Groups, levels: Levels) -> Codes:
    """Row x column -> what the rows become at the levels."""
    columns = zip(table.hierarchies, table.leaves, levels, strict=True)
    return np.stack([each.node_at[level][leaves[rows]] for each, leaves, level in columns], axis=1)


def _matches(cut: Cut, nodes: Codes, patterns: Codes) -> Groups:
    """The places of the rows whose nodes are those of a pattern in all columns that are not open."""
    closed = [column for column, name in enumerate(cut.columns) if name not in cut.open_columns]
    both = np.concatenate([patterns[:, closed], nodes[:, closed]])
    key = np.zeros(len(both), np.int64)
    for column in range(len(closed)):
        _, key = np.unique(key * (int(both[:, column].max()) + 1) + both[:, column], return_inverse=True)
    known = np.zeros(len(both), np.bool_)
    known[key[: len(patterns)]] = True
    return np.flatnonzero(known[key[len(patterns) :]])
