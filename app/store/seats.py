"""The organisations that somebody acts for beside their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.errors import Conflict
from app.domain.vocabulary import Role
from app.store.accounts import Account
from app.store.session import Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_sign_in import SeatRow


@dataclass(frozen=True, slots=True)
class Seat:
    """An organisation for which somebody acts beside their own, and as what."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Seated:
    """An account as its session acts, and for whom else it could."""

    account: Account
    seats: Sequence[Seat] = ()
    is_over: bool = False  # it acted by a seat that has ended


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody of another organisation who acts for this one, since when."""

    seat_id: UUID
    user_id: UUID
    full_name: str
    home_name: str
    begun_at: datetime


def list_holders(tx: Tx, organisation_id: UUID) -> Sequence[Holder]:
    """Return who acts for an organisation beside those whose own it is, by name."""
    query = (
        select(SeatRow.id, UserRow.id, UserRow.full_name, OrganisationRow.name, SeatRow.begun_at)
        .join(UserRow, UserRow.id == SeatRow.user_id)
        .join(OrganisationRow, OrganisationRow.id == UserRow.organisation_id)
        .where(SeatRow.organisation_id == organisation_id, SeatRow.ended_at.is_(None), UserRow.active)
        .order_by(UserRow.full_name, SeatRow.id)
    )
    return [Holder(*found) for found in tx.session.execute(query)]


def seated(tx: Tx, account: Account) -> Seated:
    """Return an account as it acts by the seat of its session; asked at each request, so that an end counts at once."""
    seats = list_running(tx, account.id)
    if account.seat_id is None:
        return Seated(account, seats)
    seat = next((each for each in seats if each.id == account.seat_id), None)
    if seat is None:
        return Seated(account, seats, is_over=True)
    acts = replace(account, organisation_id=seat.organisation_id, role=seat.role, manages=False)
    return Seated(acts, seats)


def list_running(tx: Tx, user_id: UUID) -> Sequence[Seat]:
    """Return for whom somebody acts beside their own organisation, by name."""
    query = select(SeatRow, OrganisationRow.name).join(
        OrganisationRow, OrganisationRow.id == SeatRow.organisation_id
    )
    query = query.where(SeatRow.user_id == user_id, SeatRow.ended_at.is_(None))
    found = tx.session.execute(query.order_by(OrganisationRow.name, SeatRow.id))
    return [Seat(row.id, row.organisation_id, name, Role(row.role)) for row, name in found]


def add(tx: Tx, user_id: UUID, organisation_id: UUID, role: Role, *, by: UUID) -> UUID:
    """Write that somebody acts for an organisation from now on; raises Conflict when they do already."""
    if any(each.organisation_id == organisation_id for each in list_running(tx, user_id)):
        raise Conflict("They act for this organisation already.")
    seat_id = uuid4()
    begun = {"organisation_id": organisation_id, "role": role, "begun_at": tx.now, "begun_by": by}
    tx.session.add(SeatRow(id=seat_id, user_id=user_id, **begun))
    tx.session.flush()
    return seat_id


def end(tx: Tx, user_id: UUID, seat_id: UUID, *, by: UUID) -> bool:
    """Write that it has ended; False when they have no such seat, or it had ended."""
    row = tx.session.get(SeatRow, seat_id, with_for_update=True, populate_existing=True)
    if row is None or row.user_id != user_id or row.ended_at is not None:
        return False
    row.ended_at, row.ended_by = tx.now, by
    tx.session.flush()
    return True


def holds(tx: Tx, user_id: UUID, organisation_id: UUID) -> bool:
    """Tell whether somebody may act for an organisation, as their own or by a seat."""
    own = tx.session.get_one(UserRow, user_id).organisation_id
    return organisation_id in {own, *(each.organisation_id for each in list_running(tx, user_id))}


def works_in(team_id: UUID | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return the condition that an account's holder is a link worker of a team, at home or by a seat."""
    at_home = and_(UserRow.organisation_id == team_id, UserRow.role == Role.LINK_WORKER)
    runs = (SeatRow.user_id == UserRow.id, SeatRow.organisation_id == team_id, SeatRow.ended_at.is_(None))
    return or_(at_home, exists().where(*runs, SeatRow.role == Role.LINK_WORKER))
