"""Rows and tables of a release are made side by side: what stops either stops both, and the rows leave room."""

import time
from pathlib import Path
from typing import Any

import pytest

from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.releasing import build
from anonymiser.releasing.build import make_release
from anonymiser.releasing.series import STATE
from anonymiser.releasing.sources import Order
from anonymiser.releasing.tables import count_tables
from tests.unit.anonymiser.sample import outcome_records
from tests.unit.anonymiser_releasing.release_orders import Sealing


@pytest.fixture
def order(sealed: Sealing, keys: Keys, tmp_path: Path) -> Order:
    return Order(extracts=[sealed(outcome_records(240, seed=6))], keys=keys, out=tmp_path / "out")


def left(order: Order) -> tuple[list[str], str]:
    """What lies in the folder of releases, and what is in the ledger of tables."""
    ledger = order.out / STATE / "tables.ledger"
    names = sorted(path.name for path in order.out.iterdir() if path.name != STATE)
    return names, ledger.read_text()


def refuse(*_given: object, **_named: object) -> None:
    raise Refusal("It is refused.")


@pytest.mark.parametrize("step", ["count_tables", "hold_off"])
def test_what_refuses_rows_or_tables_refuses_both(
    order: Order, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(build, step, refuse)
    with pytest.raises(Refusal, match="It is refused"):
        make_release(order)
    assert left(order) == ([], "")


def test_no_row_is_written_before_the_tables_have_left_room(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def slowly(*given: Any, **named: Any) -> object:
        counted = count_tables(*given, **named)
        until = time.monotonic() + 1.5  # by then rows that did not wait would be there
        while time.monotonic() < until and not written:
            written.extend(order.out.glob(".making-*/data/*"))
            time.sleep(0.02)
        return counted

    monkeypatch.setattr(build, "count_tables", slowly)
    assert (make_release(order) / "data" / "outcomes.csv").exists()
    assert written == []
