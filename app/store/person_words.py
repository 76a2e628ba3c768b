"""What one practice has said of a person, kept apart from what others have: sealed with the person's key."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.domain.case_news import Marks
from app.domain.own_words import OwnWords
from app.domain.referral import PersonDetails
from app.store.crypto import Cell, DataKey
from app.store.session import Tx
from app.store.tables_care import PersonRow
from app.store.tables_words import PersonWordRow

_LISTS = ("given", "address_lines", "phones")


def list_words(tx: Tx, keys: Mapping[UUID, DataKey], practice_id: UUID) -> Mapping[UUID, OwnWords]:
    """Return a practice's words on each of these people, by their id; who has none of its words is left out."""
    row = PersonWordRow
    query = select(row).where(row.practice_id == practice_id, row.person_id.in_(keys))
    return {each.person_id: _open(tx, each, keys[each.person_id]) for each in tx.session.scalars(query)}


def find(tx: Tx, person_id: UUID, key: DataKey, practice_id: UUID) -> tuple[OwnWords, Marks]:
    """Return a practice's words on a person, and of when its newest on each part is; none is empty words."""
    row = _row(tx, person_id, practice_id)
    return (_open(tx, row, key), row.heard) if row else (OwnWords(), {})


def record(
    tx: Tx, person: PersonRow, key: DataKey, practice_id: UUID, *, words: OwnWords, marks: Marks
) -> None:
    """Write a practice's words on a person, whose row is held; found by its number where identity is confirmed."""
    row = _row(tx, person.id, practice_id)
    if row is None:
        row = PersonWordRow(id=uuid4(), person_id=person.id, practice_id=practice_id)
        tx.session.add(row)
    if row.words is None or _open(tx, row, key) != words:
        row.updated_at = tx.now
        row.words = tx.cipher.seal(key, _cell(row), _written(words))
    row.heard = dict(marks)
    number = words.details.nhs_number if person.nhs_number_index is not None else None
    row.nhs_number_index = tx.cipher.blind_index(number) if number else None
    tx.session.flush()


def add(
    tx: Tx, person: PersonRow, key: DataKey, *, practice_ids: Collection[UUID], details: PersonDetails
) -> None:
    """Keep the same words as those of each of these practices, of somebody who is new."""
    for practice_id in practice_ids:
        row = PersonWordRow(
            id=uuid4(), person_id=person.id, practice_id=practice_id, heard={}, updated_at=tx.now
        )
        row.words = tx.cipher.seal(key, _cell(row), _written(OwnWords(details)))
        row.nhs_number_index = person.nhs_number_index
        tx.session.add(row)


def record_changed(tx: Tx, person_id: UUID) -> None:
    """Date what every practice is told anew: something that all are told has changed."""
    row = PersonWordRow
    tx.session.execute(update(row).where(row.person_id == person_id).values(updated_at=tx.now))


def read_details(told: Mapping[str, Any]) -> PersonDetails:
    """Return the details that were written as JSON; what was left out is empty."""
    lists = {name: tuple(told.get(name, ())) for name in _LISTS}
    born = {"birth_date": date.fromisoformat(told["birth_date"])} if told.get("birth_date") else {}
    return PersonDetails(**{**told, **lists, **born})


def _row(tx: Tx, person_id: UUID, practice_id: UUID) -> PersonWordRow | None:
    row = PersonWordRow
    query = select(row).where(row.person_id == person_id, row.practice_id == practice_id)
    return tx.session.scalars(query).first()


def _cell(row: PersonWordRow) -> Cell:
    return Cell("person_word", "words", row.id)


def _open(tx: Tx, row: PersonWordRow, key: DataKey) -> OwnWords:
    text = tx.cipher.open_text(key, _cell(row), row.words)
    told = json.loads(text) if text else {}
    return OwnWords(deceased=told.pop("deceased", False), details=read_details(told))


def _written(words: OwnWords) -> str:
    told = {name: value for name, value in asdict(words.details).items() if value}
    return json.dumps(told | ({"deceased": True} if words.deceased else {}), default=date.isoformat)
