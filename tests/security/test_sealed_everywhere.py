"""Every sealed value that stands in the database opens in its own row and column with its own key, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, select

from app.store.crypto import OF_PERSON, Cell, Cipher, DataKey, KeyProblem
from app.store.tables import Base
from tests.security.planted import plant
from tests.security.world import World

# Bytes that are no sealed words, each with its reason.
NOT_SEALED = {
    "person.nhs_number_index": "keyed index",
    "person.replaced_indexes": "keyed indexes",
    "person.likeness_index": "keyed index",
    "person_word.nhs_number_index": "keyed index",
    "audit_event.previous_hash": "chain",
    "audit_event.hash": "chain",
    "extract_run.sealed_sha256": "digest",
    "inbox_message.digest": "digest",
    "async_job.digest": "digest",
    "inbox_message.response_body": "an OperationOutcome, which names nobody",
}
# A line's cell has the name of its number; it stands in the row of its file (app.store.cohort).
_OF_A_FILE = "cohort_line"


@dataclass(frozen=True)
class Sealed:
    """A value as it stands in a row, with the key and the cell that it should open by."""

    where: str
    key: DataKey
    cell: Cell
    value: bytes


@pytest.fixture(scope="module")
def sealed(world: World) -> list[Sealed]:
    plant(world.a)
    return list(_every(world))


def _every(world: World) -> Iterator[Sealed]:
    cipher = world.db.cipher
    with world.admin.connect() as connection:
        tables = {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in Base.metadata.tables.items()
        }
    people = {
        row["person_id"]: cipher.unwrap(row["person_id"], row["data_key"], row["key_id"])
        for row in tables["person_key"]
    }
    of_referral = {row["id"]: row["person_id"] for row in tables["referral"]}
    of_placement = {row["id"]: of_referral[row["referral_id"]] for row in tables["placement"]}
    of_feedback = {row["id"]: row["referral_id"] for row in tables["feedback"]}
    for name, rows in tables.items():
        for row in rows:
            person_id = row["id"] if name == "person" else row.get("person_id")
            person_id = person_id or of_referral.get(row.get("referral_id"))
            person_id = person_id or of_placement.get(row.get("placement_id"))
            person_id = person_id or of_referral.get(of_feedback.get(row.get("feedback_id")))
            person = people.get(person_id) if person_id else None
            key = _own_key(cipher, row, person) or person
            for column in _columns(name):
                if row[column] is not None and key is not None:
                    yield Sealed(f"{name}.{column}", key, _cell(name, column, row), row[column])


def _cell(table: str, column: str, row: Mapping[str, Any]) -> Cell:
    if table == "referral_version":  # the words of a referral as they stood, moved as they were
        return Cell("referral", column, row["referral_id"])
    return Cell(table, column, row["id"] if "id" in row else row["user_id"])


def _own_key(cipher: Cipher, row: Mapping[str, Any], person: DataKey | None) -> DataKey | None:
    owner = row["id"] if "id" in row else row.get("user_id")
    if person is not None and row.get("key_id") == OF_PERSON:
        return cipher.unwrap_under(person, row["id"], row["data_key"])
    return cipher.unwrap(owner, row["data_key"], row["key_id"]) if row.get("data_key") and owner else None


def _columns(table: str) -> list[str]:
    """The columns of a table that hold sealed words."""
    found = Base.metadata.tables[table].columns
    return [
        each.name
        for each in found
        if isinstance(each.type, LargeBinary)
        and f"{table}.{each.name}" not in NOT_SEALED
        and not each.name.endswith(("_hash", "data_key"))
        and table != _OF_A_FILE
    ]


def test_every_value_opens_in_its_own_cell(sealed: list[Sealed]) -> None:
    wrong = {each.where for each in sealed if not _opens(each.key, each.cell, each.value)}
    assert wrong == set()
    assert len({each.where for each in sealed}) > 25  # of so many columns there is something to look at


def test_no_value_opens_in_another_row_column_or_table(sealed: list[Sealed]) -> None:
    opened = []
    for each in sealed:
        cell = each.cell
        elsewhere = [
            replace(cell, row=uuid4()),
            replace(cell, column="words" if cell.column != "words" else "note"),
            replace(cell, table="referral" if cell.table != "referral" else "outcome"),
        ]
        opened += [f"{each.where} as {other}" for other in elsewhere if _opens(each.key, other, each.value)]
    assert opened == []


def test_no_value_opens_with_another_key(sealed: list[Sealed]) -> None:
    keys: dict[bytes, DataKey] = {each.key.plain: each.key for each in sealed}
    assert len(keys) > 10
    for each in sealed:
        others = [key for plain, key in keys.items() if plain != each.key.plain][:5]
        assert not any(_opens(other, each.cell, each.value) for other in others), each.where


def test_no_key_of_a_record_opens_as_anothers(world: World) -> None:
    cipher, tried = world.db.cipher, 0
    with world.admin.connect() as connection:
        for table in Base.metadata.tables.values():
            if not {"data_key", "id"} <= set(table.columns.keys()):
                continue
            keyed = select(table.c.id, table.c.data_key, table.c.key_id).where(table.c.key_id != OF_PERSON)
            for row in connection.execute(keyed.limit(3)):
                tried += 1
                with pytest.raises(KeyProblem):
                    cipher.unwrap(uuid4(), row.data_key, row.key_id)
    assert tried > 10


def test_one_changed_byte_is_noticed(sealed: list[Sealed]) -> None:
    for each in sealed:
        for place in (0, 1, 13, len(each.value) - 1):
            changed = bytearray(each.value)
            changed[place] ^= 1
            assert not _opens(each.key, each.cell, bytes(changed)), (each.where, place)


def _opens(key: DataKey, cell: Cell, value: bytes) -> bool:
    try:
        Cipher.open(key, cell, value)
    except KeyProblem:
        return False
    return True


def test_cells_of_a_cohorts_lines_differ_by_line(world: World) -> None:
    """They are sealed in the name of the file, so that each line's number is part of its cell."""
    with world.admin.connect() as connection:
        lines = connection.exec_driver_sql(
            "select c.id, c.data_key, c.key_id, l.number, l.asked "
            "from cohort c join cohort_line l on l.cohort_id = c.id"
        ).all()
    assert lines
    for cohort_id, data_key, key_id, number, asked in lines:
        key = world.db.cipher.unwrap(UUID(str(cohort_id)), data_key, key_id)
        assert _opens(key, Cell(_OF_A_FILE, f"asked {number}", cohort_id), asked)
        assert not _opens(key, Cell(_OF_A_FILE, f"asked {number + 1}", cohort_id), asked)
