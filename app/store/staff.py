"""Accounts as whoever looks after them sees them: listed, given another role, ended, and stewards agreed by two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.errors import Conflict, NotFound
from app.domain.sources import SourceKind
from app.domain.vocabulary import OrganisationKind, Role
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_sign_in import StewardGrantRow


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody with an account; `invited`: they have not set a password yet."""

    id: UUID
    username: str
    full_name: str
    email: str | None
    role: Role
    organisation_id: UUID
    organisation_name: str
    organisation_kind: OrganisationKind
    active: bool
    invited: bool
    manages: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who is to become a steward."""

    id: UUID
    user_id: UUID
    full_name: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime


def list_members(tx: Tx, organisation_id: UUID | None = None) -> Sequence[StaffMember]:
    """Return who has an account, of one organisation or of all, by organisation and name."""
    query = select(UserRow, OrganisationRow).join(
        OrganisationRow, OrganisationRow.id == UserRow.organisation_id
    )
    if organisation_id is not None:
        query = query.where(UserRow.organisation_id == organisation_id)
    order = (OrganisationRow.name, UserRow.active.desc(), UserRow.full_name, UserRow.id)
    return [_member(user, home) for user, home in tx.session.execute(query.order_by(*order))]


def list_homes(
    tx: Tx, kinds: Collection[OrganisationKind] = tuple(OrganisationKind)
) -> Sequence[tuple[UUID, str]]:
    """Return the organisations whose people can sign in, by name: not the source of people who ask for themselves."""
    query = select(OrganisationRow.id, OrganisationRow.name).where(
        OrganisationRow.source_kind != SourceKind.SELF, OrganisationRow.kind.in_(kinds)
    )
    found = tx.session.execute(query.order_by(OrganisationRow.name, OrganisationRow.id))
    return [(home_id, name) for home_id, name in found]


def get_member(tx: Tx, user_id: UUID) -> StaffMember:
    """Return somebody with an account, held until the end of the transaction; raises NotFound."""
    row = tx.session.get(UserRow, user_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return _member(row, tx.session.get_one(OrganisationRow, row.organisation_id))


def list_by_email(tx: Tx, email: str, most: int = 5) -> Sequence[UUID]:
    """Return the active accounts with an e-mail address."""
    query = select(UserRow.id).where(UserRow.email == email.casefold(), UserRow.active)
    return tx.session.scalars(query.order_by(UserRow.id).limit(most)).all()


def record_role(tx: Tx, user_id: UUID, role: Role, *, manages: bool) -> None:
    """Write what somebody acts as from the next request on."""
    row = tx.session.get_one(UserRow, user_id)
    row.role, row.manages = role, manages


def record_email(tx: Tx, user_id: UUID, email: str) -> None:
    """Write where links and news of changes go."""
    tx.session.get_one(UserRow, user_id).email = email.casefold()


def record_back(tx: Tx, user_id: UUID) -> None:
    """Let somebody in again who has left; the old password opens nothing."""
    row = tx.session.get_one(UserRow, user_id)
    row.active, row.password_hash = True, ""


def add_grant(tx: Tx, user_id: UUID, asked_by: UUID) -> UUID:
    """Write that somebody is to become a steward; raises Conflict when that is asked already."""
    if any(each.user_id == user_id for each in list_grants(tx)):
        raise Conflict("This waits for a second steward already.")
    grant_id = uuid4()
    tx.session.add(StewardGrantRow(id=grant_id, user_id=user_id, asked_by=asked_by, asked_at=tx.now))
    tx.session.flush()
    return grant_id


def list_grants(tx: Tx) -> Sequence[Grant]:
    """Return what waits for a second steward, the oldest first."""
    names = {member.id: member.full_name for member in list_members(tx)}
    query = select(StewardGrantRow).where(StewardGrantRow.decided_at.is_(None))
    return [
        Grant(row.id, row.user_id, names[row.user_id], row.asked_by, names[row.asked_by], row.asked_at)
        for row in tx.session.scalars(query.order_by(StewardGrantRow.asked_at, StewardGrantRow.id))
    ]


def decide_grant(tx: Tx, grant_id: UUID, by: UUID, *, granted: bool) -> UUID:
    """Write the second steward's word; return whom it is about. Raises NotFound, Conflict when it was said already."""
    row = tx.session.get(StewardGrantRow, grant_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.decided_at is not None:
        raise Conflict("Somebody has decided this already.")
    row.decided_by, row.decided_at, row.granted = by, tx.now, granted
    tx.session.flush()
    return row.user_id


def close_grants(tx: Tx, user_id: UUID, by: UUID | None) -> None:
    """Let whatever waits for somebody be: they have left, or got another role."""
    waits = (StewardGrantRow.user_id == user_id, StewardGrantRow.decided_at.is_(None))
    for row in tx.session.scalars(select(StewardGrantRow).where(*waits)):
        row.decided_by, row.decided_at, row.granted = by, tx.now, False
    tx.session.flush()


def _member(user: UserRow, home: OrganisationRow) -> StaffMember:
    return StaffMember(
        id=user.id,
        username=user.username,
        full_name=user.full_name,
        email=user.email,
        role=Role(user.role),
        organisation_id=home.id,
        organisation_name=home.name,
        organisation_kind=OrganisationKind(home.kind),
        active=user.active,
        invited=not user.password_hash,
        manages=user.manages,
    )
