"""How far a told mean can be off: the step of each line, and from which step on a mean is worth telling."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count

import numpy as np

from anonymiser.tables.answering import fewest_in_a_mean, step
from anonymiser.tables.ledger import Cell
from anonymiser.tables.overlaps import Labels
from anonymiser.tables.rules import Rule
from anonymiser.tables.updates import FEWEST_CHANGED


def step_of(people: int, rule: Rule, widest: float) -> float:
    """The step in which the mean of so many people is told: that of the fewest that its rounded count leaves open."""
    least, _ = rule.bounds(np.array([people], np.int64))
    return step(int(least[0]), widest)


def steps_told(releases: Iterable[Sequence[Cell]], of: Callable[[int], float]) -> dict[Labels, float]:
    """The step beside each printed mean of the newest of these answers to one question, given oldest first.

    A step is seen, so a few people do not change it: it stays until its people differ by ten from those behind every
    earlier step that is another. What was held back says nothing of its own people.
    """
    behind: dict[Labels, list[int]] = {}
    for cells in releases:
        for cell in cells:
            if cell.printed is None or cell.held_back:
                continue
            seen = behind.setdefault(cell.labels, [])
            if all(of(cell.people) == of(each) or abs(cell.people - each) >= FEWEST_CHANGED for each in seen):
                seen.append(cell.people)
    return {labels: of(seen[-1]) for labels, seen in behind.items()}


def fewest_told(rule: Rule, widest: float, coarsest: float) -> int:
    """The fewest people of whom a mean is told: enough for the rule, and for a step that is no wider than `coarsest`.

    `coarsest` is 0.1, the finest step that there is, or more.
    """
    least = fewest_in_a_mean(rule)
    return next(people for people in count(least) if step_of(people, rule, widest) <= coarsest)
