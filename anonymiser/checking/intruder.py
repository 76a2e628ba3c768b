"""Attacks a release as a motivated intruder would who knows people by name and a few exact facts about each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from anonymiser.checking.columns import Layout, code
from anonymiser.checking.crowds import Crowds, crowds
from anonymiser.checking.hierarchies import Hierarchy
from anonymiser.checking.runs import Ints


@dataclass(frozen=True, kw_only=True)
class Attack:
    """How far the intruder came with so many targets.

    `present` targets have a row in the release. `alone`: every row that fits is about one person, the right one.
    `by_chance` is the mean chance that a row picked at random from all that fit is the target's; `by_best_guess`
    picks from the class that is described most finely, as somebody would who knows how releases are made. A target
    who is not in the release cannot be found and counts 0. `fewest_people` fit any one present target.
    """

    known: tuple[str, ...]
    targets: int
    present: int
    alone: int
    by_chance: float
    by_best_guess: float
    fewest_people: int

    @property
    def success(self) -> float:
        """The better of the two ways to guess, 0 to 1."""
        return max(self.by_chance, self.by_best_guess)

    def is_held_off(self, people: int) -> bool:
        """Tell whether nobody was found, nobody stood among fewer people, and guessing was no better than 1 in k."""
        few = self.present > 0 and self.fewest_people < people
        return not self.alone and not few and self.success <= 1 / people + 1e-12


@dataclass(frozen=True)
class Try:
    """One target: the classes that fit, their people once for each class, and the chances of the two ways to guess."""

    classes: Ints
    members: int
    by_chance: float
    by_best_guess: float


def attack(
    release: pl.DataFrame, layout: Layout, hierarchies: Mapping[str, Hierarchy], targets: pl.DataFrame
) -> Attack:
    """Try to find every target in a release; see `attack_crowds`."""
    coded = code(release, layout)
    return attack_crowds(crowds(coded, release[layout.person or "person"], hierarchies), targets)


def attack_crowds(arranged: Crowds, targets: pl.DataFrame) -> Attack:
    """Try to find every target among the classes of a release.

    `targets` has the column `person` and, as exact values, those of the quasi-identifiers that the intruder knows.
    The people of a release are never seen by an intruder: they only tell whether a guess was right.
    """
    known = tuple(name for name in arranged.columns if name in targets.columns)
    numbers = dict(arranged.who.join(targets.select("person"), on="person", how="semi").unique().iter_rows())
    search = _Search(arranged, known, numbers.values())
    tries = [
        search.find(facts, numbers.get(who)) for who, *facts in targets.select("person", *known).iter_rows()
    ]
    present = [each for each in tries if each.by_chance > 0]
    alone, fewest = _fewest_people(arranged, present)
    return Attack(
        known=known,
        targets=len(tries),
        present=len(present),
        alone=alone,
        by_chance=_mean([each.by_chance for each in tries]),
        by_best_guess=_mean([each.by_best_guess for each in tries]),
        fewest_people=fewest,
    )


def _fewest_people(arranged: Crowds, present: Sequence[Try]) -> tuple[int, int]:
    """How many tries fit one person alone, and the fewest people that any fits; 0 where there is none.

    Somebody stands in so many classes at the most, so that the classes of a try hold its members by that number of
    people at the least: the others are not counted when that is no fewer than the fewest.
    """
    alone, fewest = 0, int(arranged.people.value.max(initial=0)) + 1
    is_met = np.zeros(fewest, dtype=np.bool_)
    for each in sorted(present, key=lambda each: each.members):
        if each.members >= max(fewest, 2) * arranged.most_classes:
            break
        members = arranged.members(each.classes)
        is_met[members] = True
        people = int(np.count_nonzero(is_met))
        is_met[members] = False
        alone, fewest = alone + (people == 1), min(fewest, people)
    return alone, fewest if present else 0


def sample(referrals: pl.DataFrame, size: int) -> pl.DataFrame:
    """Take rows evenly from one end of the exact referrals to the other, so that the same are taken every time."""
    at = np.unique(np.linspace(0, max(referrals.height - 1, 0), num=size).astype(np.int64))
    return referrals[at] if referrals.height else referrals


class _Search:
    """The intruder at work: what has been looked up once is kept for the next target.

    `people` are the numbers of all who will be looked for.
    """

    def __init__(self, arranged: Crowds, known: tuple[str, ...], people: Iterable[int]) -> None:
        self.arranged, self.known = arranged, known
        self.telling = arranged.most_telling_first(known)
        self.index = arranged.index(self.telling)
        self.is_fitting = np.zeros(len(arranged.class_rows), dtype=np.bool_)
        self.fits: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        self.own = arranged.rows_of(people)

    def find(self, facts: Sequence[str], person: int | None) -> Try:
        """Look for one target, who has a number only if the release has a row about them."""
        fitting = self._fitting(dict(zip(self.known, facts, strict=True)))
        if not len(fitting):
            return Try(fitting, 0, 0.0, 0.0)
        arranged, loss = self.arranged, self.arranged.loss[fitting]
        least = loss.min() + 1e-12
        members, rows = int(arranged.sizes[fitting].sum()), arranged.class_rows[fitting]
        own = self._own(fitting, person)
        near = sum(number for each, number in own if arranged.loss[each] <= least)
        by_chance = sum(number for _, number in own) / int(rows.sum())
        return Try(fitting, members, by_chance, near / int(rows[loss <= least].sum()))

    def _own(self, classes: Ints, person: int | None) -> list[tuple[int, int]]:
        """Those of some classes in which a person is, with the rows about them there."""
        own = self.own.get(person, ()) if person is not None else ()
        self.is_fitting[classes] = True
        found = [each for each in own if self.is_fitting[each[0]]]
        self.is_fitting[classes] = False
        return found

    def _fitting(self, facts: Mapping[str, str]) -> Ints:
        found = self.arranged.found(self.index, facts)
        for name in self.telling[len(self.index.names) :]:
            found = found[self._fits(name, facts[name])[self.arranged.columns[name].values[found]]]
        return found

    def _fits(self, name: str, leaf: str) -> npt.NDArray[np.bool_]:
        if (name, leaf) not in self.fits:
            fits = np.zeros(self.arranged.columns[name].size, dtype=np.bool_)
            fits[self.arranged.fitting(name, leaf)] = True
            self.fits[name, leaf] = fits
        return self.fits[name, leaf]


def _mean(chances: Sequence[float]) -> float:
    return sum(chances) / len(chances) if chances else 0.0
