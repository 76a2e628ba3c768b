"""Counts the tables of a release: people by need, place and kind of person, against what came of their referrals."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

import polars as pl

from anonymiser.engine.table import first_rows
from anonymiser.errors import Refusal
from anonymiser.policy import MINIMUM_PEOPLE, NEED_GROUP_OF, NOBODY_COULD_HELP, NOT_STARTED
from anonymiser.releasing.counted import FURTHER, SHOWN, SMALL, TABLE_COLUMNS
from anonymiser.releasing.definitions import (
    ATTENDED,
    CROSSED,
    EVERYBODY,
    MONTH,
    NO_PROVIDER,
    NOT_ATTENDED,
    NOT_COMPLETE,
    UNMET,
    published_values,
    tables,
    title,
)
from anonymiser.releasing.earlier import earlier_rows, with_whole_months
from anonymiser.releasing.frames import WORDS, age_band_of, ethnic_group_of
from anonymiser.releasing.series import Series
from anonymiser.releasing.sources import Order
from anonymiser.tables.auditing import Audit
from anonymiser.tables.cell_keys import record_keys
from anonymiser.tables.earlier import apart_by_few
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.publishing import Table, Why, reason_of_a_bare_line, told_lines
from anonymiser.tables.queries import Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT, Rule
from anonymiser.tables.updates import rule_of

LEDGER_PURPOSE = b"anonymiser/v1|tables-ledger"
CELL_KEY_PURPOSE = b"anonymiser/v1|cell-keys"
_ANOTHER_RULE = (
    "Tables with cell keys go with the rule default alone, and the tables of this series are told by {rule}. Leave "
    "--also-perturbed away, or begin a new series in another folder."
)
PLACES = ("area", "practice")
"""Whose values come from the records: of these only what can be told is published."""
_AS_THEY_ARE = (
    *("need", "area", "deprivation", "gender", "practice", "source"),
    *("outcome", "end_reason", "weeks_to_start", "declines", "decline_reason", "unanswered"),
)
_STATUS = {Why.SHOWN: SHOWN, Why.SMALL: SMALL, Why.FURTHER: FURTHER}
_NAMES = [column.name for column in TABLE_COLUMNS]


@dataclass(frozen=True)
class Counted:
    """The tables of a release, the ledger's head, and for the steward alone how many numbers are held back in it.

    `perturbed` are those that are told by cell keys; it is empty where they were not asked for.
    """

    tables: pl.DataFrame
    perturbed: pl.DataFrame
    ledger: str
    rule: str
    held_back: int


def table_frame(referrals: pl.DataFrame, until: date, since: pl.Series | None = None) -> pl.DataFrame:
    """The referrals at the detail in which tables count them, with `person`; of the month of `until` no month is told.

    A month that is not over would be printed twice with few people between, and look like a fall. `since` tells of each
    referral which release had it first (earlier.py).
    """
    month = pl.col("referred").cast(pl.String)
    whole = pl.when(month < f"{until:%Y-%m}").then(month).otherwise(pl.lit(NOT_COMPLETE))
    began = pl.when(pl.col("weeks_to_start") != NOT_STARTED)
    made = {
        MONTH: whole,
        "uptake": began.then(pl.lit(ATTENDED)).otherwise(pl.lit(NOT_ATTENDED)),
        "help": _help(),
        "ethnic_group": ethnic_group_of("ethnicity"),
        "age_band": age_band_of("age"),
        "need_group": pl.col("need").replace_strict(dict(NEED_GROUP_OF), return_dtype=pl.String),
        "people": pl.lit(EVERYBODY),
    }
    words = (each.cast(WORDS).alias(name) for name, each in made.items())
    return referrals.select("person", *_AS_THEY_ARE, *words, *([] if since is None else [since]))


def _help() -> pl.Expr:
    kind = pl.col("provider_kind").cast(pl.String)
    nobody = pl.when(pl.col("end_reason") == NOBODY_COULD_HELP)
    without = nobody.then(pl.lit(UNMET)).otherwise(pl.lit(NO_PROVIDER))
    return pl.when(kind != "none").then(kind).otherwise(without)


def questions() -> Iterator[Query]:
    """Every table: a kind of person, a place or a month down, a measure across."""
    for by, measure in tables():
        yield Query((by, measure), across=1, over=MONTH if by == MONTH else "")


def crossings() -> Iterator[Query]:
    """Every table of two kinds of people at once, which are told by cell keys alone."""
    for by, measure in CROSSED:
        yield Query((by, measure), across=1, noisy=True)


def tables_ledger(series: Series, order: Order) -> AbstractContextManager[Ledger]:
    """The ledger of a series' tables, for nobody else until the block ends; what is recorded in it waits."""
    key = order.keys.root.derive(LEDGER_PURPOSE)
    return open_ledger(series.ledger, key, head=series.ledger_head, waits=True)


def count_tables(
    frame: pl.DataFrame, series: Series, order: Order, *, ledger: Ledger, release: str
) -> Counted:
    """All tables in one long table of words. Raises Refusal where the ledger was begun by another rule."""
    rule = rule_of(ledger.entries, order.table_rule)
    if order.also_perturbed and rule != DEFAULT:
        raise Refusal(_ANOTHER_RULE.format(rule=rule.name))
    parts: list[tuple[bool, pl.DataFrame]] = []
    if frame.height:
        frame = _numbered(frame, order)
        # Of fewer people no table is published, by whatever rule; what it would be is in the ledger.
        is_enough = frame["person"].n_unique() >= MINIMUM_PEOPLE
        asked = [*questions(), *(crossings() if order.also_perturbed else ())]
        audit = _audit(frame, asked, rule, ledger, series)
        audit.recall(ledger.entries, release=release)
        for query in asked:
            order.progress(f"table {title(*query.dimensions)}")
            table = release_table(frame, query, rule, ledger, release=release, audit=audit)
            if is_enough:
                parts.append((query.noisy, _long(query, table)))
    made = [entry for entry in ledger.entries if entry.release == release]
    return Counted(
        _together(each for is_noisy, each in parts if not is_noisy),
        _together(each for is_noisy, each in parts if is_noisy),
        ledger.head,
        rule.name,
        sum(cell.held_back for each in made for cell in each.cells),
    )


def _numbered(frame: pl.DataFrame, order: Order) -> pl.DataFrame:
    """With numbers for people: whose they are is of no matter to a count, and tokens take long to compare.

    Cell keys are made of the tokens, so that somebody's is the same in every release.
    """
    if order.also_perturbed:
        key = order.keys.root.derive(CELL_KEY_PURPOSE)
        frame = frame.with_columns(record_keys(frame["person"], key))
    return frame.with_columns(pl.Series("person", first_rows(frame["person"])))


def _audit(frame: pl.DataFrame, asked: Sequence[Query], rule: Rule, ledger: Ledger, series: Series) -> Audit:
    past = earlier_rows(frame, series)
    apart = apart_by_few(with_whole_months(frame), asked, rule, past, ledger.entries)
    return Audit(frame, rule, apart=apart)


def _together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(_NAMES, pl.String)), *parts])


def _long(query: Query, table: Table) -> pl.DataFrame:
    """A table in words; none where no number above nought may be printed.

    Which lines and answers it has, says of nobody that they are there: those of the published list are in it, whether
    anybody is in them or not, and of a line of a few each cell reads as that of a line of nobody.
    """
    (by,), (measure,) = query.rows, query.columns
    rows = {value: at for at, value in enumerate(table.grid.rows[by].to_list())}
    columns = {answer: at for at, answer in enumerate(table.grid.columns[measure].to_list())}
    told = told_lines(table)
    named = {value for value, at in rows.items() if told[at] and value != NOT_COMPLETE}
    lines = _lines_of(by, rows, named, table.rule)
    cells = [
        (
            title(by, measure),
            by,
            value,
            measure,
            answer,
            *_in_words(table, rows.get(value), columns.get(answer)),
        )
        for value in lines
        for answer in sorted({*columns, *(published_values(measure) or ())})
    ]
    return pl.DataFrame(cells, schema=dict.fromkeys(_NAMES, pl.String), orient="row")


def _lines_of(by: str, found: Collection[str], told: Collection[str], rule: Rule) -> list[str]:
    """The values that a table has a line of, where it is `told` of any."""
    if not told:
        return []
    if by in PLACES:  # its name alone would say that somebody lives there
        return sorted(told)
    if by == MONTH:
        return _months(min(told), max(told))
    # A rule that is kept to the letter shows a line of a few as it is; so a line of nobody shows noughts.
    return sorted({*(published_values(by) or found), *(told if rule.line else found)})


def _months(first: str, last: str) -> list[str]:
    """Each month from the first to the last that is told of: those between, also where few or nobody came."""
    start, end = (int(each[:4]) * 12 + int(each[5:]) - 1 for each in (first, last))
    return [f"{at // 12}-{at % 12 + 1:02}" for at in range(start, end + 1)]


def _in_words(table: Table, at: int | None, across: int | None) -> tuple[str, str]:
    """A cell's number and why it is as it is; that of a line or an answer that nobody has reads as that of a few."""
    withheld = table.rule.withheld
    if at is not None and across is not None:
        number = str(int(table.numbers[at, across])) if table.printed[at, across] else withheld
        return number, _STATUS[Why(int(table.why[at, across]))]
    if not table.rule.line:
        return "0", SHOWN
    if at is not None and not told_lines(table)[at]:
        return withheld, _STATUS[Why(int(table.why[at, 0]))]
    return withheld, _STATUS[reason_of_a_bare_line(table.rule)]
