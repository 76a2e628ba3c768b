"""One person more or fewer between two releases is nowhere to be seen in what is published."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anonymiser.keys import Keys
from anonymiser.releasing.build import make_release
from anonymiser.releasing.diff import differences
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

ROWS = 700
Many = tuple[Order, list[Fields], Path]


def tables(release: Path) -> list[str]:
    return (release / "data" / "tables.csv").read_text().splitlines()


def somebody_new(records: Sequence[Fields], seed: int) -> Fields:
    known = {record["nhs_number"] for record in records}
    others = (record["nhs_number"] for record in outcome_records(1000, seed=seed + 50))
    number = next(each for each in others if each not in known)
    return {**outcome_records(ROWS + 1, seed=seed)[-1], "nhs_number": number}


@pytest.fixture(scope="module")
def many(sealed: Sealing, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Many:
    records = outcome_records(ROWS, seed=11)
    order = Order(extracts=[sealed(records)], keys=keys, out=tmp_path_factory.mktemp("one") / "out")
    return order, records, make_release(order)


@pytest.fixture
def beside(many: Many, tmp_path: Path) -> Order:
    """The first release again, in a folder of the test's own."""
    order = replace(many[0], out=tmp_path / "out")
    make_release(order)
    return order


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_tables_are_the_same_to_the_letter_when_one_person_arrives(
    many: Many, beside: Order, sealed: Sealing, seed: int
) -> None:
    _, records, first = many
    warned: list[str] = []
    later = sealed([somebody_new(records, seed)], extract_id=LATER_ID)
    second = make_release(replace(beside, extracts=[later], warn=warned.append))
    assert tables(second) == tables(first)
    assert any('"numbers_held_back": ' in sentence for sentence in warned)  # for the steward
    assert "held" not in " ".join(differences(first, second))
    for name in ("manifest.json", "CHANGES.txt", "risk-report.json", "dictionary.json", "data/tables.csv"):
        assert "held-back" not in (second / name).read_text()


@pytest.mark.parametrize("at", [0, 100, 333, 699])
def test_tables_are_the_same_to_the_letter_when_one_person_opts_out(
    many: Many, beside: Order, tmp_path: Path, at: int
) -> None:
    _, records, first = many
    (tmp_path / "type-1").write_text(f"{records[at]['nhs_number']}\n")
    second = make_release(replace(beside, lists=Lists(type_1=tmp_path / "type-1")))
    assert tables(second) == tables(first)
    counts = json.loads((second / "manifest.json").read_text())["counts"]
    assert counts["left_out"]["type-1-opt-out"] == 0  # it moves when ten have come
    assert counts["rows_extracted"] == counts["rows_released_before"]
