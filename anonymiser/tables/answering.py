"""Puts the rules on every answer: the same for a dashboard's figure, a table of a release and a question."""

import polars as pl

from anonymiser.tables.queries import Query
from anonymiser.tables.rules import Rule


def ruled(exact: pl.DataFrame, query: Query, rule: Rule, *, widest: float = 0.0) -> pl.DataFrame:
    """An answer that may be printed, from the exact aggregates: the dimensions and `people`, and maybe `mean`.

    `people` is rounded, and missing where it is withheld. A mean is given in steps (`step`) of a number whose scale is
    so wide, and missing where its people are withheld, number fewer than the rule's smallest, or where few of them hold
    nearly all of it.
    """
    shows = pl.Series(rule.shows(exact["people"].to_numpy()), dtype=pl.Boolean)
    rounded = pl.Series(rule.rounded(exact["people"].to_numpy()), dtype=pl.Int64)
    given = [pl.when(shows).then(rounded).alias("people")]
    if query.mean_of is not None:
        may = shows & (exact["people"] >= fewest_in_a_mean(rule)) & ~_dominated(exact, rule)
        least = pl.Series(rule.bounds(exact["people"].to_numpy())[0], dtype=pl.Int64)
        means = exact["total"] / exact["people"]
        told = pl.Series(_in_steps(means, least, widest), dtype=pl.Float64)
        given.append(pl.when(may).then(told).alias("mean"))
    return exact.select(*query.dimensions, *given)


def step(people: int, widest: float) -> float:
    """The smallest of 0.1, 0.2, 0.5, 1, 2, 5, ... by which so many people's sum moves by its whole scale and more.

    `widest` is how far two people's numbers can be apart. With finer means, those of groups that overlap are equations
    for the mean of the few in whom they differ: steps of the whole scale leave any number of one person open.
    """
    steps = (size * 10.0**power for power in range(-1, 9) for size in (1, 2, 5))
    return next(round(each, 1) for each in steps if max(people, 1) * each >= widest - 1e-9)


def _in_steps(means: pl.Series, people: pl.Series, widest: float) -> list[float]:
    """Each mean at the nearest step of the fewest people that a reader of their count holds possible."""
    sizes = [step(each, widest) for each in people.to_list()]
    return [round(round(mean / size) * size, 1) for mean, size in zip(means.to_list(), sizes, strict=True)]


def fewest_in_a_mean(rule: Rule) -> int:
    """HES gives means of 8 people and more; a rule with a greater smallest count asks for more."""
    return max(rule.smallest, 8)


def _dominated(exact: pl.DataFrame, rule: Rule) -> pl.Series:
    """Whether two people hold 90% of the sum, or all but the first two hold under 10% of what the first holds."""
    if rule.dominance is None:
        return pl.repeat(False, exact.height, dtype=pl.Boolean, eager=True)
    weight, first, two = exact["weight"], exact["first"], exact["two"]
    by_share = two >= rule.dominance.share * weight
    by_rest = (weight - two) < rule.dominance.rest * first
    return (weight > 0) & (by_share | by_rest)
