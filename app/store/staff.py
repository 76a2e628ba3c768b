"""Accounts as whoever looks after them sees them: listed, given another role, ended, and stewards agreed by two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.errors import Conflict, NotFound
from app.domain.sources import SourceKind
from app.domain.vocabulary import OrganisationKind, Role
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_sign_in import StewardGrantRow

HEARS_ON: Final = timedelta(days=30)  # the address before, of what happens to the account


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody with an account; `invited`: they have no password now; `begun`: they had one, so it is theirs."""

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
    begun: bool


class GrantKind(StrEnum):
    """What of an account needs the word of two people."""

    STEWARD = "steward"
    ADDRESS = "address"
    STEPS = "steps"
    ROLE = "role"
    END = "end"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one steward asked for of somebody's account; `email` and `role` are what they are to be."""

    id: UUID
    user_id: UUID
    full_name: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    kind: GrantKind = GrantKind.STEWARD
    email: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; `email` for another address, `role` for another role than a steward's."""

    kind: GrantKind
    email: str | None = None
    role: Role | None = None


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


def add_grant(tx: Tx, user_id: UUID, asked_by: UUID, asked: Wish | None = None) -> UUID:
    """Write that one steward asks for something, by default a new steward; raises Conflict when that waits already."""
    wish = asked or Wish(GrantKind.STEWARD)
    if any((each.user_id, each.kind) == (user_id, wish.kind) for each in list_grants(tx)):
        raise Conflict("This waits for a second steward already.")
    grant_id = uuid4()
    row = StewardGrantRow(id=grant_id, user_id=user_id, asked_by=asked_by, asked_at=tx.now, kind=wish.kind)
    row.email, row.role = wish.email, wish.role
    row.email_before = tx.session.get_one(UserRow, user_id).email if wish.email else None
    tx.session.add(row)
    tx.session.flush()
    return grant_id


def list_grants(tx: Tx) -> Sequence[Grant]:
    """Return what waits for a second person's word, the oldest first; who asks sees what they may."""
    known = {member.id: member for member in list_members(tx)}
    query = select(StewardGrantRow).where(StewardGrantRow.decided_at.is_(None))
    return [
        Grant(
            id=row.id,
            user_id=row.user_id,
            full_name=known[row.user_id].full_name,
            asked_by=row.asked_by,
            asked_by_name=known[row.asked_by].full_name,
            asked_at=row.asked_at,
            kind=GrantKind(row.kind),
            email=row.email or known[row.user_id].email,
            role=Role(row.role) if row.role else None,
        )
        for row in tx.session.scalars(query.order_by(StewardGrantRow.asked_at, StewardGrantRow.id))
    ]


def addresses_before(tx: Tx, user_id: UUID) -> Sequence[str]:
    """Return the addresses that somebody had until lately, which hear what happens to the account."""
    lately = (StewardGrantRow.granted.is_(True), StewardGrantRow.decided_at > tx.now - HEARS_ON)
    query = select(StewardGrantRow.email_before).where(StewardGrantRow.user_id == user_id, *lately)
    return sorted({each for each in tx.session.scalars(query) if each})


def check_decided(tx: Tx, grant_id: UUID, *, of: UUID | None = None) -> None:
    """Raise Conflict for what somebody has decided, NotFound for what nobody asked, or not `of` this account."""
    row = tx.session.get(StewardGrantRow, grant_id)
    if row is None or of not in (None, row.user_id):
        raise NotFound
    if row.decided_at is not None:
        raise Conflict("Somebody has decided this already.")


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


def close_grants(
    tx: Tx, user_id: UUID, by: UUID | None, kinds: Collection[GrantKind] = tuple(GrantKind)
) -> None:
    """Let what waits for somebody be: they have left, or got another role."""
    waits = (
        StewardGrantRow.user_id == user_id,
        StewardGrantRow.decided_at.is_(None),
        StewardGrantRow.kind.in_(kinds),
    )
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
        begun=user.begun_at is not None,
    )
