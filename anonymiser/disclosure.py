"""Decides at which level of detail each row may go out, so that nobody stands in a crowd that is too small."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from anonymiser.generalise import Record, coarsen
from anonymiser.policy import LADDER, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, QUASI_IDENTIFIERS


@dataclass(frozen=True)
class Subject:
    """One referral before recoding: the token of the person it is about, and the checked record."""

    person: str
    record: Record


@dataclass(frozen=True)
class Placement:
    """Where a row comes out: the level (1 is the finest) and one label per quasi-identifier."""

    level: int
    labels: tuple[str, ...]


def place(subjects: Sequence[Subject]) -> list[Placement | None]:
    """Give each subject its placement, in the same order; None means that the row is suppressed.

    A partition: rows whose class is large and varied enough leave at that level and take no further part;
    the others are recoded together at the next. So each row is released once, at one level.
    """
    placements: list[Placement | None] = [None] * len(subjects)
    left = list(range(len(subjects)))
    for level, grains in enumerate(LADDER, start=1):
        classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for position in left:
            classes[_labels(subjects[position].record, grains)].append(position)
        left = []
        for labels, positions in classes.items():
            if _is_safe([subjects[position] for position in positions]):
                for position in positions:
                    placements[position] = Placement(level, labels)
            else:
                left += positions
    return placements


def _labels(record: Record, grains: tuple[str, ...]) -> tuple[str, ...]:
    columns = zip(QUASI_IDENTIFIERS.items(), grains, strict=True)
    return tuple(coarsen(column, grain, record[field]) for (column, field), grain in columns)


def _is_safe(members: Sequence[Subject]) -> bool:
    people = {member.person for member in members}
    outcomes = {member.record["outcome"] for member in members}
    return len(people) >= MINIMUM_PEOPLE and len(outcomes) >= MINIMUM_OUTCOMES
