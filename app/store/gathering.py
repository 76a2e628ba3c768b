"""Gathers every row that tells of a person, table by table as the data map says, sealed words opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Table, or_, select

from app.domain.data_map import Column, DataMap
from app.domain.data_map import Table as MapTable
from app.domain.subject_access import Piece, Section
from app.store import person_keys
from app.store.audit import Entry
from app.store.crypto import Cell, DataKey
from app.store.every_table import METADATA
from app.store.session import LONDON, Tx
from app.store.tables_care import FeedbackRow, PlacementRow, ReferralRow

_OWN_KEY = frozenset({"inbox_message", "outbox_message"})  # under keys of their own, wrapped by the person's


@dataclass(frozen=True, slots=True)
class Whose:
    """The person, and the team whose records are gathered: another team's referrals are that team's to tell."""

    person_id: UUID
    team_id: UUID


@dataclass(frozen=True, slots=True)
class _Ids:
    by_path: Mapping[str, Sequence[UUID]]
    organisations: Collection[UUID]


def gather(tx: Tx, found: DataMap, whose: Whose, *, audit: str) -> Sequence[Section]:
    """Return all that is told, a section for each table with rows; to be read as the platform."""
    ids, key = _ids(tx, whose), person_keys.get(tx, whose.person_id)
    sections = [_section(tx, each, ids, key) for each in found.of_people()]
    tx.audit(Entry(audit, "person", str(whose.person_id), whose.person_id))
    return [each for each in sections if each.rows]


def paths_of(tx: Tx, person_id: UUID, team_id: UUID | None = None) -> Mapping[str, Sequence[UUID]]:
    """Return by which ids a person's rows are found in a table, by the column there; of one team, if named."""
    theirs = [ReferralRow.person_id == person_id]
    if team_id is not None:
        theirs.append(ReferralRow.team_id == team_id)
    referrals = tx.session.scalars(select(ReferralRow.id).where(*theirs)).all()
    placed = select(PlacementRow.id).where(PlacementRow.referral_id.in_(referrals))
    news = select(FeedbackRow.id).where(FeedbackRow.referral_id.in_(referrals))
    return {
        "id": [person_id],
        "person_id": [person_id],
        "referral_id": referrals,
        "placement_id": tx.session.scalars(placed).all(),
        "feedback_id": tx.session.scalars(news).all(),
    }


def _ids(tx: Tx, whose: Whose) -> _Ids:
    paths = paths_of(tx, whose.person_id, whose.team_id)
    asked = select(ReferralRow.requester_id).where(ReferralRow.id.in_(paths["referral_id"]))
    helped = select(PlacementRow.provider_id).where(PlacementRow.id.in_(paths["placement_id"]))
    named = {*tx.session.scalars(asked), *tx.session.scalars(helped)}
    return _Ids(paths, {whose.team_id, *named})


def _section(tx: Tx, entry: MapTable, ids: _Ids, key: DataKey) -> Section:
    table = METADATA.tables[entry.name]
    order = [each for each in table.columns if each.primary_key]
    query = select(table).where(*_theirs(table, entry.path or "", ids)).order_by(*order)
    told = [each for each in entry.columns.values() if each.is_told]
    rows = [_pieces(tx, table, told, row, key) for row in tx.session.execute(query).mappings()]
    return Section(entry.what, [row for row in rows if row])


def _theirs(table: Table, path: str, ids: _Ids) -> list[ColumnElement[bool]]:
    """Of a person's rows those that the team keeps: by its referrals, else by whom these name."""
    wanted: list[ColumnElement[bool]] = [table.c[path].in_(ids.by_path[path])]
    if path != "person_id":
        return wanted
    if table.name == "referral" or "referral_id" in table.c:
        own = table.c["id" if table.name == "referral" else "referral_id"]
        return [*wanted, own.in_(ids.by_path["referral_id"])]
    for name in ("organisation_id", "team_id", "practice_id"):
        if name in table.c:
            wanted.append(or_(table.c[name].is_(None), table.c[name].in_(ids.organisations)))
    return wanted


def _pieces(
    tx: Tx, table: Table, columns: Sequence[Column], row: RowMapping, key: DataKey
) -> Sequence[Piece]:
    named = ",".join(str(row[each.name]) for each in table.columns if each.primary_key)
    if table.name in _OWN_KEY:
        key = person_keys.open_for_row(tx, row["id"], row["data_key"], row["key_id"], key)
    pieces = []
    for column in columns:
        value = _value(tx, column, row, key)
        if value:
            piece = f"{column.table}.{column.name}:{named}"
            pieces.append(Piece(piece, column.what, value, read_first=column.told == "read-first"))
    return pieces


def _value(tx: Tx, column: Column, row: RowMapping, key: DataKey) -> str:
    value: Any = row[column.name]
    if isinstance(value, bytes):
        return tx.cipher.open_text(key, Cell(column.table, column.name, row["id"]), value) or ""
    return _text(value)


def _text(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(LONDON):%-d %B %Y, %H:%M}"
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return str(value)
