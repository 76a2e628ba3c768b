"""Gives every row of a dataset labels under which it stands in a safe crowd; later ones under those of the first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from anonymiser.engine.frozen import Cut, apply_cut, cut_of
from anonymiser.engine.hierarchies import define
from anonymiser.engine.model import Column, Policy, Role, Thresholds
from anonymiser.engine.recode import recode
from anonymiser.engine.table import read_table
from anonymiser.policy import FURTHEST_OUTCOMES, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, weight_of
from anonymiser.policy_trees import Rows
from anonymiser.releasing.columns import Dataset
from anonymiser.releasing.frames import EPOCH, WORDS
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import TOKEN_LETTERS, names_of_uuids

THRESHOLDS = Thresholds(k=MINIMUM_PEOPLE, l=MINIMUM_OUTCOMES, t=FURTHEST_OUTCOMES)


@dataclass(frozen=True)
class Protected:
    """What may come out of one dataset.

    `rows` has the released columns but the row's name, and `row`, `person` and `key`, which are never released. `cut`
    are the classes that later releases keep to; None while nothing has come out.
    """

    dataset: Dataset
    rows: pl.DataFrame
    left: int
    cut: Cut | None


def protect(
    frame: pl.DataFrame,
    dataset: Dataset,
    trees: Mapping[str, Rows],
    cut: Cut | None,
    people: int = 0,
) -> Protected:
    """Recode the rows of a dataset's frame: freely, or under the classes of a series' first release.

    `people` is how many stand in each crowd at the least, where the policy's number is not enough.
    """
    if not frame.height:
        return Protected(dataset, frame, 0, cut)
    policy = _policy(dataset, trees)
    table = read_table(frame.select(column.name for column in policy.columns), policy)
    thresholds = replace(THRESHOLDS, k=max(THRESHOLDS.k, people))
    recoding = recode(table, thresholds) if cut is None else apply_cut(cut, table, thresholds)
    out = recoding.suppressed
    released = frame.filter(~pl.Series(out)) if out.any() else frame
    if cut is None and released.height:
        cut = cut_of(recoding, dataset.growing)
    rows = released.with_columns(recoding.labels(WORDS).get_columns())
    return Protected(dataset, rows, frame.height - rows.height, cut)


def row_names(frame: pl.DataFrame, dataset: Dataset, root: SplitKey, project: str) -> pl.Series:
    """`row_id`: the name that each row has in one release only, made from its `key`."""
    domain = Domain(
        purpose=f"row of {dataset.name}",
        recipient="analysts",
        project=project,
        epoch=EPOCH,
        id_type=IdType.REFERRAL,
    )
    return names_of_uuids(root, domain, frame["key"]).alias("row_id")


def in_order_of_names(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of `row_id`: by their first letters as two numbers, which a tenth of the time sorts."""
    begins = (-TOKEN_LETTERS, 8 - TOKEN_LETTERS)
    letters = (rows["row_id"].str.slice(begin, 8).cast(pl.Binary) for begin in begins)
    first, second = (each.bin.reinterpret(dtype=pl.UInt64, endianness="big").to_numpy() for each in letters)
    order = np.argsort(first)
    # Few begin alike, so only those are sorted by more than their beginning.
    alike = np.flatnonzero(first[order[1:]] == first[order[:-1]])
    at = np.union1d(alike, alike + 1)
    some = order[at]
    order[at] = some[np.lexsort((second[some], first[some]))]
    found = rows[order]
    return found if found["row_id"].is_sorted() else found.sort("row_id")


def _policy(dataset: Dataset, trees: Mapping[str, Rows]) -> Policy:
    quasi = (
        Column(
            name=each.name,
            role=Role.QUASI_IDENTIFIER,
            hierarchy=define(each.name, trees[each.tree], weight_of(each.name)),
        )
        for each in dataset.quasi
    )
    return Policy(
        columns=(
            *quasi,
            Column(name=dataset.sensitive.name, role=Role.SENSITIVE),
            Column(name="person", role=Role.PERSON),
        ),
        thresholds=THRESHOLDS,
    )
