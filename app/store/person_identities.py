"""Which account of a provider (NHS login) is which person's, by issuer and subject; and the visits that it opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.store.accounts import hash_token
from app.store.identities import subject_digest
from app.store.session import Tx
from app.store.tables_person_links import PersonIdentityRow, PersonLinkRow


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """A person's account at one provider."""

    id: UUID
    person_id: UUID
    issuer: str
    bound_at: datetime
    used_at: datetime


def find(tx: Tx, issuer: str, subject: str) -> PersonIdentity | None:
    """Return the identity that a provider means, None when it has opened nobody's page."""
    theirs = (
        PersonIdentityRow.issuer == issuer,
        PersonIdentityRow.subject_hash == subject_digest(issuer, subject),
        PersonIdentityRow.ended_at.is_(None),
    )
    row = tx.session.scalars(select(PersonIdentityRow).where(*theirs)).first()
    return None if row is None else _identity(row)


def list_of_person(tx: Tx, person_id: UUID) -> list[PersonIdentity]:
    """Return the accounts that open a person's page, the oldest first."""
    theirs = (PersonIdentityRow.person_id == person_id, PersonIdentityRow.ended_at.is_(None))
    query = select(PersonIdentityRow).where(*theirs).order_by(PersonIdentityRow.bound_at)
    return [_identity(row) for row in tx.session.scalars(query)]


def bind(tx: Tx, person_id: UUID, issuer: str, subject: str) -> PersonIdentity | None:
    """Bind an account of a provider to a person; None when either has another by now."""
    values = {
        "id": uuid4(),
        "person_id": person_id,
        "issuer": issuer,
        "subject_hash": subject_digest(issuer, subject),
        "bound_at": tx.now,
        "used_at": tx.now,
    }
    tx.session.execute(insert(PersonIdentityRow).values(values).on_conflict_do_nothing())
    found = find(tx, issuer, subject)
    return found if found is not None and found.person_id == person_id else None


def record_used(tx: Tx, identity_id: UUID) -> None:
    """Note that a person signed in by it."""
    tx.session.get_one(PersonIdentityRow, identity_id).used_at = tx.now


def end_of_person(tx: Tx, person_id: UUID) -> int:
    """Let no account open a person's page any more, and end what they had opened; return how many there were."""
    ids = [each.id for each in list_of_person(tx, person_id)]
    ended = {"ended_at": tx.now, "subject_hash": None}
    tx.session.execute(update(PersonIdentityRow).where(PersonIdentityRow.id.in_(ids)).values(**ended))
    _end(tx, PersonLinkRow.identity_id.in_(ids))
    return len(ids)


def end_visits(tx: Tx, issuer: str, *, subject: str | None, sid: str | None) -> list[tuple[UUID, UUID]]:
    """End the visits that a provider names by its session, its name for somebody, or both; return link and person."""
    identities = select(PersonIdentityRow.id).where(PersonIdentityRow.issuer == issuer)
    if subject is not None:
        identities = identities.where(PersonIdentityRow.subject_hash == subject_digest(issuer, subject))
    named: list[ColumnElement[bool]] = [PersonLinkRow.identity_id.in_(identities)]
    if sid is not None:
        named.append(PersonLinkRow.provider_session == hash_token(sid))
    return _end(tx, *named)


def _end(tx: Tx, *which: ColumnElement[bool]) -> list[tuple[UUID, UUID]]:
    good = (PersonLinkRow.revoked_at.is_(None), PersonLinkRow.expires_at > tx.now)
    done = update(PersonLinkRow).where(*which, *good).values(revoked_at=tx.now)
    returned = done.returning(PersonLinkRow.id, PersonLinkRow.person_id)
    return [(link_id, person_id) for link_id, person_id in tx.session.execute(returned)]


def _identity(row: PersonIdentityRow) -> PersonIdentity:
    return PersonIdentity(row.id, row.person_id, row.issuer, row.bound_at, row.used_at)
