"""Puts the risk of a release into the numbers that are usual: prosecutor, journalist, marketer, and who was unique."""

from dataclasses import dataclass

import numpy as np

from anonymiser.checking.classes import Measured
from anonymiser.checking.runs import Floats

BINS = (1, 2, 5, 10, 15, 20, 50, 100, 500)
"""The smallest number of people of each bar of the histogram."""


@dataclass(frozen=True, kw_only=True)
class Risks:
    """Chances of being found, 0 to 1 (El Emam and Malin, 2015, with people counted where they count rows).

    prosecutor: the intruder knows that the person is in the release; the highest chance, and the mean over all rows.
    journalist: knows only that the person is one of the population. marketer: the part of all guesses that is right
    when somebody guesses at everyone. presence: the highest part of a population that is in a class, which is how
    sure somebody can be that a person is in the release at all. Without a population the journalist's and the
    marketer's are told as if nobody lived there but the people of the release, the most that they can be, and presence
    is None.
    """

    prosecutor_highest: float
    prosecutor_mean: float
    marketer: float
    journalist_highest: float
    presence_highest: float | None


def risks(measured: Measured, population: Floats | None = None) -> Risks:
    """Work out the risks; `population` has the people behind each class, in the order of the measures."""
    people = measured.class_people
    if not measured.classes:
        return Risks(
            prosecutor_highest=0.0,
            prosecutor_mean=0.0,
            marketer=0.0,
            journalist_highest=0.0,
            presence_highest=None,
        )
    # An estimate of the population may be lower than the people seen.
    behind = people if population is None else np.maximum(population, people)
    return Risks(
        prosecutor_highest=1 / measured.k_people,
        prosecutor_mean=float((measured.class_rows / people).sum() / measured.rows),
        marketer=float((people / behind).sum() / people.sum()),
        journalist_highest=float((1 / behind).max()),
        presence_highest=None if population is None else float((people / behind).max()),
    )


def unique_share(measured: Measured) -> float:
    """The part of the rows whose class holds one person."""
    return measured.rows_below(2) / measured.rows if measured.rows else 0.0


def histogram(measured: Measured) -> tuple[tuple[str, int, int], ...]:
    """How large the classes are: for each size in people its name, the classes and the rows in them."""
    ends = (*(start - 1 for start in BINS[1:]), None)
    place = np.searchsorted(BINS, measured.class_people, side="right") - 1
    classes = np.bincount(place, minlength=len(BINS))
    rows = np.bincount(place, weights=measured.class_rows, minlength=len(BINS))
    names = [
        f"{start} or more" if end is None else str(start) if start == end else f"{start} to {end}"
        for start, end in zip(BINS, ends, strict=True)
    ]
    return tuple(
        (name, int(number), int(total)) for name, number, total in zip(names, classes, rows, strict=True)
    )
