"""A group of people is told rounded or by cell keys, and never both ways, whoever asks and on whichever day."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from anonymiser.desk.letters import answered
from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.auditing import Audit
from anonymiser.tables.cell_keys import record_keys
from anonymiser.tables.desk import Desk, Rows
from anonymiser.tables.earlier import apart_by_few
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.publishing import Table
from anonymiser.tables.queries import Allowed, Query
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT
from tests.unit.anonymiser_tables.referrals import KEY, referrals

ROUNDED = Query(("need", "sex"), across=1)
NOISY = Query(("need", "gender"), across=1, noisy=True)
COLUMNS = {"need": frozenset({"debt", "food"}), "gender": frozenset({"f", "m", "x"})}


def keyed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(record_keys(frame["person"], KEY))


FRAME = keyed(
    referrals(
        {("debt", "F", "f"): 57, ("debt", "M", "m"): 43, ("debt", "M", "x"): 21, ("food", "F", "f"): 88},
        *("need", "sex", "gender"),
    )
)
"""The women and the females with one need are the same people, and the men are two genders."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger", KEY) as opened:
        yield opened


def release(ledger: Ledger, name: str, *queries: Query, past: tuple[str, ...] = ()) -> list[Table]:
    apart = apart_by_few(FRAME, queries, DEFAULT, [(each, FRAME) for each in past], ledger.entries)
    audit = Audit(FRAME, DEFAULT, apart=apart)
    return [release_table(FRAME, each, DEFAULT, ledger, release=name, audit=audit) for each in queries]


def words(table: Table, need: str) -> dict[str, str]:
    return next(row for row in table.to_frame().to_dicts() if row["need"] == need)


def test_same_people_are_told_in_one_table_only(ledger: Ledger) -> None:
    rounded, noisy = release(ledger, "r1", ROUNDED, NOISY)
    assert words(rounded, "debt")["F"] == "55"
    assert words(noisy, "debt")["f"] == "*"
    assert words(noisy, "food")["f"] == "*"
    for word, people in (("m", 43), ("x", 21)):
        assert abs(int(words(noisy, "debt")[word]) - people) <= 4


def test_same_people_are_told_by_cell_keys_where_the_other_table_is_not_there(ledger: Ledger) -> None:
    (noisy,) = release(ledger, "r1", NOISY)
    assert abs(int(words(noisy, "debt")["f"]) - 57) <= 4


def test_people_that_an_earlier_release_told_by_cell_keys_are_not_told_rounded_later(ledger: Ledger) -> None:
    release(ledger, "r1", NOISY)
    (rounded,) = release(ledger, "r2", ROUNDED, past=("r1",))
    assert words(rounded, "debt")["F"] == "*"
    assert words(rounded, "debt")["M"] == "65"


def test_desk_gives_the_number_that_the_table_gave_and_says_how_it_was_made(ledger: Ledger) -> None:
    (noisy,) = release(ledger, "r1", NOISY)
    rows = Rows("r1", FRAME, partial(aggregates_by_polars, FRAME))
    allowed = Allowed(columns=COLUMNS)
    desk = Desk(rows, allowed, ledger)
    answer = desk.answer({"dimensions": ["gender", "need"]})
    letter = answered("id", "r1", answer)
    told = {(gender, need): people for gender, need, people in letter["rows"]}
    assert told["f", "debt"] == int(words(noisy, "debt")["f"])
    assert "up to 4 off" in letter["notes"][0]
    assert "to the nearest" not in letter["notes"][0]
