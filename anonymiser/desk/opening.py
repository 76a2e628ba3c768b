"""Opens the newest release for questions: its rows, those of the releases before it, and what may be asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.policy import MEASURES
from anonymiser.releasing.counted import TABLES_PATH
from anonymiser.releasing.earlier import in_the_ledger
from anonymiser.releasing.series import Past, Series, read_series
from anonymiser.releasing.sources import Order, Source, read_extracts, read_source
from anonymiser.releasing.tables import LEDGER_PURPOSE, table_frame
from anonymiser.tables.aggregates import aggregates_by_duckdb, aggregates_by_polars
from anonymiser.tables.desk import Rows
from anonymiser.tables.ledger import Entry, open_ledger
from anonymiser.tables.queries import PEOPLE, Allowed, Query

WEEKS_WAITED: Final = "weeks_waited"
CONTACTS_MADE: Final = "contacts_made"
POINTS: Final = "{}_points"
"""After minus before; of anxiety and loneliness less is better."""
HIERARCHY: Final = "hierarchies/{}.csv"
WIDEST: Final = {
    # Their bounds in the policy only keep slips of typing out; nearly everybody is within these.
    WEEKS_WAITED: 52.0,
    CONTACTS_MADE: 50.0,
    **{POINTS.format(each.name): 2.0 * (each.bounds[1] - each.bounds[0]) for each in MEASURES},
}
"""How wide the scale is of each number that a mean may be taken of: its steps hide all of that."""
COARSEST: Final = dict.fromkeys(WIDEST, 1.0)
"""A mean that is told to the nearest two weeks, contacts or points says nothing of groups that are not as far apart."""
_PARQUET: Final = "rows.parquet"


class Closed(Refusal):
    """Nothing may be asked at this moment; the sentence says why, and until when."""


@dataclass(frozen=True)
class Opened:
    """A release that may be asked about."""

    release: str
    rows: Rows
    allowed: Allowed
    ledger: Path
    key: bytes = field(repr=False)


def newest(order: Order) -> str:
    """The name of the newest release of the series; nothing where there is none, or it has been withdrawn."""
    past = read_series(order.out, order.state).past
    return past[-1].id if past and (order.out / past[-1].id).is_dir() else ""


def open_newest(order: Order, folder: Path) -> Opened:
    """Open the newest release; its rows go into `folder` as Parquet, for nobody else's eyes.

    Raises Closed where there is nothing to ask about, or the lists name others than when the release was made.
    """
    series = read_series(order.out, order.state)
    if not series.past:
        raise Closed("There is no release to ask about yet.")
    if not (order.out / series.past[-1].id).is_dir():
        raise Closed("The newest release is withdrawn: questions are answered again from the next one on.")
    source = _source(order, series)
    frames = {in_the_ledger(past): _frame(source, past) for past in series.past}
    release, frame = frames.popitem()
    if not frame.height:
        raise Closed("The newest release has no rows to ask about.")
    key = order.keys.root.derive(LEDGER_PURPOSE)
    with open_ledger(series.ledger, key, head=series.ledger_head) as ledger:
        if not _is_as_counted(frame, (entry for entry in ledger.entries if entry.release == release)):
            raise Closed(
                "Since the newest release was made other people were put on the lists of who said no, or it was made "
                "with other lists. Questions are answered again from the next release on."
            )
    parquet = folder / _PARQUET
    frame.write_parquet(parquet)
    rows = Rows(release, frame, partial(aggregates_by_duckdb, parquet), past=frames)
    allowed = _allowed(order.out / series.past[-1].id, frame)
    return Opened(series.past[-1].id, rows, allowed, series.ledger, key)


def _source(order: Order, series: Series) -> Source:
    """The extracts of what is released, and of nothing newer."""
    released = series.sources()
    given = read_extracts(order.extracts, order)
    for key in sorted(given.keys() - released.keys()):
        order.warn(f"Extract {key} is in no release yet; it is not asked.")
    return read_source(order, series, {key: found for key, found in given.items() if key in released})


def _frame(source: Source, past: Past) -> pl.DataFrame:
    """The rows that a release counted, with exact numbers beside them, in the order in which they came.

    First by extract, then by month: so each person's first, of which a mean is, is the same in all releases.
    """
    extracts = sorted(
        (source.extracts[key][1] for key in past.about["extracts"]), key=lambda each: each.header.watermark
    )
    until = max(extract.header.created_on for extract in extracts)
    key, came = pl.col("key").cast(pl.String), "came"
    order = pl.concat(
        extract.frame.select(pl.col("referral_key").cast(pl.String).alias("key"), pl.lit(at).alias(came))
        for at, extract in enumerate(extracts)
    )
    referrals = source.referrals.with_columns(key).join(order, on="key")
    referrals = referrals.sort(came, pl.col("referred").cast(pl.String), "key")
    words = table_frame(referrals, until)
    words = words.with_columns(pl.col(each).cast(pl.String) for each in words.columns)
    numbers = referrals.select(key).join(_numbers(source.raw), on="key", how="left", maintain_order="left")
    return pl.concat([words, numbers.drop("key")], how="horizontal")


def _numbers(raw: pl.DataFrame) -> pl.DataFrame:
    """What means may be taken of, by the referral's key."""
    points = (
        (pl.col(f"{measure.name}_after") - pl.col(f"{measure.name}_before"))
        .cast(pl.Int64)
        .alias(POINTS.format(measure.name))
        for measure in MEASURES
    )
    return raw.select(
        pl.col("referral_key").cast(pl.String).alias("key"),
        pl.col("weeks_to_start").cast(pl.Int64).alias(WEEKS_WAITED),
        pl.col("contacts").cast(pl.Int64).alias(CONTACTS_MADE),
        *points,
    )


def _is_as_counted(frame: pl.DataFrame, entries: Iterable[Entry]) -> bool:
    """Whether the rows give the numbers that the release's own tables were made of."""
    columns = {*frame.columns} - {PEOPLE}  # a table's line of everybody has the name of the number
    for entry in entries:
        query = Query.from_identity(entry.question)
        if query.mean_of is None and {*query.dimensions, *query.filters} <= columns:
            now = {(*labels, people) for *labels, people in aggregates_by_polars(frame, query).rows()}
            cells = [cell for cell in entry.cells if cell.people and None not in cell.labels]
            if now != {(*cell.labels, cell.people) for cell in cells}:
                return False
    return True


def _allowed(release: Path, frame: pl.DataFrame) -> Allowed:
    """What the release's tables name, column by column: a place that they do not name is no word here either."""
    told = pl.read_csv(release / TABLES_PATH, infer_schema=False)
    pairs = [*told.select("by", "value").unique().rows(), *told.select("measure", "answer").unique().rows()]
    columns: dict[str, set[str]] = {}
    for name, value in pairs:
        if frame.schema.get(name) == pl.String and name != PEOPLE:
            columns.setdefault(name, set()).add(value)
    every = {name: {*frame[name].unique().to_list()} for name in columns}
    return Allowed(
        columns={name: frozenset(values) for name, values in columns.items()},
        numbers=frozenset(name for name, kind in frame.schema.items() if kind == pl.Int64),
        partly=frozenset(name for name, values in columns.items() if not every[name] <= values),
        widest=WIDEST,
        coarsest=COARSEST,
        groups={name: _groups(release / HIERARCHY.format(name), values) for name, values in columns.items()},
    )


def _groups(hierarchy: Path, values: Collection[str]) -> dict[str, frozenset[str]]:
    """The groups of a published hierarchy by name, each as its values, of which every one may be named."""
    if not hierarchy.is_file():
        return {}
    rows = [line.split(";") for line in hierarchy.read_text().splitlines()]
    below: dict[str, set[str]] = {}
    for leaf, *above in rows:
        for label in above:  # a label is that of one group: the anonymiser takes no other hierarchy
            below.setdefault(label, set()).add(leaf)
    return {
        label: frozenset(leaves) for label, leaves in below.items() if len(leaves) > 1 and leaves <= {*values}
    }
