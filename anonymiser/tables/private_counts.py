"""Differentially private counts, for open tables that must bear any number of later ones; asks for OpenDP."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import opendp.prelude as dp
import polars as pl

from anonymiser.errors import Refusal
from anonymiser.tables.counting import PERSON

_SURENESS: Final = 0.05  # the accuracy holds for 95% of the counts


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much of anybody's presence the table may give away: `epsilon`, spent on at most `cap` cells a person."""

    epsilon: float
    cap: int


@dataclass(frozen=True)
class PrivateCounts:
    """Counts with noise, and what to say beside them: 95% lie within `accuracy` of the capped truth."""

    cells: pl.DataFrame
    epsilon: float
    accuracy: float


def private_counts(
    frame: pl.DataFrame,
    levels: Mapping[str, Sequence[str]],
    budget: Budget,
    *,
    key: bytes,
    person: str = PERSON,
) -> PrivateCounts:
    """Count people in every combination of `levels`, with geometric noise from OpenDP.

    `levels` are the dimensions with their published values, whether anybody has them or not: a cell's being
    listed must tell nothing. A person is counted in at most `cap` cells, chosen by a keyed order. The noise
    is new each time, so publish once, keep what was published, and never draw again: each drawing
    spends `epsilon` anew. Counts below nought are given as nought, which costs nothing.
    """
    if budget.epsilon <= 0 or budget.cap < 1:
        raise Refusal("A privacy budget needs an epsilon above 0 and a cap of at least 1 cell a person.")
    cells = _every_cell(levels)
    counted = _capped(frame, list(levels), budget.cap, key=key, person=person)
    exact = cells.join(counted, on=list(levels), how="left").with_columns(pl.col("people").fill_null(0))
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    scale = budget.cap / budget.epsilon
    measurement = dp.m.make_geometric(*space, scale=scale)
    spent = float(measurement.map(budget.cap))  # type: ignore[no-untyped-call]
    if spent > budget.epsilon * (1 + 1e-9):
        raise Refusal("The noise would spend more than the budget; nothing was drawn.")
    noisy = [max(0, count) for count in measurement(exact["people"].to_list())]
    accuracy = float(dp.discrete_laplacian_scale_to_accuracy(scale=scale, alpha=_SURENESS))
    return PrivateCounts(cells.with_columns(pl.Series("people", noisy, dtype=pl.Int64)), spent, accuracy)


def _every_cell(levels: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    cells = pl.DataFrame()
    for name, values in levels.items():
        each = pl.DataFrame({name: list(values)}, schema={name: pl.String})
        cells = cells.join(each, how="cross") if cells.width else each
    return cells.sort(list(levels))


def _capped(frame: pl.DataFrame, dimensions: list[str], cap: int, *, key: bytes, person: str) -> pl.DataFrame:
    """The people of each cell, each in no more than `cap` of theirs."""
    pairs = frame.select(person, *dimensions).unique()
    order = [
        hmac.digest(key, "\x1f".join(map(str, row)).encode(), hashlib.sha256) for row in pairs.iter_rows()
    ]
    kept = pairs.with_columns(_order=pl.Series(order, dtype=pl.Binary)).filter(
        pl.col("_order").rank("ordinal").over(person) <= cap
    )
    return kept.group_by(dimensions).agg(pl.len().cast(pl.Int64).alias("people"))
