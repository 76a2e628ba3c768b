"""Tells which rows each earlier release counted, so that its tables can be held against those of today."""

from collections.abc import Iterator

import polars as pl

from anonymiser.releasing.definitions import MONTH, NOT_COMPLETE
from anonymiser.releasing.frames import WORDS
from anonymiser.releasing.series import Past, Series
from anonymiser.releasing.sources import Source, digest_of

SINCE = "since"
"""The place, among the releases of a series, of the first that had a row; null of what is new today."""


def in_the_ledger(past: Past) -> str:
    """The name by which the ledger of tables knows a release."""
    return f"{past.id} {digest_of(past.about['extracts'])}"


def since_of(source: Source, series: Series) -> pl.Series | None:
    """SINCE of each referral in its order; None in a new series. Needs the records, as they name their extracts."""
    if not series.past:
        return None
    parts = []
    for extract_id, (_, extract) in source.extracts.items():
        had = (at for at, past in enumerate(series.past) if extract_id in past.about["extracts"])
        since = pl.lit(next(had, None), pl.UInt32).alias(SINCE)
        parts.append(extract.frame.select(pl.col("referral_key").alias("key"), since))
    asked = source.referrals.select("key")
    return asked.join(pl.concat(parts), on="key", how="left", maintain_order="left")[SINCE]


def earlier_rows(frame: pl.DataFrame, series: Series) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each earlier release's name in the ledger, and the rows that it counted with the months that it told.

    Who said no since then is in no row any more; the ledger still has how many were counted.
    """
    for at, past in enumerate(series.past):
        rows = frame.filter(pl.col(SINCE) <= at)
        if rows.height:
            # A release's name ends with the day of its newest extract; of that month nothing was told.
            yield in_the_ledger(past), with_whole_months(rows, past.id[-10:-3])


def with_whole_months(frame: pl.DataFrame, until: str = "9999") -> pl.DataFrame:
    """Without a month where none is told: where it was not complete, and from `until` ("2026-11") on."""
    month = pl.col(MONTH).cast(pl.String)
    told = (month != NOT_COMPLETE) & (month < until)
    return frame.with_columns(pl.when(told).then(month).cast(WORDS).alias(MONTH))
