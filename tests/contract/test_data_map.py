"""No column is kept that the data map does not know, and what the map says of each fits how it is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from app.domain.data_map import Erased, Told, read
from app.services.rights.data_map import data_map
from app.services.rights.processing_record import processing_record
from app.store.every_table import METADATA
from tests.contract.field_classes import LEAVES

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "deploy" / "assurance" / "record-of-processing.md"
COLUMNS = {name: tuple(each.name for each in table.columns) for name, table in METADATA.tables.items()}
MAP = data_map()
OF_PEOPLE = [column for table in MAP.tables.values() for column in table.columns.values()]


def _as_file(**tables: dict[str, object]) -> dict[str, object]:
    lists = {
        "basis": {"care": ""},
        "kept": {"care": ""},
        "not_told": {"inner": ""},
        "nobody": {},
        "columns": {},
    }
    return lists | {"tables": tables}


_ENTRY = {"what": "w", "whose": "person", "path": "id", "basis": "care", "kept": "care"}


def test_every_column_of_every_table_has_its_entry() -> None:
    known = {f"{each.table}.{each.name}" for each in OF_PEOPLE}
    of_nobody = {f"{name}.{each}" for name in MAP.nobody for each in COLUMNS[name]}
    assert known | of_nobody == {f"{name}.{each}" for name, columns in COLUMNS.items() for each in columns}


def test_a_column_without_an_entry_is_refused() -> None:
    with pytest.raises(KeyError, match=r"one\.new"):
        read(_as_file(one=_ENTRY | {"columns": {"id": "its number"}}), {"one": ("id", "new")})


def test_a_table_without_an_entry_and_an_entry_without_a_table_are_refused() -> None:
    entry = _ENTRY | {"columns": {"id": "its number"}}
    with pytest.raises(KeyError, match="two"):
        read(_as_file(one=entry), {"one": ("id",), "two": ("id",)})
    with pytest.raises(ValueError, match="one"):
        read(_as_file(one=entry), {})
    with pytest.raises(ValueError, match="old"):
        read(_as_file(one=_ENTRY | {"columns": {"id": "n", "old": "gone"}}), {"one": ("id",)})


def test_a_reason_that_is_not_on_the_list_is_refused() -> None:
    columns = {"id": {"what": "its number", "told": "because"}}
    with pytest.raises(ValueError, match="because"):
        read(_as_file(one=_ENTRY | {"columns": columns}), {"one": ("id",)})


def test_what_is_sealed_for_a_person_goes_with_their_key() -> None:
    """A sealed column is told or held back for a reason; none is left readable by an erasure."""
    sealed = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    for column in (each for table in MAP.of_people() for each in table.columns.values()):
        is_sealed = f"{column.table}.{column.name}" in sealed
        if column.erased is Erased.KEY:
            assert is_sealed, f"{column.table}.{column.name} is not sealed"
        if is_sealed and column.told not in ("key", "inner"):
            assert column.erased in (Erased.KEY, Erased.GONE), f"{column.table}.{column.name}"


def test_what_leaves_for_the_dataset_about_people_is_on_the_map() -> None:
    tables = {name.split(".")[0] for name in LEAVES}
    assert tables <= set(MAP.tables) | set(MAP.nobody)


def test_nothing_of_a_person_is_held_back_without_a_reason_that_is_told() -> None:
    for column in (each for table in MAP.of_people() for each in table.columns.values()):
        assert column.is_told or column.told in MAP.not_told, f"{column.table}.{column.name}"
        assert column.told != Told.ON_REQUEST


def test_every_table_that_names_a_person_or_a_referral_can_be_gathered_or_says_why_not() -> None:
    for name, table in METADATA.tables.items():
        names = {column.name for column in table.columns}
        if names & {"person_id", "referral_id"}:
            entry = MAP.tables[name]
            told = {each.told for each in entry.columns.values()}
            assert entry.path or told <= {"inner", "passing", "elsewhere"}, name


def test_record_of_processing_is_written_from_the_map() -> None:
    assert RECORD.read_text() == processing_record(MAP), "write it anew: python -m app rights record"


def test_record_tells_every_column_once() -> None:
    text = processing_record(MAP)
    assert len(re.findall(r"^\| `[a-z_0-9]+` \| .* \|$", text, re.MULTILINE)) == len(OF_PEOPLE) + len(
        MAP.nobody
    )
