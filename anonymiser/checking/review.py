"""Reviews a release whole, as the last step before it goes out: measures, earlier releases, attack, findings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from anonymiser.checking.classes import Measured, measure
from anonymiser.checking.columns import Layout, code
from anonymiser.checking.crowds import Crowds, crowds
from anonymiser.checking.findings import Limits, find_class_faults, find_faults
from anonymiser.checking.hierarchies import Hierarchy
from anonymiser.checking.intruder import Attack, attack_crowds, sample
from anonymiser.checking.joint import measure_jointly
from anonymiser.checking.population import population_of_classes
from anonymiser.checking.report import Assessment
from anonymiser.checking.risk import risks
from anonymiser.checking.signatures import signatures
from anonymiser.hashing import beside

TARGETS = 1_000
"""People whom the intruder knows by name."""


Control = tuple[Measured, Mapping[str, Attack]]
"""The exact rows as if they had been released: their classes, and what an intruder finds."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What only we know and hold a release against.

    `exact` has the same columns as the release with exact values, for every referral that could have been released.
    `earlier` are the releases that are still out, each with the column `row` that names the referral.
    `knowledge` says, by a title, which columns an intruder is taken to know of their targets.
    """

    exact: pl.DataFrame
    earlier: Sequence[pl.DataFrame] = ()
    knowledge: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    population: pl.DataFrame | None = None
    row: str = "row"


@dataclass(frozen=True)
class Review:
    """All that was found out, and every sentence that stands against the release."""

    assessment: Assessment
    findings: tuple[str, ...]


def review(
    release: pl.DataFrame,
    layout: Layout,
    hierarchies: Mapping[str, Hierarchy],
    inside: Inside,
    limits: Limits | None = None,
) -> Review:
    """Measure, compare and attack a release. Raises Refusal where a column is missing or a value has no meaning."""
    limits = limits or Limits()
    unknown = [name for name in layout.quasi if name not in hierarchies]
    if release.height == 0 or unknown:
        coded = code(release, layout)
        measured = measure(coded)
        empty = Assessment(release=coded, measured=measured, hierarchies=hierarchies, risks=risks(measured))
        return Review(empty, find_faults(coded, measured, hierarchies, limits))
    # Beside each other, as either keeps one core busy for as long.
    with beside(partial(_control, layout, hierarchies, inside)) as control:
        return _reviewed(release, layout, hierarchies, inside, limits, control)


def _reviewed(
    release: pl.DataFrame,
    layout: Layout,
    hierarchies: Mapping[str, Hierarchy],
    inside: Inside,
    limits: Limits,
    control: Callable[[], Control],
) -> Review:
    """The review of a release of some rows, by hierarchies of all its columns; `control` tells of the exact ones."""
    coded = code(release, layout)
    measured = measure(coded)
    faults = find_faults(coded, measured, hierarchies, limits)
    together = measure_jointly([*inside.earlier, release], layout, inside.row) if inside.earlier else None
    population = inside.population
    people = None if population is None else population_of_classes(coded, hierarchies, population)
    person = layout.person or inside.row
    attacks = _attacks(crowds(coded, release[person], hierarchies), inside, person)
    signed = signatures(coded, limits.people)
    before, controls = control()
    assessment = Assessment(
        release=coded,
        measured=measured,
        hierarchies=hierarchies,
        risks=risks(measured, people),
        suppressed=inside.exact.height - release.height,
        before=before,
        together=together,
        attacks=attacks,
        controls=controls,
        signatures=signed,
        weights=layout.weights,
    )
    if together is not None:
        faults += find_class_faults(together, limits, over="All releases together")
    return Review(assessment, faults + find_attack_faults(attacks, limits))


def find_attack_faults(attacks: Mapping[str, Attack], limits: Limits) -> tuple[str, ...]:
    """Say where an intruder came further than one in so many."""
    return tuple(
        f"{title}: the intruder found {each.alone} of {each.targets} people for certain, guesses right in "
        f"{each.success:.2%} of the cases, and had at the fewest {each.fewest_people} people to choose from."
        for title, each in attacks.items()
        if not each.is_held_off(limits.people)
    )


def _control(layout: Layout, hierarchies: Mapping[str, Hierarchy], inside: Inside) -> Control:
    """The exact rows, measured and attacked as if they were a release."""
    # Nothing sensitive is asked of them: what counts there is who is one of a kind.
    exact = code(inside.exact, replace(layout, sensitive=()))
    person = layout.person or inside.row
    controls = _attacks(crowds(exact, inside.exact[person], hierarchies), inside, person)
    return measure(exact), controls


def _attacks(arranged: Crowds, inside: Inside, person: str) -> Mapping[str, Attack]:
    targets = sample(inside.exact, TARGETS)
    return {
        title: attack_crowds(arranged, targets.select(pl.col(person).alias("person"), *known))
        for title, known in inside.knowledge.items()
    }
