"""Whose an open referral is: a person of its team, or whoever of the team is on duty."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_REFERRAL
from app.store.audit import Entry
from app.store.seats import works_in
from app.store.session import Tx
from app.store.tables import SessionRow, UserRow
from app.store.tables_care import ReferralRow


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks after a referral; without an account it is the team's duty."""

    user_id: UUID | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the team with how many open referrals they look after."""

    user_id: UUID
    name: str
    open_referrals: int


DUTY = Owner(None)


def owners_of(tx: Tx, referral_ids: Collection[UUID]) -> Mapping[UUID, Owner]:
    """Return the owner of each of these referrals that the actor may see."""
    query = (
        select(ReferralRow.id, UserRow.id, UserRow.full_name)
        .outerjoin(UserRow, UserRow.id == ReferralRow.owner_id)
        .where(ReferralRow.id.in_(referral_ids))
    )
    return {
        referral: Owner(user, name) if user else DUTY for referral, user, name in tx.session.execute(query)
    }


def list_colleagues(tx: Tx, team_id: UUID) -> Sequence[Colleague]:
    """Return the link workers of a team, by name."""
    theirs = (ReferralRow.owner_id == UserRow.id, ReferralRow.status.in_(OPEN_REFERRAL))
    count = select(func.count()).where(*theirs).correlate(UserRow).scalar_subquery()
    query = select(UserRow.id, UserRow.full_name, count).where(works_in(team_id), UserRow.active)
    return [Colleague(*row) for row in tx.session.execute(query.order_by(UserRow.full_name))]


def list_of_leavers(tx: Tx) -> Sequence[UUID]:
    """Return the open referrals whose owner does not work in their team any more."""
    gone = or_(~UserRow.active, ~works_in(ReferralRow.team_id))
    query = select(ReferralRow.id).join(UserRow, UserRow.id == ReferralRow.owner_id)
    return tx.session.scalars(query.where(ReferralRow.status.in_(OPEN_REFERRAL), gone)).all()


def record_left(tx: Tx, username: str) -> UUID:
    """Switch an account off and end its sessions; raises NotFound."""
    row = tx.session.scalar(select(UserRow).where(UserRow.username == username.strip().casefold()))
    if row is None:
        raise NotFound("Nobody signs in with this user name.")
    row.active = False
    tx.session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))
    tx.audit(Entry("switch account off", "account", str(row.id)))
    return row.id
