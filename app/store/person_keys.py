"""People's own keys: made once, looked up whenever something of theirs is sealed or opened, destroyed for good.

They stand in a table of their own, which the backup of the records leaves out (deploy/README.md, "Backup"): with the
key every copy of the person's record that was ever made becomes unreadable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import DESTROYED, OF_PERSON, DataKey, KeyProblem
from app.store.session import Tx
from app.store.tables_care import FeedbackRow, PersonRow, PlacementRow, ReferralRow
from app.store.tables_keys import PersonKeyRow
from app.store.tables_words import PersonWordRow

_OPENED: Final = "opened keys"


def add(tx: Tx, person_id: UUID, key: DataKey) -> None:
    """Keep the key of a person whose row is written."""
    tx.session.add(PersonKeyRow(person_id=person_id, data_key=key.wrapped, key_id=key.key_id))


def get(tx: Tx, person_id: UUID) -> DataKey:
    """Return a person's key, one that opens nothing where it was destroyed; raises KeyProblem when there is none."""
    return list_all(tx, [person_id])[person_id]


def list_all(tx: Tx, person_ids: Collection[UUID]) -> Mapping[UUID, DataKey]:
    """Return the keys of these people by their id; raises KeyProblem when one is missing."""
    found = list_keys(tx, person_ids)
    if len(found) < len(set(person_ids)):
        raise KeyProblem("A person's key is missing: restore the newest backup of the keys.")
    return found


def list_keys(tx: Tx, person_ids: Collection[UUID]) -> Mapping[UUID, DataKey]:
    """Return the keys of many people by their id, with one query; whom the actor may not see is left out."""
    wanted, known = set(person_ids), _known(tx)
    if missing := wanted - known.keys():
        row = PersonKeyRow
        query = select(row.person_id, row.data_key, row.key_id).where(among(row.person_id, missing))
        rows = tx.session.execute(query).all()
        there = [(one, wrapped, key_id) for one, wrapped, key_id in rows if wrapped is not None and key_id]
        known |= {each.person_id: DESTROYED for each in rows}
        known |= {one[0]: key for one, key in zip(there, tx.cipher.unwrap_many(there), strict=True)}
    return {person_id: known[person_id] for person_id in wanted if person_id in known}


def of_referral(tx: Tx, referral_id: UUID) -> DataKey:
    """Return the key of whom a referral is about: what is kept of its messages goes when the person's key goes."""
    person_id = tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == referral_id))
    if person_id is None:
        raise NotFound
    return get(tx, person_id)


def find_of_message(tx: Tx, referral_id: UUID | None, placement_id: UUID | None) -> DataKey | None:
    """Return the key of whom a message is about, by the referral or the offer; None where it is about nobody."""
    if placement_id is not None:
        query = select(PlacementRow.referral_id).where(PlacementRow.id == placement_id)
        referral_id = tx.session.scalar(query)
    return None if referral_id is None else of_referral(tx, referral_id)


def of_feedback(tx: Tx, feedback_id: UUID) -> DataKey:
    """Return the key of whom news is about."""
    referral_id = tx.session.scalar(select(FeedbackRow.referral_id).where(FeedbackRow.id == feedback_id))
    if referral_id is None:
        raise NotFound
    return of_referral(tx, referral_id)


def destroy(tx: Tx, person_id: UUID, *, audit: str) -> bool:
    """Destroy a person's key and all that finds them by their number or name; False when that was done before.

    From the commit on nothing sealed for them opens, in this database or in any copy of it that lacks the keys.
    Raises NotFound for nobody.
    """
    row = tx.session.get(PersonKeyRow, person_id, with_for_update=True)
    if row is None:
        raise NotFound
    _unfind(tx, person_id)  # also of one whose rows a restore brought back without the key
    if row.destroyed_at is not None:
        return False
    tx.session.info.pop(_OPENED, None)  # whoever has opened it in this transaction has it no more
    row.data_key = row.key_id = None
    row.destroyed_at = tx.now
    tx.audit(Entry(audit, "person", str(person_id), person_id))
    return True


def _unfind(tx: Tx, person_id: UUID) -> None:
    unfound: dict[str, Any] = {"nhs_number_index": None, "replaced_indexes": [], "likeness_index": None}
    tx.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**unfound))
    tx.session.execute(
        update(PersonWordRow).where(PersonWordRow.person_id == person_id).values(nhs_number_index=None)
    )


def new_for_row(tx: Tx, row_id: UUID, person: DataKey | None) -> DataKey:
    """Make the key of a row: under that of the person it is about, else of the ring while that is not known."""
    return tx.cipher.new_data_key(row_id) if person is None else tx.cipher.new_key_under(person, row_id)


def open_for_row(tx: Tx, row_id: UUID, wrapped: bytes, key_id: str, person: DataKey | None) -> DataKey:
    """Open the key of such a row; `person` is needed where `key_id` is OF_PERSON."""
    if key_id != OF_PERSON or person is None:
        return tx.cipher.unwrap(row_id, wrapped, key_id)
    return tx.cipher.unwrap_under(person, row_id, wrapped)


def _known(tx: Tx) -> dict[UUID, DataKey]:
    """The keys that this actor has opened in this transaction: a person's words stand in many tables."""
    known: dict[UUID, DataKey] = tx.session.info.setdefault(_OPENED, {}).setdefault(tx.actor, {})
    return known
