"""Asking for all that is kept: whatever of a person's tells something is in the bundle, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Column, Connection, Engine, Table, text
from sqlalchemy.orm import Session

from app.domain.access import system
from app.domain.data_map import Told
from app.domain.lifecycle import ReferralStatus
from app.services.rights.data_map import data_map
from app.store import gathering, person_keys
from app.store.crypto import Cell, DataKey
from app.store.every_table import METADATA
from app.store.gathering import Whose
from app.store.session import Database, Tx
from tests.factories import MadePlace, MadeReferral, make_referral

MAP = data_map()
_THERE = ("person", "referral", "placement", "feedback", "person_key")  # planted over what the steps left
_NUMBERS = {"INTEGER", "BIGINT", "SMALLINT", "NUMERIC", "DOUBLE PRECISION", "FLOAT"}


@dataclass
class Planting:
    """Writes a row of every table of a person's with a value that stands nowhere else in every column."""

    tx: Tx
    connection: Connection
    key: DataKey
    ids: Mapping[str, Any]
    canaries: dict[str, str] = field(default_factory=dict)  # "table.column" -> how it is told
    serial: int = 0

    def plant_all(self) -> None:
        """As nobody but the database's administrator could, and only to be taken back."""
        self.connection.execute(text("set local session_replication_role = replica"))
        for entry in MAP.of_people():
            table = METADATA.tables[entry.name]
            self._drop_checks(table)
            values = {column.name: self._value(table, column) for column in table.columns}
            values = {name: value for name, value in values.items() if value is not ...}
            row_id = self._row_id(table)
            if row_id is not None:
                values["id"] = row_id
            self._seal(table, values)
            if table.name in _THERE:
                named = self.ids.get(table.name, self.ids["person_id"])
                (primary,) = table.primary_key.columns
                values.pop(primary.name, None)
                self.connection.execute(table.update().where(primary == named).values(values))
            else:
                path = table.c[entry.path or ""]
                self.connection.execute(table.delete().where(path == self.ids[path.name]))
                self.connection.execute(table.insert().values(values))

    def _drop_checks(self, table: Table) -> None:
        query = "select conname from pg_constraint where conrelid = :name ::regclass and contype = 'c'"
        for name in self.connection.scalars(text(query), {"name": table.name}).all():
            self.connection.execute(text(f'alter table {table.name} drop constraint "{name}"'))

    def _row_id(self, table: Table) -> Any:
        if "id" not in table.columns:
            return None
        if table.name in self.ids:
            return self.ids[table.name]
        self.serial += 1
        return uuid4() if str(table.c.id.type) in ("UUID", "CHAR(32)") else 900_000 + self.serial

    def _value(self, table: Table, column: Column[Any]) -> Any:
        """A value that stands nowhere else; `...` leaves the column as the database has it."""
        linked = {"team_id": "team_id", "organisation_id": "team_id", "practice_id": "requester_id"}
        if column.name in linked:
            return self.ids[linked[column.name]]
        if column.name in self.ids and (column.name.endswith("_id") or column.name == "data_key"):
            return self.ids[column.name]
        if not MAP.tables[table.name].columns[column.name].is_told:
            return (
                ... if column.nullable or column.server_default or column.name == "id" else self._any(column)
            )
        return self._told(f"{table.name}.{column.name}", column)

    def _told(self, name: str, column: Column[Any]) -> Any:
        self.serial += 1
        kind = str(column.type)
        if "Binary" in type(column.type).__name__:
            self.canaries[name] = f"canary{self.serial}x"
            return self.canaries[name].encode()
        if kind == "BOOLEAN":
            self.canaries[name] = "yes"
            return True
        if kind in _NUMBERS:
            self.canaries[name] = str(70_000 + self.serial)
            return 70_000 + self.serial
        if kind.startswith(("DATE", "TIMESTAMP")):
            day = date(1900, 1, 1) + timedelta(days=40 * self.serial)
            self.canaries[name] = f"{day:%-d %B %Y}"
            return day if kind == "DATE" else datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.canaries[name] = f"canary{self.serial}x"
        if "[]" in kind or kind == "ARRAY" or kind.endswith("ARRAY"):
            return [self.canaries[name]]
        return {"word": self.canaries[name]} if kind == "JSONB" else self.canaries[name]

    def _any(self, column: Column[Any]) -> Any:
        kind = str(column.type)
        self.serial += 1
        if kind in ("UUID", "CHAR(32)"):
            return uuid4()
        if "Binary" in type(column.type).__name__:
            return b"\x00"
        if kind == "BOOLEAN":
            return False
        if kind in _NUMBERS:
            return self.serial + (800_000 if kind != "SMALLINT" else 0)
        if kind == "DATE":
            return date(2026, 1, 1)
        if kind.startswith("TIMESTAMP") or kind == "DATETIME":
            return datetime(2026, 1, 1, tzinfo=UTC)
        return {} if kind == "JSONB" else [] if "ARRAY" in kind or "[]" in kind else f"x{self.serial}"

    def _seal(self, table: Table, values: dict[str, Any]) -> None:
        key = self.key
        if table.name in ("inbox_message", "outbox_message"):
            own = self.tx.cipher.new_key_under(self.key, values["id"])
            values |= {"data_key": own.wrapped, "key_id": own.key_id}
            key = own
        for name, value in values.items():
            if isinstance(value, bytes) and MAP.tables[table.name].columns[name].is_told:
                row = self.ids["person_id"] if table.name == "person" else values["id"]
                values[name] = self.tx.cipher.seal(key, Cell(table.name, name, row), value)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    """Somebody whose help has ended: their referral, offer and news are there."""
    return make_referral(database, place, ReferralStatus.COMPLETED)


@pytest.fixture
def tx(database: Database, admin: Engine) -> Iterator[Tx]:
    """The administrator's transaction, which is taken back."""
    with admin.connect().execution_options(isolation_level="READ COMMITTED") as connection:
        begun = connection.begin()
        with Session(connection) as session:
            yield Tx(session, system("test"), database.clock(), database.cipher)
        begun.rollback()


def ids_of(tx: Tx, made: MadeReferral, place: MadePlace) -> dict[str, Any]:
    news = tx.session.scalar(text("select id from feedback where referral_id = :id"), {"id": made.id})
    of_tables = {
        "person": made.person_id,
        "referral": made.id,
        "placement": made.placement_id,
        "feedback": news,
    }
    columns = {"person_id": made.person_id, "referral_id": made.id, "placement_id": made.placement_id}
    whose = {"feedback_id": news, "team_id": place.team.id, "requester_id": made.practice.id}
    return of_tables | columns | whose


def bundle(tx: Tx, made: MadeReferral, place: MadePlace) -> dict[str, set[str]]:
    """What is told, by column."""
    told: dict[str, set[str]] = {}
    for section in gathering.gather(tx, MAP, Whose(made.person_id, place.team.id), audit="test"):
        for row in section.rows:
            for piece in row:
                told.setdefault(piece.key.partition(":")[0], set()).add(piece.value)
    return told


def test_a_canary_in_every_column_of_a_person_is_told_or_has_a_reason_why_not(
    tx: Tx, made: MadeReferral, place: MadePlace
) -> None:
    key = person_keys.get(tx, made.person_id)
    planted = Planting(tx, tx.session.connection(), key, ids_of(tx, made, place))
    planted.plant_all()
    tx.session.expire_all()
    told = bundle(tx, made, place)
    columns = [each for table in MAP.of_people() for each in table.columns.values()]
    reasons = {f"{each.table}.{each.name}" for each in columns if each.told in MAP.not_told}
    missing = {
        name
        for name, canary in planted.canaries.items()
        if not any(canary in value for value in told.get(name, set()))
    }
    assert missing == set()
    assert {f"{each.table}.{each.name}" for each in columns} == set(planted.canaries) | reasons


def test_another_persons_and_another_teams_records_are_not_in_it(
    database: Database, place: MadePlace, made: MadeReferral, tx: Tx
) -> None:
    other = make_referral(database, place, ReferralStatus.COMPLETED, words="Zebrawords of another person.")
    everything = str(bundle(tx, made, place))
    assert "Zebrawords" not in everything
    assert str(other.id) not in everything
    with pytest.raises(AssertionError):
        assert "company" not in everything  # its own words are
    elsewhere = gathering.gather(tx, MAP, Whose(made.person_id, place.other_team.id), audit="test")
    assert not [
        piece for section in elsewhere for row in section.rows for piece in row if "referral." in piece.key
    ]


def test_other_peoples_words_are_marked_to_be_read_first(
    tx: Tx, made: MadeReferral, place: MadePlace
) -> None:
    sections = gathering.gather(tx, MAP, Whose(made.person_id, place.team.id), audit="test")
    marked = {p.key.partition(":")[0] for s in sections for row in s.rows for p in row if p.read_first}
    assert {"referral.reason", "contact.note", "outcome.summary"} <= marked
    assert all(MAP.tables[t].columns[c].told == Told.READ_FIRST for t, c in (m.split(".") for m in marked))
