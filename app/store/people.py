"""People: the only place where identifiers are sealed and opened, and every opening is audited.

Whoever reads as a practice is given what that practice itself has said, here and so in every page, answer and file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.domain.likeness import likeness
from app.domain.own_words import OwnWords, Saying, add_words, as_told_by
from app.domain.referral import Person, PersonDetails
from app.domain.vocabulary import Role
from app.store import person_keys, person_words
from app.store.among import among
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


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody not known yet behind this fence; `heard` says of when the word on each part is.

    `told_by`: practices whose own words these are too. Nobody where their message is kept beside, as it was said.
    """

    details: PersonDetails
    fence_id: UUID | None  # Organisation.fence_id of who refers
    identity_confirmed: bool
    heard: Mapping[str, Any] = field(default_factory=dict)
    restricted: bool = False
    type1_opt_out: bool = False
    national_opt_out: bool = False
    told_by: frozenset[UUID] = frozenset()


def find_by_nhs_number(tx: Tx, nhs_number: str, *, fence_id: UUID | None, audit: str) -> Person | None:
    """Return whose confirmed NHS number this is behind a fence, or was before another replaced it; None for nobody.

    The same number on another side of the fence is nobody's here.
    """
    index, row = tx.cipher.blind_index(nhs_number), PersonRow
    beside = row.fence_id.is_(None) if fence_id is None else row.fence_id == fence_id
    found = tx.session.scalars(select(row).where(beside, row.nhs_number_index == index)).first()
    if found is None:
        found = tx.session.scalars(select(row).where(beside, row.replaced_indexes.contains([index]))).first()
    return None if found is None else _read(tx, [found], audit)[found.id]


def get(tx: Tx, person_id: UUID, *, audit: str) -> Person:
    """Return the person, for a practice as it told them; raises NotFound when absent or not shared with the actor."""
    return _read(tx, [_row(tx, person_id)], audit)[person_id]


def get_as_told_by(tx: Tx, person_id: UUID, practice_id: UUID, *, audit: str) -> Person:
    """Return the person for a message to a practice, whoever sets it off: as that practice told them."""
    return _read(tx, [_row(tx, person_id)], audit, practice_id)[person_id]


def list_for_referrals(tx: Tx, person_ids: list[UUID], *, audit: str) -> Mapping[UUID, Person]:
    """Return the people of a page of referrals, for a practice as it told them; one audit line each."""
    return _read(
        tx, tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(set(person_ids)))).all(), audit
    )


def list_for_count(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Person]:
    """Return many people for a count, for a practice as it told them; one audit line with how many: none is shown."""
    rows = tx.session.scalars(select(PersonRow).where(among(PersonRow.id, set(person_ids)))).all()
    tx.audit(Entry(audit, "person", "many", None, {"count": len(rows)}))
    return _read(tx, rows, None)


def add(tx: Tx, new: NewPerson, *, audit: str) -> Person:
    """Write a new person under a data key of their own.

    Only a confirmed identity gets the blind index: an unconfirmed one must never be merged by number.
    """
    person_id = uuid4()
    key = tx.cipher.new_data_key(person_id)
    number = new.details.nhs_number if new.identity_confirmed else None
    row = PersonRow(
        id=person_id,
        fence_id=new.fence_id,
        nhs_number_index=tx.cipher.blind_index(number) if number else None,
        identity_confirmed=new.identity_confirmed,
        heard=dict(new.heard),
        restricted=new.restricted,
        type1_opt_out=new.type1_opt_out,
        national_opt_out=new.national_opt_out,
    )
    _write(tx, row, key, new.details)
    tx.session.add(row)
    tx.session.flush()  # a person's key follows the person
    person_keys.add(tx, person_id, key)
    person_words.add(tx, row, key, practice_ids=new.told_by, details=new.details)
    tx.audit(Entry(audit, "person", str(person_id), person_id))
    return _person(row, new.details)


def record_told(tx: Tx, person_id: UUID, saying: Saying, *, audit: str) -> None:
    """Keep what a practice's message says of a person as that practice's own words; hold the person's row first."""
    row = _row(tx, person_id)
    key = _key(tx, row)
    known, marks = person_words.find(tx, person_id, key, saying.practice_id)
    number = tx.cipher.open_text(key, Cell("person", "nhs_number", person_id), row.nhs_number)
    current = json.loads(number)["nhs_number"] if number else None
    merged = add_words(known, marks, saying, number=current)
    person_words.record(tx, row, key, saying.practice_id, words=merged.value, marks=merged.heard)
    tx.audit(Entry(audit, "person", str(person_id), person_id))


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
    if flags.get("restricted", row.restricted) != row.restricted:
        person_words.record_changed(tx, person_id)
    _write(tx, row, _key(tx, row), details)
    if row.nhs_number_index is not None and details.nhs_number:  # a number that was replaced is followed
        row.nhs_number_index = tx.cipher.blind_index(details.nhs_number)
    for name, value in flags.items():
        setattr(row, name, value)
    tx.audit(Entry(audit, "person", str(person_id), person_id, {"fields": sorted(flags)}))


def record_identity(tx: Tx, person_id: UUID, number: str | None, *, is_confirmed: bool, audit: str) -> None:
    """Say whether the NHS number that stands now is theirs for certain: only then are they found by it."""
    row = _row(tx, person_id)
    row.identity_confirmed = bool(number) and is_confirmed
    row.nhs_number_index = tx.cipher.blind_index(number) if number and is_confirmed else None
    tx.session.flush()
    tx.audit(Entry(audit, "person", str(person_id), person_id, {"fields": ["identity_confirmed"]}))


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


def record_national_check(
    tx: Tx, *, opted_out: Collection[str], allowed: Collection[str], audit: str
) -> None:
    """Keep what the national check answered of NHS numbers, for whoever is confirmed to have one, whichever side of a
    fence they are on; a number that was not asked about stays as it was."""
    for choice, numbers in ((True, opted_out), (False, allowed)):
        theirs = PersonRow.nhs_number_index.in_([tx.cipher.blind_index(number) for number in numbers])
        values = {"national_opt_out": choice, "national_checked_on": tx.today}
        tx.session.execute(update(PersonRow).where(theirs).values(**values))
    count = {"asked": len(opted_out) + len(allowed), "opted_out": len(opted_out)}
    tx.audit(Entry(audit, "person", "many", None, count))


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
    keys = person_keys.list_keys(tx, {person_id for person_id, _, sealed in texts if sealed is not None})
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
    return person_keys.get(tx, row.id)


def _write(tx: Tx, row: PersonRow, key: DataKey, details: PersonDetails) -> None:
    for column, names in _COLUMNS.items():
        told = {name: value for name in names if (value := getattr(details, name))}
        text = json.dumps(told, default=date.isoformat) if told else None
        setattr(row, column, tx.cipher.seal(key, Cell("person", column, row.id), text))
    alike = likeness(details)
    row.likeness_index = tx.cipher.likeness_index(*alike) if alike else None


def _read(
    tx: Tx, rows: Sequence[PersonRow], audit: str | None, told_by: UUID | None = None
) -> Mapping[UUID, Person]:
    """Open people for the actor; for a practice, or for what is written to one, in that practice's words alone."""
    practice_id = tx.actor.organisation_id if tx.actor.role is Role.PRACTICE else told_by
    for row in rows if audit else ():
        tx.audit(Entry(audit or "", "person", str(row.id), row.id))
    keys = person_keys.list_all(tx, {row.id for row in rows})
    if practice_id is None and tx.actor.role is not Role.PRACTICE:
        return {row.id: _person(row, _details(tx, row, keys[row.id])) for row in rows}
    words = person_words.list_words(tx, keys, practice_id) if practice_id else {}
    nothing = OwnWords()
    return {row.id: as_told_by(_person(row, PersonDetails()), words.get(row.id, nothing)) for row in rows}


def _details(tx: Tx, row: PersonRow, key: DataKey) -> PersonDetails:
    told: dict[str, Any] = {}
    for column in _COLUMNS:
        text = tx.cipher.open_text(key, Cell("person", column, row.id), getattr(row, column))
        told.update(json.loads(text) if text else {})
    return person_words.read_details(told)


def _person(row: PersonRow, details: PersonDetails) -> Person:
    return Person(
        id=row.id,
        details=details,
        identity_confirmed=row.identity_confirmed,
        restricted=bool(row.restricted),
        deceased=bool(row.deceased),
        type1_opt_out=bool(row.type1_opt_out),
        national_opt_out=bool(row.national_opt_out),
        national_checked_on=row.national_checked_on,
    )
