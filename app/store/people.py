"""People: the only place where identifiers are sealed and opened, and every opening is audited."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.referral import Person, PersonDetails, likeness
from app.store.audit import Entry
from app.store.crypto import Cell, DataKey
from app.store.session import Tx
from app.store.tables_care import PersonRow

_COLUMNS: dict[str, tuple[str, ...]] = {
    "nhs_number": ("nhs_number",),
    "names": ("family", "given", "prefix"),
    "birth_date": ("birth_date",),
    "address": ("address_lines", "postcode"),
    "contact": ("phones", "email"),
    "about": ("gender", "language", "ethnicity"),
}
_LISTS = ("given", "address_lines", "phones")


def find_by_nhs_number(tx: Tx, nhs_number: str, *, audit: str) -> Person | None:
    """Return the person whose confirmed NHS number this is, or was before another replaced it; None for nobody."""
    index = tx.cipher.blind_index(nhs_number)
    row = tx.session.scalar(select(PersonRow).where(PersonRow.nhs_number_index == index))
    if row is None:
        replaced = tx.session.scalars(select(PersonRow).where(PersonRow.replaced_indexes.contains([index])))
        row = replaced.first()
    return None if row is None else _read(tx, row, audit)


def get(tx: Tx, person_id: UUID, *, audit: str) -> Person:
    """Return the person; raises NotFound when absent or not shared with the actor."""
    return _read(tx, _row(tx, person_id), audit)


def list_for_referrals(tx: Tx, person_ids: list[UUID], *, audit: str) -> Mapping[UUID, Person]:
    """Return the people of a page of referrals, one audit line each."""
    rows = tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(set(person_ids))))
    return {row.id: _read(tx, row, audit) for row in rows}


def add(
    tx: Tx,
    details: PersonDetails,
    *,
    identity_confirmed: bool,
    heard: Mapping[str, Any] | None = None,
    audit: str,
    **flags: bool,
) -> Person:
    """Write a new person under a data key of their own; `heard` says of when the word on each part is.

    Only a confirmed identity gets the blind index: an unconfirmed one must never be merged by number.
    """
    person_id = uuid4()
    key = tx.cipher.new_data_key(person_id)
    number = details.nhs_number if identity_confirmed else None
    row = PersonRow(
        id=person_id,
        data_key=key.wrapped,
        key_id=key.key_id,
        nhs_number_index=tx.cipher.blind_index(number) if number else None,
        identity_confirmed=identity_confirmed,
        heard=dict(heard or {}),
        **flags,
    )
    _write(tx, row, key, details)
    tx.session.add(row)
    tx.audit(Entry(audit, "person", str(person_id), person_id))
    return _person(row, details)


def heard(tx: Tx, person_id: UUID, *, audit: str) -> Mapping[str, Any]:
    """Return of when the newest word on each part of the person is, held until the end of the transaction."""
    query = select(PersonRow.heard).where(PersonRow.id == person_id).with_for_update()
    found: Mapping[str, Any] | None = tx.session.scalars(query).first()
    if found is None:
        raise NotFound
    tx.audit(Entry(audit, "person", str(person_id), person_id))
    return found


def record_details(
    tx: Tx,
    person_id: UUID,
    details: PersonDetails,
    *,
    heard: Mapping[str, Any] | None = None,
    audit: str,
    **flags: bool,
) -> None:
    """Replace the details, of when they were heard if that is given, and the flags given."""
    row = _row(tx, person_id)
    if heard is not None:
        row.heard = dict(heard)
    _write(tx, row, _key(tx, row), details)
    if row.nhs_number_index is not None and details.nhs_number:  # a number that was replaced is followed
        row.nhs_number_index = tx.cipher.blind_index(details.nhs_number)
    for name, value in flags.items():
        setattr(row, name, value)
    tx.audit(Entry(audit, "person", str(person_id), person_id, {"fields": sorted(flags)}))


def record_replaced(tx: Tx, person_id: UUID, nhs_numbers: Sequence[str], *, audit: str) -> None:
    """Remember under which NHS numbers a confirmed person was known before: their index, never the numbers."""
    row = _row(tx, person_id)
    if row.nhs_number_index is None:
        return
    told = {tx.cipher.blind_index(number) for number in nhs_numbers} - {row.nhs_number_index}
    if told - set(row.replaced_indexes or ()):
        row.replaced_indexes = sorted(told | set(row.replaced_indexes or ()))
        tx.audit(Entry(audit, "person", str(person_id), person_id))


def record_opt_out(tx: Tx, person_id: UUID, *, audit: str) -> None:
    """Keep the person out of every dataset from now on."""
    _row(tx, person_id).type1_opt_out = True
    tx.audit(Entry(audit, "person", str(person_id), person_id))


def seal_for(tx: Tx, person_id: UUID, cell: Cell, clear: str | None) -> bytes | None:
    """Seal a text that belongs to a person but stands in another table."""
    return tx.cipher.seal(_key(tx, _row(tx, person_id)), cell, clear)


def open_for(tx: Tx, person_id: UUID, cell: Cell, sealed: bytes | None) -> str | None:
    """Open such a text; the caller's own read is what the audit tells of."""
    if sealed is None:
        return None
    return tx.cipher.open_text(_key(tx, _row(tx, person_id)), cell, sealed)


def open_many(tx: Tx, texts: Sequence[tuple[UUID, Cell, bytes | None]]) -> Sequence[str | None]:
    """Open texts of several people, each with whose it is, with one query for all their keys; None stays None."""
    people = {person_id for person_id, _, _ in texts}
    rows = tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(people))).all() if people else ()
    keys = {row.id: _key(tx, row) for row in rows}
    return [
        tx.cipher.open_text(keys[person_id], cell, sealed) if person_id in keys else None
        for person_id, cell, sealed in texts
    ]


def _row(tx: Tx, person_id: UUID) -> PersonRow:
    row = tx.session.get(PersonRow, person_id)
    if row is None:
        raise NotFound
    return row


def _key(tx: Tx, row: PersonRow) -> DataKey:
    return tx.cipher.unwrap(row.id, row.data_key, row.key_id)


def _write(tx: Tx, row: PersonRow, key: DataKey, details: PersonDetails) -> None:
    for column, names in _COLUMNS.items():
        told = {name: value for name in names if (value := getattr(details, name))}
        text = json.dumps(told, default=date.isoformat) if told else None
        setattr(row, column, tx.cipher.seal(key, Cell("person", column, row.id), text))
    alike = likeness(details)
    row.likeness_index = tx.cipher.likeness_index(*alike) if alike else None


def _read(tx: Tx, row: PersonRow, audit: str) -> Person:
    key = _key(tx, row)
    told: dict[str, Any] = {}
    for column in _COLUMNS:
        text = tx.cipher.open_text(key, Cell("person", column, row.id), getattr(row, column))
        told.update(json.loads(text) if text else {})
    for name in _LISTS:
        told[name] = tuple(told.get(name, ()))
    if told.get("birth_date"):
        told["birth_date"] = date.fromisoformat(told["birth_date"])
    tx.audit(Entry(audit, "person", str(row.id), row.id))
    return _person(row, PersonDetails(**told))


def _person(row: PersonRow, details: PersonDetails) -> Person:
    return Person(
        id=row.id,
        details=details,
        identity_confirmed=row.identity_confirmed,
        restricted=bool(row.restricted),
        deceased=bool(row.deceased),
        type1_opt_out=bool(row.type1_opt_out),
    )
