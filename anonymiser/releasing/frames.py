"""Turns checked records into frames: exact values as leaves of their hierarchies, and who is counted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from anonymiser.engine.table import first_rows
from anonymiser.extract import Extract
from anonymiser.hashing import beside
from anonymiser.policy import (
    CONTACT_BANDS,
    ETHNIC_GROUP_OF,
    MEASURES,
    NOT_STARTED,
    OLDEST,
    TIMES,
    UNKNOWN,
    WEEKS_BANDS,
    Measure,
)
from anonymiser.policy_trees import (
    FIXED,
    NO_PRACTICE,
    NOT_KNOWN_ETHNICITY,
    OLDEST_WORDS,
    REFERRALS,
    Rows,
    area_rows,
    month_rows,
    practice_rows,
    quarter_rows,
)
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser, blocks_of_uuids, spelt_blocks

QUIET_MONTHS = 3
"""A person's journey is told when so many months have passed since the last referral."""
EPOCH = "2026a"
"""Of the names inside a series; a new epoch is a new series."""
_AGES = (*map(str, range(OLDEST)), OLDEST_WORDS, UNKNOWN)
PEOPLE = pl.Categorical(pl.Categories("people"))
"""How tokens of people are held: as numbers for words, because tokens take long to compare."""
WORDS = pl.Categorical(pl.Categories("words", physical=pl.UInt16))
"""How words are held of which there are few: two octets for each of a million rows, and not four."""


def raw_frame(extracts: Iterable[Extract]) -> pl.DataFrame:
    """All records, a column per field of the policy."""
    return pl.concat([extract.frame for extract in extracts])


def referral_frame(raw: pl.DataFrame, root: SplitKey) -> pl.DataFrame:
    """A row per referral: `row` and `person` (never released), `key`, and every column of the referrals' table.

    Values are exact where a hierarchy will coarsen them, and final where they are kept.
    """
    tokens = Tokeniser(root, _inside(IdType.NHS_NUMBER)).column
    with beside(partial(tokens, raw["nhs_number"], raw["referral_key"], PEOPLE)) as people:
        made, order = _referrals(raw, root)
        return made.with_columns(people().alias("person"))[order]


def _referrals(raw: pl.DataFrame, root: SplitKey) -> tuple[pl.DataFrame, NDArray[np.intp]]:
    """The same without `person`, in the order of the records, and in which order they come."""
    blocks = blocks_of_uuids(root, _inside(IdType.REFERRAL), raw["referral_key"])
    rows = spelt_blocks(_inside(IdType.REFERRAL), blocks)
    age = pl.col("age_years")
    # As numbers for words, of which there are few: so a million rows stay small.
    columns = (
        pl.col("referred_month").alias("referred"),
        pl.col("outward_code").cast(pl.String).fill_null(UNKNOWN).alias("area"),
        _worded(pl.col("deprivation_decile").fill_null(0), (UNKNOWN, *map(str, range(1, 11)))).alias(
            "deprivation"
        ),
        pl.col("practice").cast(pl.String).fill_null(NO_PRACTICE),
        pl.col("source"),
        _worded(age.clip(0, OLDEST).fill_null(OLDEST + 1), _AGES).alias("age"),
        pl.col("ethnicity").cast(pl.String).fill_null(NOT_KNOWN_ETHNICITY),
        *(pl.col(name) for name in ("gender", "need", "outcome")),
        _banded("weeks_to_start", WEEKS_BANDS, NOT_STARTED),
        *(pl.col(name) for name in ("provider_kind", "end", "end_reason", "decline_reason")),
        _banded("declines", TIMES),
        _banded("unanswered", TIMES),
        _banded("contacts", CONTACT_BANDS),
        *(_change(measure) for measure in MEASURES),
    )
    made = raw.select(pl.col("referral_key").alias("key"), *(column.cast(WORDS) for column in columns))
    # In the order of the names' first halves, which are numbers: names themselves take ten times as long to sort.
    order = np.argsort(blocks[:, :8].copy().view(">u8").ravel().astype(np.uint64), kind="stable")
    return made.with_columns(rows.alias("row")), order


def journey_frame(referrals: pl.DataFrame, until: date) -> pl.DataFrame:
    """A row per person whose last referral came QUIET_MONTHS before `until`; their values at the first referral.

    `referrals` are in the order of `row`, which decides between two of one month.
    """
    month = until.year * 12 + until.month - 1 - QUIET_MONTHS
    known = {
        word: number for number, word in enumerate(referrals["referred"].unique().cast(pl.String).sort())
    }
    latest = sum(word <= f"{month // 12}-{month % 12 + 1:02}" for word in known)
    month_of = referrals["referred"].replace_strict(known, return_dtype=pl.Int64).to_numpy()
    people = first_rows(referrals["person"]).astype(np.int64)
    # Sorting numbers takes a tenth of the time that sorting tokens takes.
    order = np.argsort(people * (len(known) + 1) + month_of, kind="stable")
    person = people[order]
    begins = np.flatnonzero(np.diff(person, prepend=-1))
    ends = np.append(begins, len(order))[1:] - 1
    told = month_of[order[ends]] < latest
    return _journeys(referrals, (order[begins[told]], order[ends[told]]), (ends - begins + 1)[told])


def _journeys(
    referrals: pl.DataFrame, rows: tuple[NDArray[np.intp], NDArray[np.intp]], count: NDArray[np.intp]
) -> pl.DataFrame:
    """The columns of the journeys from each person's first and last row and how many rows there are."""
    told = ["key", "person", "referred", "age", "ethnicity", "gender", "need", "outcome"]
    first, last = referrals.select(told)[rows[0]], referrals["outcome"].gather(rows[1])
    words = pl.Series("referrals", [*REFERRALS], dtype=WORDS).gather(np.minimum(count, len(REFERRALS)) - 1)
    return first.select(
        pl.col("person").cast(pl.String).alias("row"),
        "key",
        "person",
        quarters(first["referred"]).alias("first_referred"),
        age_band_of("age").cast(WORDS),
        ethnic_group_of("ethnicity").cast(WORDS),
        "gender",
        "need",
        words,
        last.alias("last_outcome"),
        pl.col("outcome").alias("first_outcome"),
    )


def trees_of(raw: pl.DataFrame, until: date, networks: Mapping[str, str | None]) -> dict[str, Rows]:
    """Every hierarchy by its name; `networks` has every practice's network, as earlier releases have settled it."""
    months = month_rows(raw["referred_month"].unique().to_list(), until)
    return {
        **FIXED,
        "month": months,
        "quarter": quarter_rows(months),
        "area": area_rows(raw["outward_code"].drop_nulls().unique().to_list()),
        "practice": practice_rows(networks),
    }


def networks_in(raw: pl.DataFrame) -> dict[str, str | None]:
    """Each practice's network as its latest referrals tell it: in a tree a practice lies under one only."""
    # Of numbers for words the different ones are found in a fraction of the time, and few are left to be spelt.
    different = raw.select("practice", "referred_month", "network").unique()
    told = different.cast(pl.String).unique()
    known = told.filter(pl.col("practice").is_not_null())
    latest = known.sort("practice", "referred_month", "network", nulls_last=False)
    return dict(latest.group_by("practice", maintain_order=True).agg(pl.col("network").last()).iter_rows())


def quarters(months: pl.Series) -> pl.Series:
    """ "2026-05" -> "2026-Q2", row by row."""
    different = months.unique().cast(pl.String).to_list()
    found = {month: f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}" for month in different}
    return months.cast(pl.String).replace_strict(found, return_dtype=WORDS)


def age_band_of(name: str) -> pl.Expr:
    """The five bands of a column of exact ages."""
    return _upwards(name, FIXED["age"], 2).alias("age_band")


def ethnic_group_of(name: str) -> pl.Expr:
    """The groups of a column of ethnic categories."""
    found = pl.col(name).cast(pl.String).replace_strict(dict(ETHNIC_GROUP_OF), return_dtype=pl.String)
    return found.alias("ethnic_group")


def _upwards(name: str, rows: Sequence[Sequence[str]], level: int) -> pl.Expr:
    return (
        pl.col(name)
        .cast(pl.String)
        .replace_strict({row[0]: row[level] for row in rows}, return_dtype=pl.String)
    )


def _worded(place: pl.Expr, words: Sequence[str | None]) -> pl.Expr:
    """The word at each place: of a million rows, words that are looked up take a third of the time of words made."""
    return pl.lit(pl.Series("words", words, dtype=WORDS)).gather(place)


def _banded(name: str, bands: tuple[tuple[int, str], ...], missing: str | None = None) -> pl.Expr:
    """The band of a number: the last that begins at it or below; `missing` where there is none."""
    value, place = pl.col(name), pl.lit(len(bands), dtype=pl.UInt32)
    for at, (lowest, _) in enumerate(bands):
        place = pl.when(value >= lowest).then(pl.lit(at, dtype=pl.UInt32)).otherwise(place)
    return _worded(place, (*(words for _, words in bands), missing)).alias(name)


def _change(measure: Measure) -> pl.Expr:
    before, after = pl.col(f"{measure.name}_before"), pl.col(f"{measure.name}_after")
    better = after > before if measure.higher_is_better else after < before
    place = pl.when(before == after).then(1).when(better).then(2).otherwise(3)
    found = pl.when(before.is_null() | after.is_null()).then(0).otherwise(place)
    return _worded(found, ("not-measured", "same", "better", "worse")).alias(f"{measure.name}_change")


def _inside(id_type: IdType) -> Domain:
    return Domain(purpose="counting", recipient="anonymiser", project="series", epoch=EPOCH, id_type=id_type)
